"""Every metric against its scikit-learn or SciPy twin, with ties."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from molkit.evaluation import metrics

# Few distinct values, so that ties are frequent; no subnormals, whose squares vanish.
NUMBERS = st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100).map(lambda x: round(x, 3)))
REGRESSION: dict[str, Callable[[Any, Any], float]] = {
    "root_mean_squared_error": sk.root_mean_squared_error,
    "mean_absolute_error": sk.mean_absolute_error,
    "r_squared": sk.r2_score,
    "spearman": lambda y, p: stats.spearmanr(y, p).statistic,
    "pearson": lambda y, p: stats.pearsonr(y, p).statistic,
}
RANKING: dict[str, Callable[[Any, Any], float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "brier": sk.brier_score_loss,
}
LABELS: dict[str, Callable[[Any, Any], float]] = {
    "matthews": sk.matthews_corrcoef,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
}


def pairs(first: st.SearchStrategy[float], second: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(first, second), min_size=2, max_size=40).map(lambda rows: np.array(rows).T)


@pytest.mark.parametrize("name", REGRESSION)
@given(data=pairs(NUMBERS, NUMBERS))
def test_regression_metrics(name: str, data: np.ndarray) -> None:
    y, p = data
    assume(len(set(y)) > 1 and len(set(p)) > 1)
    assert getattr(metrics, name)(y, p) == pytest.approx(REGRESSION[name](y, p), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", RANKING)
@given(data=pairs(st.sampled_from([0.0, 1.0]), st.integers(0, 8).map(lambda i: i / 8)))
def test_ranking_metrics(name: str, data: np.ndarray) -> None:
    y, p = data
    assume(len(set(y)) == 2)
    assert getattr(metrics, name)(y, p) == pytest.approx(RANKING[name](y, p), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", LABELS)
@given(data=pairs(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])))
def test_label_metrics(name: str, data: np.ndarray) -> None:
    y, label = data
    found = getattr(metrics, name)(y, label)
    if name == "matthews" or not math.isnan(found):
        assume(len(set(y)) + len(set(label)) > 2)
        assert found == pytest.approx(LABELS[name](y, label), abs=1e-9)
    else:
        empty = {"precision": label, "recall": y, "f1": np.maximum(y, label)}[name]
        assert not empty.any()


def test_undefined_scores_are_not_numbers() -> None:
    one, some = np.ones(3), np.array([0.1, 0.5, 0.2])
    for name in ("r_squared", "spearman", "pearson", "roc_auc"):
        assert math.isnan(getattr(metrics, name)(one, some)), name
    for name in ("spearman", "pearson"):
        assert math.isnan(getattr(metrics, name)(some, one)), name
    for name in ("average_precision", "recall"):
        assert math.isnan(getattr(metrics, name)(0 * one, one)), name
    assert math.isnan(metrics.precision(one, 0 * one))
    assert math.isnan(metrics.f1(0 * one, 0 * one))
    assert metrics.matthews(one, np.array([0.0, 1.0, 1.0])) == 0


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_correlations_do_not_invent_a_value_for_constants(values: list[float]) -> None:
    p = np.array(values)
    assert math.isnan(metrics.pearson(np.full(len(p), 0.1), p))


@pytest.mark.parametrize("kind", metrics.METRICS)
def test_the_direction_of_every_metric_is_as_stated(kind: str) -> None:
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
    good = y * 0.8 + 0.1
    bad = 1 - good
    for metric in metrics.METRICS[kind]:
        better, worse = (
            metric.function(y, (p > 0.5).astype(float) if metric.needs_threshold else p) for p in (good, bad)
        )
        assert (better > worse) == metric.higher, metric.name
