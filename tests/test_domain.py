"""Similarity against RDKit, and what counts as inside."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from rdkit import Chem, DataStructs

from molkit.domain import Domain, SimilarityIndex, domain_from_dict, fit_domain
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


def test_a_tenth_of_the_held_out_rows_is_outside_and_the_next_15_percent_at_the_edge() -> None:
    similarity = np.random.default_rng(0).beta(4, 3, 2000)
    verdicts = fit_domain(similarity).verdict(similarity)
    assert verdicts.count("out") / 2000 == pytest.approx(0.10, abs=0.002)
    assert verdicts.count("edge") / 2000 == pytest.approx(0.15, abs=0.002)


def test_a_verdict_never_worsens_with_similarity() -> None:
    domain = fit_domain(np.linspace(0.2, 0.9, 50))
    order = [("out", "edge", "in").index(verdict) for verdict in domain.verdict(np.linspace(0, 1, 101))]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}


def test_equal_similarities_are_all_inside() -> None:
    assert set(fit_domain(np.ones(30)).verdict(np.ones(30))) == {"in"}


def test_without_held_out_rows_there_are_still_limits() -> None:
    assert fit_domain(np.empty(0)).verdict(np.array([0.0, 1.0])) == ["out", "in"]


def test_a_domain_survives_being_written_down() -> None:
    domain = Domain(edge=0.5, out=0.25)
    assert domain_from_dict(asdict(domain)) == domain
