"""Every metric against its scikit-learn or SciPy twin, with ties, and what all of them have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from molkit.errors import InputError
from molkit.evaluation import metrics
from molkit.evaluation.metrics import METRICS, find_metric

# Few distinct values, so that ties are frequent; no subnormals, whose squares vanish.
NUMBERS = st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100).map(lambda x: round(x, 3)))
REGRESSION: dict[str, Callable[[Any, Any], float]] = {
    "root_mean_squared_error": sk.root_mean_squared_error,
    "mean_absolute_error": sk.mean_absolute_error,
    "r_squared": sk.r2_score,
    "spearman": lambda y, p: stats.spearmanr(y, p).statistic,
    "pearson": lambda y, p: stats.pearsonr(y, p).statistic,
    "kendall": lambda y, p: stats.kendalltau(y, p, variant="b").statistic,
}
RANKING: dict[str, Callable[[Any, Any], float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "brier": sk.brier_score_loss,
    "log_loss": sk.log_loss,
}
LABELS: dict[str, Callable[[Any, Any], float]] = {
    "matthews": sk.matthews_corrcoef,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "weaker_side": lambda y, p: min(sk.recall_score(y, p), sk.precision_score(y, p, zero_division=0)),
}
EVERY = [pytest.param(kind, metric, id=f"{kind} {metric.name}") for kind in METRICS for metric in METRICS[kind]]


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
    if math.isnan(found):
        empty = {"precision": label, "recall": y, "weaker_side": y, "f1": np.maximum(y, label)}
        assert not empty[name].any() if name in empty else len(set(y)) == 1
    else:
        assert found == pytest.approx(LABELS[name](y, label), abs=1e-9)


def test_undefined_scores_are_not_numbers() -> None:
    one, some = np.ones(3), np.array([0.1, 0.5, 0.2])
    for name in ("r_squared", "spearman", "pearson", "kendall", "roc_auc", "matthews", "balanced_accuracy", "bedroc"):
        assert math.isnan(getattr(metrics, name)(one, some)), name
    for name in ("spearman", "pearson", "kendall"):
        assert math.isnan(getattr(metrics, name)(some, one)), name
    for name in ("average_precision", "recall"):
        assert math.isnan(getattr(metrics, name)(0 * one, one)), name
    assert math.isnan(metrics.precision(one, 0 * one))
    assert math.isnan(metrics.f1(0 * one, 0 * one))
    assert metrics.matthews(np.array([1.0, 0.0, 1.0]), one) == 0
    for name in ("brier", "log_loss", "calibration_slope", "calibration_error"):
        assert math.isnan(getattr(metrics, name)(np.array([1.0, 0.0, 1.0]), np.array([0.1, 1.7, 0.4]))), name


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_correlations_do_not_invent_a_value_for_constants(values: list[float]) -> None:
    p = np.array(values)
    assert math.isnan(metrics.pearson(np.full(len(p), 0.1), p))


def data_for(kind: str, metric: metrics.Metric, rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions of a kind from small whole numbers, so with many ties."""
    a, b = np.array(rows).T
    if kind == "regression":
        return a * 1.0, b / 2
    if kind == "binary":
        return a % 2 * 1.0, b % 2 * 1.0 if metric.needs_threshold else b / 8
    p = np.stack([1.0 + b, 2.0 + a % 2 * b, 1.0 + a], axis=1)
    return a % 3 * 1.0, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("kind", "metric"), EVERY)
