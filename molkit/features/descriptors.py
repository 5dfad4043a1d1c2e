"""Physico-chemical descriptors that cost less than the models that read them.

The complete RDKit list of 217 runs at about 130 molecules a second. These are chosen by cost: one look-up of
Crippen's shares of atoms serves logP, refractivity and both surface series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors as rd
from rdkit.Chem import rdqueries

from molkit.chem import cip, crippen
from molkit.chem.outline import Outline, outline

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
# Upper ends of the bins of electrotopological states, and of the surfaces that they are summed over.
_STATE_BINS = np.array([-0.390, 0.290, 0.717, 1.165, 1.540, 1.807, 2.05, 4.69, 9.17, 15.0])
_SURFACE_BINS = np.array([4.78, 5.00, 5.41, 5.74, 6.00, 6.07, 6.45, 7.00, 11.0])
_PERIODIC = Chem.GetPeriodicTable()
_NOBLE_GASES = np.array([2, 10, 18, 36, 54, 86])
_INTRINSIC: dict[int, float] = {}  # by class of an atom
_MOST_KNOWN = 10_000
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
    "largest_state",
    "smallest_state",
    "largest_absolute_state",
    "smallest_absolute_state",
    *(f"state_surface_{i + 1}" for i in range(len(_STATE_BINS) + 1)),
    *(f"surface_state_{i + 1}" for i in range(len(_SURFACE_BINS) + 1)),
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
    surface = np.array(rd._CalcLabuteASAContribs(mol)[0])
    seen = outline(mol)
    row.extend(_crippen(seen, surface))
    row.extend(_dependent_centres(mol))
    row.extend(_states(seen, surface))  # later than the others: a model file knows columns by their place
    return row


def _crippen(seen: Outline, surface: np.ndarray) -> np.ndarray:
    """logP, molar refractivity and the surface in bins of each atom's share of them.

    Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868.
    """
    shares = np.array(crippen.shares(seen)).reshape(-1, 2)
    heavy = shares[: len(surface)]
    return np.concatenate(
        [
            shares.sum(axis=0),
            _binned(heavy[:, 0], surface, _LOGP_BINS),
            _binned(heavy[:, 1], surface, _REFRACTIVITY_BINS),
        ]
    )


def _states(seen: Outline, surface: np.ndarray) -> np.ndarray:
    """Extremes of the electrotopological states, the surface binned by state and the states by surface.

    Hall, Mohney and Kier, J. Chem. Inf. Comput. Sci. 1991, 31, 76: the intrinsic state of an atom is changed
    by its difference from every other's over the squared number of atoms between them, ends included.
    """
    intrinsic = _intrinsic_states(seen)
    steps = Chem.GetDistanceMatrix(seen.mol) + 1
    reach = np.where(steps < 1e6, 1 / steps**2, 0.0)
    state = intrinsic * (1 + reach.sum(axis=1)) - reach @ intrinsic
    size = np.abs(state)
    return np.concatenate(
        [
            [state.max(), state.min(), size.max(), size.min()],
            _binned(state, surface, _STATE_BINS),
            _binned(surface, state, _SURFACE_BINS),
        ]
    )


def _intrinsic_states(seen: Outline) -> np.ndarray:
    """Of each atom, from its element, heavy neighbours and hydrogens, which its class in the outline says."""
    if seen.plain and all(map(_INTRINSIC.__contains__, seen.atoms)):
        return np.array([_INTRINSIC[name] for name in seen.atoms])
    atoms = list(seen.mol.GetAtoms())
    degree = np.array([atom.GetDegree() for atom in atoms])
    number = np.array([atom.GetAtomicNum() for atom in atoms])
    outer = np.array([_PERIODIC.GetNOuterElecs(int(z)) for z in number])
    period = np.searchsorted(_NOBLE_GASES, number) + 1
    valence = outer - np.array([atom.GetTotalNumHs() for atom in atoms])
    found = np.where(degree > 0, (4 / period**2 * valence + 1) / np.maximum(degree, 1), 0.0)
    if len(_INTRINSIC) < _MOST_KNOWN:
        _INTRINSIC.update(zip(seen.atoms, found.tolist(), strict=False))  # an outline that is not plain has no atoms
    return found


def _binned(share: np.ndarray, surface: np.ndarray, bins: np.ndarray) -> np.ndarray:
    place = np.searchsorted(bins, share, side="right")
    return np.bincount(place, weights=surface, minlength=len(bins) + 1)


def _dependent_centres(mol: Chem.Mol) -> tuple[int, int]:
    """Centres that differ only by other centres; Morgan environments cannot tell cis from trans there."""
    chiral = mol.GetAtomsMatchingQuery(_CHIRAL_ATOM)
    marked = [atom.GetIdx() for atom in chiral if not atom.HasProp("_CIPCode")]
    labels = list(cip.atom_labels(mol, marked).values()) if marked else []
    return labels.count(cip.PSEUDO_R), labels.count(cip.PSEUDO_S)
