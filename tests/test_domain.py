"""Similarity against RDKit, and what counts as inside."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from rdkit import Chem, DataStructs

from molkit.domain import SimilarityIndex, domain_from_dict, fit_domain, nearest_in_each, novelty_verdicts
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits


@pytest.fixture(scope="module")
def bits(nci: list[Chem.Mol]) -> np.ndarray:
    """300 library fingerprints; the last but one is a repeat of the first, the last is empty."""
    packed = packed_bits(FingerprintFeaturizer()(nci[:300]))
    packed[-2], packed[-1] = packed[0], 0
    return packed


def brute(query: np.ndarray, training: np.ndarray) -> np.ndarray:
    """RDKit's Tanimoto similarity, pair by pair; it calls two empty fingerprints equal."""
    left, right = ([_vector(row) for row in rows] for rows in (query, training))
    return np.array([DataStructs.BulkTanimotoSimilarity(vector, right) for vector in left])


def _vector(row: np.ndarray) -> DataStructs.ExplicitBitVect:
    vector = DataStructs.ExplicitBitVect(8 * len(row))
    vector.SetBitsFromList(np.flatnonzero(np.unpackbits(row)).tolist())
    return vector


def test_similarity_equals_rdkit(bits: np.ndarray) -> None:
    training, query = bits[50:], bits[:80]
    found = SimilarityIndex(training).similarity(query)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, brute(query, training), atol=1e-6)


def test_the_nearest_is_the_first_of_the_most_similar(bits: np.ndarray) -> None:
    compound, similarity = SimilarityIndex(bits).nearest(bits)
    everything = brute(bits[:-1], bits)
    np.testing.assert_array_equal(compound[:-1], everything.argmax(axis=1))
    np.testing.assert_allclose(similarity[:-1], everything.max(axis=1), atol=1e-6)
    assert (compound[298], similarity[298]) == (0, 1.0)


def test_an_empty_fingerprint_is_like_nothing(bits: np.ndarray) -> None:
    assert (SimilarityIndex(bits).similarity(bits[-1:]) == 0).all()
    compound, similarity = SimilarityIndex(bits).nearest(bits[-1:])
    assert (compound.tolist(), similarity.tolist()) == ([0], [0.0])


def test_no_queries_give_no_answers(bits: np.ndarray) -> None:
    index = SimilarityIndex(bits)
    assert index.similarity(bits[:0]).shape == (0, 300)
    assert [len(part) for part in index.nearest(bits[:0])] == [0, 0]


def plain(query: np.ndarray, training: np.ndarray) -> np.ndarray:
    """All coefficients, float32, from the bits."""
    left, right = (np.unpackbits(rows, axis=1).astype(np.int64) for rows in (query, training))
    shared = left @ right.T
    union = left.sum(axis=1)[:, None] + right.sum(axis=1) - shared
    return (shared / np.maximum(union, 1)).astype(np.float32)


def random_bits(rng: np.random.Generator, rows: int, size: int, share: float) -> np.ndarray:
    return np.packbits(rng.random((rows, size)) < share * rng.random((rows, 1)), axis=1)


@pytest.mark.parametrize(("size", "share"), [(16, 0.6), (64, 0.3), (1024, 0.9)])
@pytest.mark.parametrize("queries", [1, 700])
def test_bit_equal_to_all_coefficients_whatever_their_number(size: int, share: float, queries: int) -> None:
    """Small fingerprints make many ties, within and between compounds of as many bits; large ones share over 255."""
    rng = np.random.default_rng(size)
    training, asked = random_bits(rng, 2500, size, share), random_bits(rng, queries, size, share)
    training[rng.integers(0, 2500, 30)] = 0
    training[rng.integers(0, 2500, 500)] = training[rng.integers(0, 2500, 500)]
    expected, index = plain(asked, training), SimilarityIndex(training)
    np.testing.assert_array_equal(index.similarity(asked), expected)
    compound, similarity = index.nearest(asked)
    np.testing.assert_array_equal(compound, expected.argmax(axis=1))
    np.testing.assert_array_equal(similarity, expected.max(axis=1).astype(float))


def test_several_indexes_are_asked_at_once(bits: np.ndarray) -> None:
    indexes = [SimilarityIndex(bits[rows]) for rows in (slice(0, 40), slice(7, 8), slice(30, 299))]
    found = nearest_in_each(indexes, bits[:60])
    assert len(found) == 3
    for (compound, similarity), index in zip(found, indexes, strict=True):
        alone = index.nearest(bits[:60])
        np.testing.assert_array_equal(compound, alone[0])
        np.testing.assert_array_equal(similarity, alone[1])


def dissimilar(similarity: np.ndarray) -> np.ndarray:
    return 1 - np.asarray(similarity)[:, None]


def test_a_fifth_of_the_held_out_rows_is_outside_and_the_next_15_percent_at_the_edge() -> None:
    similarity = np.random.default_rng(0).beta(4, 3, 2000)
    verdicts = fit_domain(dissimilar(similarity)).verdict(dissimilar(similarity))
    assert verdicts.count("out") == 400
    assert verdicts.count("edge") == 300


@pytest.mark.parametrize("levels", [2, 3, 7, 30])
def test_ties_leave_at_least_a_fifth_outside(levels: int) -> None:
    rows = np.random.default_rng(levels).integers(0, levels, (500, 2)).astype(float)
    assert fit_domain(rows).verdict(rows).count("out") >= 100


def test_both_signs_count() -> None:
    """Rows that one feature calls strange, and rows that the other does, are the ones outside."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 2)) * (1, 100)
    rows[:20, 0] += 8
    rows[20:40, 1] += 800
    verdicts = fit_domain(rows).verdict(rows)
    assert sum(verdict == "out" for verdict in verdicts[:40]) >= 30


def test_verdicts_of_novelty_leave_a_fifth_and_a_twentieth_beyond() -> None:
    verdicts = novelty_verdicts(np.arange(1001) / 1000)
    assert (verdicts.count("in"), verdicts.count("edge"), verdicts.count("out")) == (801, 150, 50)
    assert novelty_verdicts(np.array([0.8, 0.95, 1.0])) == ["in", "edge", "out"]


def test_a_verdict_never_worsens_with_similarity() -> None:
    domain = fit_domain(dissimilar(np.linspace(0.2, 0.9, 50)))
    order = [("out", "edge", "in").index(verdict) for verdict in domain.verdict(dissimilar(np.linspace(0, 1, 101)))]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}


def test_equal_similarities_are_all_inside() -> None:
    assert set(fit_domain(np.ones((30, 2))).verdict(np.ones((30, 2)))) == {"in"}


@pytest.mark.parametrize("features", [1, 2])
def test_with_few_held_out_rows_the_similarity_has_the_usual_limits(features: int) -> None:
    rows = np.full((3, features), 7.0)
    rows[:, -1] = 0.75, 0.65, 0.55
    assert fit_domain(rows[:0]).verdict(rows) == ["out", "edge", "in"]


def test_a_domain_survives_being_written_down() -> None:
    domain = fit_domain(dissimilar(np.linspace(0, 1, 40)))
    assert domain_from_dict(asdict(domain)) == domain
