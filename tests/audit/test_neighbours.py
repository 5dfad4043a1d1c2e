"""Neighbours, cliffs, outliers and diversity against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from planted import library
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molkit.audit.cliffs import SAME_SCAFFOLD, VERY_SIMILAR, find_cliffs, heavy_atoms
from molkit.audit.diversity import diversity
from molkit.audit.neighbours import NEAREST, find_neighbours
from molkit.audit.outliers import robust_z
from molkit.chem.scaffold import scaffold
from molkit.features import FingerprintFeaturizer, packed_bits

MOLS = [Chem.MolFromSmiles(smiles) for smiles in library()[:150]]


@pytest.fixture(scope="module")
def similarities() -> np.ndarray:
    """RDKit's own Tanimoto coefficients."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048, includeChirality=True)
    prints = [generator.GetFingerprint(mol) for mol in MOLS]
    return np.array([DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints])


def bits() -> np.ndarray:
    return packed_bits(FingerprintFeaturizer()(MOLS))


def test_pairs_and_nearest_equal_brute_force(similarities: np.ndarray) -> None:
    near = find_neighbours(bits(), 0.5)
    upper = np.argwhere(np.triu(similarities >= 0.5, 1))
    assert sorted(map(tuple, near.pairs.tolist())) == sorted(map(tuple, upper.tolist()))
    others = similarities - 2 * np.eye(len(MOLS))
    np.testing.assert_allclose(near.nearest_similarity, -np.sort(-others, axis=1)[:, :NEAREST], atol=1e-6)
    np.testing.assert_allclose(near.nearest_similarity, np.take_along_axis(others, near.nearest, 1), atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_compounds(count: int) -> None:
    near = find_neighbours(bits()[:count], 0.5)
    assert near.nearest.shape == (count, max(0, count - 1))
    assert len(near.pairs) <= 1


def test_cliffs_equal_brute_force(similarities: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(6, 1, len(MOLS))
    own[::17] = np.nan
    scaffolds = tuple(scaffold(mol) for mol in MOLS)
    atoms = heavy_atoms([Chem.MolToSmiles(mol) for mol in MOLS])
    assert atoms.tolist() == [mol.GetNumHeavyAtoms() for mol in MOLS]
    found = find_cliffs(own, scaffolds, atoms, find_neighbours(bits(), SAME_SCAFFOLD), 1.0)
    expected = set()
    for i in range(len(MOLS)):
        for j in range(i + 1, len(MOLS)):
            same = scaffolds[i] == scaffolds[j] != ""
            alike = similarities[i, j] >= VERY_SIMILAR or (same and similarities[i, j] >= SAME_SCAFFOLD)
            sizes = sorted([MOLS[i].GetNumHeavyAtoms(), MOLS[j].GetNumHeavyAtoms()])
            if alike and sizes[0] >= 0.75 * sizes[1] and abs(own[i] - own[j]) >= 1:
                expected.add((i, j))
    assert expected
    assert set(map(tuple, found.pairs.tolist())) == expected
    steep = found.difference / np.maximum(1 - found.similarity, 1e-12)
    assert (np.diff(steep) <= 1e-6 * steep[:-1]).all()


def test_homologues_with_equal_fingerprints_are_no_cliff() -> None:
    chains = [Chem.MolFromSmiles("C" * n + "O") for n in (8, 9, 18)]
    near = find_neighbours(packed_bits(FingerprintFeaturizer()(chains)), SAME_SCAFFOLD)
    assert len(near.pairs) == 3
    atoms = heavy_atoms([Chem.MolToSmiles(mol) for mol in chains])
    found = find_cliffs(np.array([0.0, -2.0, -6.0]), ("",) * 3, atoms, near, 1.0)
    assert found.pairs.tolist() == [[0, 1]]
    assert found.similar == 1


def test_robust_z_of_a_normal_sample_is_its_z() -> None:
    sample = np.random.default_rng(0).normal(5, 2, 20_000)
    np.testing.assert_allclose(robust_z(sample), (sample - 5) / 2, atol=0.15)
    assert robust_z(np.zeros(5)).tolist() == [0.0] * 5
    assert abs(robust_z(np.append(np.zeros(60), [1.0] * 5 + [100.0]))[-1]) > 3.5


@pytest.mark.parametrize("kinds", [2, 5, 40])
def test_equal_shares_have_entropy_1_and_gini_0(kinds: int) -> None:
    found = diversity(tuple(f"C1CC{i}" for i in range(kinds) for _ in range(3)))
    assert (found.entropy, found.gini) == pytest.approx((1, 0))
    assert (found.scaffolds, found.singletons) == (kinds, 0)
    single = diversity(("c1ccccc1",) * 9 + ("",))
    assert (single.largest, single.entropy, single.acyclic) == (1, 0, 1)
    assert np.isnan(diversity(("", "")).gini)
