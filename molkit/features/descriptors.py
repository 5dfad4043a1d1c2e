"""Physico-chemical descriptors that cost less than the models that read them.

The complete RDKit list of 217 runs at about 130 molecules a second. These are chosen by cost: one pass of
Crippen's atom types, which is the dearest, serves logP, refractivity and both surface series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors as rd
from rdkit.Chem import rdqueries

from molkit.chem import cip

# Each function gives one value or a tuple of values; the names say which.
_SINGLE: dict[str, Callable[[Chem.Mol], float]] = {
    "molecular_weight": rd._CalcMolWt,
    "heavy_atoms": rd.CalcNumHeavyAtoms,
    "heteroatoms": rd.CalcNumHeteroatoms,
    "formal_charge": Chem.GetFormalCharge,
    "hydrogen_bond_donors": rd.CalcNumLipinskiHBD,
    "hydrogen_bond_acceptors": rd.CalcNumLipinskiHBA,
    "topological_polar_surface": rd.CalcTPSA,
    "approximate_surface": rd.CalcLabuteASA,
    "fraction_sp3_carbon": rd.CalcFractionCSP3,
    "amide_bonds": rd.CalcNumAmideBonds,
    "rings": rd.CalcNumRings,
    "aromatic_rings": rd.CalcNumAromaticRings,
    "aromatic_heterocycles": rd.CalcNumAromaticHeterocycles,
    "saturated_rings": rd.CalcNumSaturatedRings,
    "aliphatic_rings": rd.CalcNumAliphaticRings,
    "heterocycles": rd.CalcNumHeterocycles,
    "spiro_atoms": rd.CalcNumSpiroAtoms,
    "bridgehead_atoms": rd.CalcNumBridgeheadAtoms,
    "stereocentres": rd.CalcNumAtomStereoCenters,
    "chi0_valence": rd.CalcChi0v,
    "chi1_valence": rd.CalcChi1v,
    "chi0": rd.CalcChi0n,
    "chi1": rd.CalcChi1n,
    "kappa1": rd.CalcKappa1,
    "hall_kier_alpha": rd.CalcHallKierAlpha,
}
_SERIES: tuple[tuple[str, int, Callable[[Chem.Mol], Sequence[float]]], ...] = (
    ("charge_surface", 14, rd.PEOE_VSA_),
    ("quantum_number", 42, rd.MQNs_),  # Nguyen et al., ChemMedChem 2009, 4, 1803
)
# Upper ends of the surface bins (Labute, J. Mol. Graph. Model. 2000, 18, 464, as RDKit has them).
_LOGP_BINS = np.array([-0.4, -0.2, 0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6])
_REFRACTIVITY_BINS = np.array([1.29, 1.82, 2.24, 2.45, 2.75, 3.05, 3.63, 3.8, 4.0])
_CHIRAL_ATOM = rdqueries.HasChiralTagQueryAtom()

NAMES: tuple[str, ...] = (
    *_SINGLE,
    *(f"{name}_{i + 1}" for name, count, _ in _SERIES for i in range(count)),
    "logp",
    "molar_refractivity",
    *(f"logp_surface_{i + 1}" for i in range(len(_LOGP_BINS) + 1)),
    *(f"refractivity_surface_{i + 1}" for i in range(len(_REFRACTIVITY_BINS) + 1)),
    "pseudo_r_centres",
    "pseudo_s_centres",
)


@dataclass(frozen=True)
class DescriptorFeaturizer:
    """The descriptors of `NAMES`; a value that cannot be computed is NaN."""

    kind: ClassVar[str] = "descriptors"
    names: ClassVar[tuple[str, ...]] = NAMES

    def __call__(self, mols: Sequence[Chem.Mol]) -> np.ndarray:
        """Values, float32 [n, len(NAMES)]."""
        values = np.empty((len(mols), len(NAMES)), np.float64)
        for row, mol in enumerate(mols):
            values[row] = _describe(mol)
        values[~np.isfinite(values) | (np.abs(values) > 1e30)] = np.nan
        return values.astype(np.float32)


def _describe(mol: Chem.Mol) -> list[float]:
    row = [function(mol) for function in _SINGLE.values()]
    for _, _, function in _SERIES:
        row.extend(function(mol))
    row.extend(_crippen(mol))
    row.extend(_dependent_centres(mol))
    return row


def _crippen(mol: Chem.Mol) -> np.ndarray:
    """logP, molar refractivity and the surface in bins of each atom's share of them.

    Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868.
    """
    shares = np.array(rd._CalcCrippenContribs(Chem.AddHs(mol))).reshape(-1, 2)
    surface = np.array(rd._CalcLabuteASAContribs(mol)[0])
    heavy = shares[: len(surface)]
    return np.concatenate(
        [
            shares.sum(axis=0),
            _binned(heavy[:, 0], surface, _LOGP_BINS),
            _binned(heavy[:, 1], surface, _REFRACTIVITY_BINS),
        ]
    )


def _binned(share: np.ndarray, surface: np.ndarray, bins: np.ndarray) -> np.ndarray:
    place = np.searchsorted(bins, share, side="right")
    return np.bincount(place, weights=surface, minlength=len(bins) + 1)


def _dependent_centres(mol: Chem.Mol) -> tuple[int, int]:
    """Centres that differ only by other centres; Morgan environments cannot tell cis from trans there."""
    chiral = mol.GetAtomsMatchingQuery(_CHIRAL_ATOM)
    marked = [atom.GetIdx() for atom in chiral if not atom.HasProp("_CIPCode")]
    labels = list(cip.atom_labels(mol, marked).values()) if marked else []
    return labels.count(cip.PSEUDO_R), labels.count(cip.PSEUDO_S)
