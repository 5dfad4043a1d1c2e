"""Quantiles and coverage against their theorems, the interval score against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from molkit.evaluation.conformal import conformal_quantile, interval_score, score_intervals, similarity_labels
from molkit.evaluation.share import wilson

NAN = np.nan


def test_the_quantile_covers_its_level_of_unseen_rows() -> None:
    """Coverage is ceil((n + 1) level) / (n + 1) on average, for sets of any size (Lei and others 2018, theorem 2.2)."""
    rng = np.random.default_rng(1)
    for size in (19, 50, 200):
        covered = []
        for _ in range(400):
            width = conformal_quantile(np.abs(rng.standard_t(3, size)))
            assert width is not None
            covered.append((np.abs(rng.standard_t(3, 200)) <= width).mean())
        expected = np.ceil((size + 1) * 0.9) / (size + 1)
        assert np.mean(covered) == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize(
    ("rows", "level", "known"), [(0, 0.9, False), (8, 0.9, False), (9, 0.9, True), (9, 0.95, False)]
)
def test_too_few_rows_give_no_quantile(rows: int, level: float, known: bool) -> None:
    assert (conformal_quantile(np.arange(rows) * 1.0, level) is not None) == known


def test_the_rank_does_not_suffer_from_rounding() -> None:
    """(n + 1) level is a whole number here: 0.9 * 10, 0.7 * 10, 0.95 * 20."""
    assert conformal_quantile(np.arange(1.0, 10.0), 0.9) == 9
    assert conformal_quantile(np.arange(1.0, 10.0), 0.7) == 7
    assert conformal_quantile(np.arange(1.0, 20.0), 0.95) == 19


def test_the_interval_score_is_least_at_the_true_quantiles() -> None:
    """It is a proper score: any other end costs more on average."""
    y = np.random.default_rng(0).exponential(size=200_000)
    ends = -np.log([0.95, 0.05])
    scores = {}
    for shift in (-0.03, 0.0, 0.03):
        for which in (0, 1):
            low, high = ends + shift * (np.arange(2) == which)
            scores[shift, which] = interval_score(y, low, high, 0.9).mean()
    assert scores[0.0, 0] < min(scores[-0.03, 0], scores[0.03, 0])
    assert interval_score(np.array([0.0, 3.0, -1.0]), np.zeros(3), np.full(3, 2.0), 0.9).tolist() == pytest.approx(
        [2.0, 2.0 + 20.0, 2.0 + 20.0]
    )


def test_coverage_by_hand() -> None:
    y = np.array([0.0, 1.0, 2.0, NAN, 4.0, 9.0])
    p = np.array([0.5, 1.5, 0.0, 1.0, NAN, 1.0])
    found = score_intervals("y", y, p, p - 1, p + 1, 0.9, np.array([0.1, 0.29, 0.9, 0.9, 0.9, NAN]), "nM")
    assert found is not None
    assert (found.overall.n, found.overall.covered, found.overall.width) == (4, 2, 2.0)
    assert found.overall.error == pytest.approx(np.sqrt((0.25 + 0.25 + 4 + 64) / 4))
    assert [(bin.label, bin.n, bin.covered) for bin in found.bins] == [("below 0.3", 2, 2), ("0.8 and above", 1, 0)]
    assert "cover 50.0%" in found.sentence
    assert score_intervals("y", np.full(2, NAN), p[:2], p[:2], p[:2]) is None


def test_every_similarity_falls_into_one_bin() -> None:
    similarity = np.linspace(0, 1, 101)
    found = score_intervals("y", similarity, similarity, similarity, similarity, similarity=similarity)
    assert found is not None
    assert [bin.label for bin in found.bins] == similarity_labels()
    assert sum(bin.n for bin in found.bins) == 101


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 7), (50, 100), (99, 100), (12, 12)])
def test_wilson_against_scipy(hits: int, n: int) -> None:
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-6)
