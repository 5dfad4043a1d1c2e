"""Descriptors against the RDKit function of the same meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, EState, GraphDescriptors, Lipinski, MolSurf, rdMolDescriptors
from rdkit.Chem.EState import EState_VSA

from molkit.features.descriptors import NAMES, DescriptorFeaturizer

ORACLES: dict[str, Callable[[Chem.Mol], float]] = {
    "molecular_weight": Descriptors.MolWt,
    "heavy_atoms": lambda mol: sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms()),
    "heteroatoms": lambda mol: sum(atom.GetAtomicNum() not in (1, 6) for atom in mol.GetAtoms()),
    "formal_charge": lambda mol: sum(atom.GetFormalCharge() for atom in mol.GetAtoms()),
    "hydrogen_bond_donors": Lipinski.NHOHCount,
    "hydrogen_bond_acceptors": Lipinski.NOCount,
    "topological_polar_surface": Descriptors.TPSA,
    "approximate_surface": MolSurf.LabuteASA,
    "fraction_sp3_carbon": Lipinski.FractionCSP3,
    "rings": lambda mol: len(Chem.GetSymmSSSR(mol)),
    "aromatic_rings": Lipinski.NumAromaticRings,
    "aromatic_heterocycles": Lipinski.NumAromaticHeterocycles,
    "saturated_rings": Lipinski.NumSaturatedRings,
    "aliphatic_rings": Lipinski.NumAliphaticRings,
    "heterocycles": Lipinski.NumHeterocycles,
    "spiro_atoms": rdMolDescriptors.CalcNumSpiroAtoms,
    "bridgehead_atoms": rdMolDescriptors.CalcNumBridgeheadAtoms,
    "amide_bonds": Descriptors.NumAmideBonds,
    "stereocentres": rdMolDescriptors.CalcNumAtomStereoCenters,
    "chi0_valence": GraphDescriptors.Chi0v,
    "chi1_valence": GraphDescriptors.Chi1v,
    "chi0": GraphDescriptors.Chi0n,
    "chi1": GraphDescriptors.Chi1n,
    "kappa1": GraphDescriptors.Kappa1,
    "hall_kier_alpha": GraphDescriptors.HallKierAlpha,
    "largest_state": EState.MaxEStateIndex,
    "smallest_state": EState.MinEStateIndex,
    "largest_absolute_state": EState.MaxAbsEStateIndex,
    "smallest_absolute_state": EState.MinAbsEStateIndex,
    **{f"state_surface_{i}": getattr(EState_VSA, f"EState_VSA{i}") for i in range(1, 12)},
    **{f"surface_state_{i}": getattr(EState_VSA, f"VSA_EState{i}") for i in range(1, 11)},
    "logp": Crippen.MolLogP,
    "molar_refractivity": Crippen.MolMR,
}
SERIES: dict[str, Callable[[Chem.Mol], Any]] = {
    "logp_surface": rdMolDescriptors.SlogP_VSA_,
    "refractivity_surface": rdMolDescriptors.SMR_VSA_,
    "charge_surface": rdMolDescriptors.PEOE_VSA_,
    "quantum_number": rdMolDescriptors.MQNs_,
}


@pytest.fixture(scope="module")
def mols(varied: list[Chem.Mol], nci: list[Chem.Mol]) -> list[Chem.Mol]:
    return [*varied, *nci[::10]]


@pytest.fixture(scope="module")
def table(mols: list[Chem.Mol]) -> np.ndarray:
    return DescriptorFeaturizer()(mols)


def expected(function: Callable[[Chem.Mol], Any], mols: list[Chem.Mol]) -> np.ndarray:
    values = np.array([function(Chem.Mol(mol)) for mol in mols], float)
    return np.where(np.isfinite(values) & (np.abs(values) < 1e30), values, np.nan)


@pytest.mark.parametrize("name", ORACLES)
def test_each_value_is_that_of_rdkit(name: str, mols: list[Chem.Mol], table: np.ndarray) -> None:
    np.testing.assert_allclose(table[:, NAMES.index(name)], expected(ORACLES[name], mols), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", SERIES)
def test_each_series_is_that_of_rdkit(name: str, mols: list[Chem.Mol], table: np.ndarray) -> None:
    places = [i for i, known in enumerate(NAMES) if known.startswith(f"{name}_")]
    np.testing.assert_allclose(table[:, places], expected(SERIES[name], mols), rtol=1e-5, atol=1e-4)


def test_every_name_has_an_oracle_or_a_test_of_its_own() -> None:
    own = ("pseudo_r_centres", "pseudo_s_centres")
    left = [name for name in NAMES if name not in ORACLES and name not in own and name.rpartition("_")[0] not in SERIES]
    assert left == []
    assert len(set(NAMES)) == len(NAMES)


def test_dependent_centres_are_counted_by_label() -> None:
    writings = ["C[C@H]1CC[C@@H](C)CC1", "C[C@H]1CC[C@H](C)CC1", "CC1CCC(C)CC1", "C[C@H](N)C(=O)O"]
    table = DescriptorFeaturizer()([Chem.MolFromSmiles(smiles) for smiles in writings])
    counts = table[:, [NAMES.index("pseudo_r_centres"), NAMES.index("pseudo_s_centres")]]
    assert counts.sum(axis=1).tolist() == [2, 2, 0, 0]
    assert counts[0].tolist() != counts[1].tolist()


def test_values_that_cannot_be_computed_are_missing_not_infinite(table: np.ndarray) -> None:
    assert table.dtype == np.float32
    assert not np.isinf(table).any()


def test_a_value_does_not_depend_on_the_neighbours(mols: list[Chem.Mol], table: np.ndarray) -> None:
    for row in range(0, len(mols), 40):
        np.testing.assert_array_equal(DescriptorFeaturizer()([mols[row]])[0], table[row])
