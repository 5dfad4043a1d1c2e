"""Diverse picks against their definitions by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from molkit.chem.cluster import butina_clusters
from molkit.screening.picking import CLUSTER_DISTANCE, METHODS, good_enough, pick, pool_size


@pytest.fixture(scope="module")
def bits(nci: list[Chem.Mol]) -> np.ndarray:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return np.packbits([generator.GetFingerprintAsNumPy(mol) for mol in nci[:300]], axis=1)


def distances(bits: np.ndarray) -> np.ndarray:
    rows = np.unpackbits(bits, axis=1).astype(int)
    shared = rows @ rows.T
    sizes = rows.sum(axis=1)
    return 1 - shared / (sizes[:, None] + sizes - shared)


def test_maxmin_takes_the_best_and_then_the_least_alike(bits: np.ndarray) -> None:
    chosen = pick("maxmin", bits, 12)
    assert len(chosen) == 12
    assert chosen[0] == 0
    between = distances(bits)
    picked, pool = [0], set(range(len(bits)))
    reached = []
    for _ in range(11):  # the distance that each step reaches is the largest possible one, whatever the ties
        nearest = between[:, picked].min(axis=1)
        candidates = [row for row in chosen if row not in picked]
        step = max(candidates, key=lambda row: nearest[row])
        reached.append(nearest[step])
        assert nearest[step] == pytest.approx(nearest[list(pool - set(picked))].max())
        picked.append(int(step))
    assert (np.diff(reached) <= 1e-12).all()


def test_butina_takes_the_best_of_each_cluster(bits: np.ndarray) -> None:
    clusters = butina_clusters(bits, CLUSTER_DISTANCE)
    leaders = np.unique(clusters, return_index=True)[1]
    assert pick("butina", bits, 20).tolist() == np.sort(leaders)[:20].tolist()


def test_butina_with_too_few_clusters_goes_on_with_the_second_best() -> None:
    rows = np.array(
        [[0b1111_0000, 0], [0b1111_0000, 0], [0b0000_1111, 0], [0b1111_0000, 0], [0b0000_1111, 0]], np.uint8
    )
    assert pick("butina", rows, 2).tolist() == [0, 2]
    assert pick("butina", rows, 3).tolist() == [0, 1, 2]
    assert pick("butina", rows, 4).tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("picks", [1, 2, 299, 300, 500])
def test_any_number_of_picks(method: str, picks: int, bits: np.ndarray) -> None:
    chosen = pick(method, bits, picks)
    assert len(set(chosen.tolist())) == len(chosen) == min(picks, len(bits))
    assert chosen[0] == 0
    assert chosen.tolist() == pick(method, bits, picks).tolist()


@pytest.mark.parametrize("method", METHODS)
def test_rows_without_a_fingerprint_come_last(method: str) -> None:
    rows = np.array([[0], [1], [0], [2]], np.uint8)
    assert pick(method, rows, 2).tolist() == [1, 3]
    assert pick(method, rows, 3).tolist() == [0, 1, 3]
    assert pick(method, rows[:0], 3).tolist() == []
    assert pick(method, rows[:1], 3).tolist() == [0]


def test_a_small_library_gives_its_best_tenth_or_three_for_each_pick() -> None:
    for picks in (1, 10, 300):
        for qualified in (0, 5, 100, 3_000, 10**6):
            kept = min(pool_size(picks), qualified)
            found = good_enough(picks, kept, qualified)
            assert min(picks, qualified) <= found <= kept
            assert found <= max(3 * picks, qualified / 10)
