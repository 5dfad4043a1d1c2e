"""Butina clusters against RDKit's, and nearest rows of other clusters by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.ML.Cluster import Butina

from molkit.chem import cluster
from molkit.chem.cluster import butina_clusters, nearest_outside


@pytest.fixture(scope="module")
def fingerprints(nci: list[Chem.Mol]) -> list[DataStructs.ExplicitBitVect]:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return [generator.GetFingerprint(mol) for mol in nci[:700]]


@pytest.fixture(scope="module")
def bits(fingerprints: list[DataStructs.ExplicitBitVect]) -> np.ndarray:
    rows = np.zeros((len(fingerprints), 1024), np.uint8)
    for row, fingerprint in enumerate(fingerprints):
        DataStructs.ConvertToNumpyArray(fingerprint, rows[row])
    return np.packbits(rows, axis=1)


@pytest.fixture(scope="module")
def similarity(fingerprints: list[DataStructs.ExplicitBitVect]) -> np.ndarray:
    return np.array([DataStructs.BulkTanimotoSimilarity(one, fingerprints) for one in fingerprints])


def as_sets(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("cutoff", [0.2, 0.4, 0.6, 0.75])
def test_clusters_are_those_of_rdkit(cutoff: float, bits: np.ndarray, similarity: np.ndarray) -> None:
    distances = [1 - similarity[i, j] for i in range(len(bits)) for j in range(i)]
    expected = Butina.ClusterData(distances, len(bits), cutoff, isDistData=True)
    labels = butina_clusters(bits, cutoff)
    assert labels.dtype == np.int64
    assert as_sets(labels) == {frozenset(members) for members in expected}
    _, first = np.unique(labels, return_index=True)
    assert (np.diff(first) > 0).all()  # numbered by first row


def test_beyond_the_limit_members_are_near_one_centre(
    bits: np.ndarray, similarity: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = butina_clusters(bits, 0.6)
    monkeypatch.setattr(cluster, "MOST_COMPARED", 200)
    labels = butina_clusters(bits, 0.6)
    assert (labels == butina_clusters(bits, 0.6)).all()
    for members in as_sets(labels):
        rows = np.array(sorted(members))
        assert (1 - similarity[np.ix_(rows, rows)] <= 0.6).all(axis=1).any()
    assert labels.max() < exact.max() * 1.3


def test_the_nearest_of_another_cluster(bits: np.ndarray, similarity: np.ndarray) -> None:
    labels = butina_clusters(bits, 0.6)
    outside = np.where(labels[:, None] == labels, 0, similarity)
    assert nearest_outside(bits, labels) == pytest.approx(outside.max(axis=1), abs=1e-12)
    assert (nearest_outside(bits, np.zeros(len(bits), np.int64)) == 0).all()


def test_few_and_empty_rows() -> None:
    assert butina_clusters(np.zeros((0, 8), np.uint8)).tolist() == []
    assert nearest_outside(np.zeros((0, 8), np.uint8), np.zeros(0, np.int64)).tolist() == []
    assert butina_clusters(np.zeros((3, 8), np.uint8)).tolist() == [0, 1, 2]  # no bits, nothing shared
    assert butina_clusters(np.full((300, 8), 7, np.uint8)).tolist() == [0] * 300
    with pytest.raises(ValueError, match="between 0 and 1"):
        butina_clusters(np.zeros((3, 8), np.uint8), 1.0)
