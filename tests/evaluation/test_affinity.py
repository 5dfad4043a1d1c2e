"""Scores of affinities against counting pairs, scikit-learn and the formulas as printed."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error as sk_mean_squared_error
from sklearn.metrics import r2_score, roc_auc_score

from molkit.evaluation.affinity import concordance_index, mean_squared_error, r_squared_modified
from molkit.evaluation.metrics import METRICS, find_metric, shown_metrics

VALUES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=25)


def concordance_by_pairs(y: np.ndarray, p: np.ndarray) -> float:
    """The definition: of pairs with different labels, 1 if in order, half if predicted alike."""
    told = [0.5 if p[i] == p[j] else float((p[i] > p[j]) == (y[i] > y[j]))
            for i, j in combinations(range(len(y)), 2) if y[i] != y[j]]  # fmt: skip
    return sum(told) / len(told) if told else math.nan


@given(VALUES)
def test_the_concordance_index_counts_pairs(rows: list[tuple[int, int]]) -> None:
    y, p = np.array(rows, float).T
    assert concordance_index(y, p) == pytest.approx(concordance_by_pairs(y, p), nan_ok=True)


def test_the_concordance_index_of_many_rows_is_that_of_their_pairs() -> None:
    rng = np.random.default_rng(0)
    y, p = np.round(rng.normal(size=(2, 900)), 1)
    assert concordance_index(y, p) == pytest.approx(concordance_by_pairs(y, p), abs=1e-12)


def test_of_two_classes_it_is_the_area_under_the_roc_curve() -> None:
    rng = np.random.default_rng(1)
    y, p = (rng.random(300) < 0.3).astype(float), np.round(rng.random(300), 1)
    assert concordance_index(y, p) == pytest.approx(roc_auc_score(y, p))


def test_its_ends_and_its_middle() -> None:
    y = np.array([5.0, 5.0, 6.0, 7.0])
    assert concordance_index(y, y) == 1
    assert concordance_index(y, -y) == 0
    assert concordance_index(y, np.zeros(4)) == 0.5
    assert math.isnan(concordance_index(np.zeros(4), y))


@given(VALUES)
def test_r2m_is_the_printed_formula(rows: list[tuple[int, int]]) -> None:
    y, p = np.array(rows, float).T
    assume(len(set(y)) > 1 and len(set(p)) > 1)
    line = LinearRegression(fit_intercept=False).fit(p[:, None], y).predict(p[:, None])
    squared, origin = np.corrcoef(y, p)[0, 1] ** 2, r2_score(y, line)
    assert r_squared_modified(y, p) == pytest.approx(squared * (1 - np.sqrt(abs(squared - origin))), abs=1e-7)


def test_r2m_of_exact_predictions_is_one_and_falls_with_an_offset() -> None:
    y = np.arange(5.0, 9.0)
    assert r_squared_modified(y, 2 * y) == pytest.approx(1)
    assert r_squared_modified(y, y + 3) < 0.9


@given(VALUES)
def test_mean_squared_error(rows: list[tuple[int, int]]) -> None:
    y, p = np.array(rows, float).T
    assert mean_squared_error(y, p) == pytest.approx(sk_mean_squared_error(y, p))


def test_scores_of_pairs_are_shown_for_pairs_or_if_wanted() -> None:
    usual = [metric.name for metric in shown_metrics("regression")]
    pairs = [metric.name for metric in shown_metrics("regression", inputs=("smiles", "sequence"))]
    assert set(pairs) - set(usual) == {"MSE", "concordance index", "r2m"}
    assert pairs == [metric.name for metric in METRICS["regression"]]
    assert [metric.name for metric in shown_metrics("regression", wanted="r2m")] == [*usual, "r2m"]
    for kind in ("binary", "multiclass"):
        assert shown_metrics(kind, inputs=("smiles", "sequence")) == shown_metrics(kind)


def test_scores_of_health_records_are_shown_for_records_or_if_wanted() -> None:
    usual = {metric.name for metric in shown_metrics("binary")}
    assert "min(Se,+P)" not in usual
    for shown in (shown_metrics("binary", inputs=["record"]), shown_metrics("binary", wanted="min(Se,+P)")):
        assert {metric.name for metric in shown} == {*usual, "min(Se,+P)"}


@pytest.mark.parametrize("text", ["CI", "c-index", "Concordance Index", "concordance_index"])
def test_the_concordance_index_is_found_by_any_usual_name(text: str) -> None:
    assert find_metric(text).name == "concordance index"