@settings(max_examples=40)
@given(data=st.data())
def test_weights_are_repeated_rows(kind: str, metric: metrics.Metric, data: st.DataObject) -> None:
    """The bootstrap rests on it: the score of weights [B, n] is that of rows taken as often as they say."""
    rows = data.draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=15))
    y, p = data_for(kind, metric, rows)
    some = st.lists(st.integers(0, 3), min_size=len(y), max_size=len(y)).filter(any)
    weights = np.array(data.draw(st.lists(some, min_size=2, max_size=2)), float)
    weights[:, y.argmax()] += kind == "multiclass"  # the largest code says how many classes there are
    found = metric.function(y, p, weights)
    assert found.shape == (2,)
    for value, counts in zip(found, weights, strict=True):
        taken = np.repeat(np.arange(len(y)), counts.astype(int))
        assert value == pytest.approx(metric.function(y[taken], p[taken]), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("rows", [2, 7, 399, 400, 401])
def test_kendall_of_resamples_is_exactly_that_of_their_rows(rows: int) -> None:
    """Few rows are counted in pairs, many are sorted; with ties, the largest numbers, and resamples of one value."""
    source = np.random.default_rng(rows)
    y, p = np.round(source.normal(size=rows), 1), np.round(source.normal(size=rows), 1)
    y[0], p[-1] = 1e308, -1e308
    weights = source.multinomial(rows, np.full(rows, 1 / rows), 4).astype(float)
    weights[3] = np.eye(rows)[0] * rows
    expected = [stats.kendalltau(np.repeat(y, c), np.repeat(p, c)).statistic for c in weights[:3].astype(int)]
    np.testing.assert_array_equal(metrics.kendall(y, p, weights), [*expected, np.nan])


@pytest.mark.parametrize(("kind", "metric"), EVERY)
def test_the_direction_of_every_metric_is_as_stated(kind: str, metric: metrics.Metric) -> None:
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    good = np.array([0.2, 0.7, 0.3, 0.8, 0.7, 0.25, 0.28, 0.72])
    bad = 1 - good
    if kind == "multiclass":
        good, bad = (np.stack([1 - p, p], axis=1) for p in (good, bad))
    better, worse = (metric.function(y, (p > 0.5).astype(float) if metric.needs_threshold else p) for p in (good, bad))
    if metric.ideal is not None:
        assert abs(better - metric.ideal) < abs(worse - metric.ideal)
    else:
        assert (better > worse) == metric.higher


@pytest.mark.parametrize(("kind", "metric"), EVERY)
def test_the_chance_level_is_what_chance_gives(kind: str, metric: metrics.Metric) -> None:
    """Predictions without information: shuffled for ranks, the mean or commonest label for the others."""
    if metric.base is None:
        return
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.2).astype(float) if kind == "binary" else rng.integers(0, 3, 400).astype(float)
    if metric.name in ("Brier", "log loss", "R2"):
        found = [metric.function(y, np.full(400, y.mean()))]
    elif metric.name == "accuracy":
        found = [max(metric.function(y, np.full(400, code)) for code in (0.0, 1.0, 2.0))]
    elif kind == "multiclass":
        found = [metric.function(y, rng.dirichlet((1, 1, 1), 400)) for _ in range(200)]
    else:
        scores = [rng.random(400) for _ in range(400 if not metric.slow else 100)]
        found = [metric.function(y, (p < 0.3).astype(float) if metric.needs_threshold else p) for p in scores]
    error = 4 * np.std(found) / np.sqrt(len(found))
    margin = 0.012 if metric.name == "PR-AUC" else 1e-9  # its expectation is the prevalence for many rows only
    assert metric.base(y) == pytest.approx(np.mean(found), abs=error + margin)


@pytest.mark.parametrize(
    ("text", "name"),
    [("mae", "MAE"), ("AUROC", "ROC-AUC"), ("auprc", "PR-AUC"), ("roc_auc", "ROC-AUC"), ("Pr Auc", "PR-AUC"),
     ("r2", "R2"), ("R²", "R2"), ("EF 1%", "EF 1%"), ("ef1%", "EF 1%"), ("logloss", "log loss"), ("mcc", "MCC")],
)  # fmt: skip
def test_a_metric_is_found_by_any_usual_name(text: str, name: str) -> None:
    assert find_metric(text).name == name


@pytest.mark.parametrize(("kind", "metric"), EVERY)
def test_every_metric_is_found_by_its_own_name(kind: str, metric: metrics.Metric) -> None:
    assert find_metric(metric.name, kind) is metric
    assert find_metric(metric.name.upper(), kind) is metric


@pytest.mark.parametrize("name", ["", "RMSEE", "accuracy of it"])
def test_an_unknown_metric_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"Known are .*RMSE.*PR-AUC"):
        find_metric(name)
    with pytest.raises(InputError, match="of binary targets"):
        find_metric("RMSE", "binary")
