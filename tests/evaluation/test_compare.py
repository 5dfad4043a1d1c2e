"""Paired differences against their closed form and against what they must say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from molkit.evaluation.compare import mean_difference, paired_difference
from molkit.evaluation.metrics import METRICS, find_metric

RNG = np.random.default_rng(0)
Y = RNG.normal(size=300)
GOOD, BAD = Y + RNG.normal(0, 0.3, 300), Y + RNG.normal(0, 0.9, 300)
LABELS = (Y > 0.5).astype(float)
SURE, UNSURE = 1 / (1 + np.exp(-4 * (GOOD - 0.5))), 1 / (1 + np.exp(-2 * (BAD - 0.5)))


@pytest.mark.parametrize("metric", METRICS["regression"], ids=lambda metric: metric.name)
def test_the_better_of_two_predictions_is_named(metric: object) -> None:
    assert paired_difference(metric, Y, GOOD, BAD, 0).better == "first"
    assert paired_difference(metric, Y, BAD, GOOD, 0).better == "second"
    same = paired_difference(metric, Y, GOOD, GOOD, 0)
    assert (same.value, same.low, same.high, same.better) == (0, 0, 0, "neither")


@pytest.mark.parametrize("name", ["PR-AUC", "ROC-AUC", "MCC", "Brier", "log loss"])
def test_classes_are_compared_too(name: str) -> None:
    metric = find_metric(name)
    found = paired_difference(metric, LABELS, SURE, UNSURE, 0)
    assert found.better == "first"
    a, b = ((p >= 0.5).astype(float) if metric.needs_threshold else p for p in (SURE, UNSURE))
    assert found.value == pytest.approx(metric.function(LABELS, a) - metric.function(LABELS, b))


def test_nearer_to_the_ideal_is_better() -> None:
    """A slope of 1 beats one of 2, and one of 0.5 as well."""
    rng = np.random.default_rng(1)
    logit = rng.normal(size=3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(-logit))).astype(float)
    right, timid, bold = (1 / (1 + np.exp(-factor * logit)) for factor in (1.0, 0.5, 2.0))
    slope = find_metric("calibration slope")
    assert paired_difference(slope, y, right, timid, 0).better == "first"
    assert paired_difference(slope, y, bold, right, 0).better == "second"


def test_the_interval_is_that_of_the_paired_mean() -> None:
    """The difference of two MAEs is a mean over rows, so the central limit theorem gives its interval."""
    each = np.abs(Y - GOOD) - np.abs(Y - BAD)
    found = paired_difference(find_metric("MAE"), Y, GOOD, BAD, 3)
    error = 1.96 * each.std() / np.sqrt(len(each))
    assert found.value == pytest.approx(each.mean())
    assert (found.low, found.high) == pytest.approx((each.mean() - error, each.mean() + error), abs=0.15 * error)


def test_rows_count_that_are_measured_and_predicted_by_both() -> None:
    y, a, b = Y.copy(), GOOD.copy(), BAD.copy()
    y[0], a[1], b[2] = np.nan, np.nan, np.inf
    found = paired_difference(find_metric("RMSE"), y, a, b, 0)
    assert found == paired_difference(find_metric("RMSE"), Y[3:], GOOD[3:], BAD[3:], 0)
    assert found.n == 297


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_rows_say_nothing(n: int) -> None:
    found = paired_difference(find_metric("RMSE"), Y[:n], GOOD[:n], BAD[:n], 0)
    assert (found.n, found.low, found.better) == (n, None, "neither")
    assert (found.value is None) == (n == 0)


def test_an_undefined_score_is_no_difference() -> None:
    found = paired_difference(find_metric("Spearman"), Y, GOOD, np.ones(300), 0)
    assert (found.value, found.better) == (None, "neither")


def test_equal_methods_differ_rarely() -> None:
    """About 5 % of comparisons of equally good predictions call one of them better."""
    rng = np.random.default_rng(2)
    called = 0
    for seed in range(200):
        y = rng.normal(size=80)
        a, b = y + rng.normal(size=80), y + rng.normal(size=80)
        called += paired_difference(find_metric("RMSE"), y, a, b, seed).better != "neither"
    assert 2 <= called <= 24


def test_the_mean_over_targets_is_that_of_their_differences() -> None:
    """Rows that one target does not measure count for the others; scikit-learn is the oracle."""
    rng = np.random.default_rng(0)
    y = (rng.random((300, 3)) < 0.3).astype(float)
    a, b = y + rng.normal(size=y.shape), y + 2 * rng.normal(size=y.shape)
    y[rng.random(y.shape) < 0.2] = np.nan
    found = mean_difference(find_metric("ROC-AUC"), y, a, b, 0)
    rows = [~np.isnan(own) for own in y.T]
    expected = [roc_auc_score(y[own, k], a[own, k]) - roc_auc_score(y[own, k], b[own, k]) for k, own in enumerate(rows)]
    assert found.value == pytest.approx(np.mean(expected))
    assert found.low is not None
    assert found.low < found.value < found.high  # type: ignore[operator]
    assert found.better == "first"
    assert found.n == np.any(rows, axis=0).sum()
    other = mean_difference(find_metric("ROC-AUC"), y, b, a, 0)
    assert (other.value, other.better) == (pytest.approx(-found.value), "second")


def test_of_one_target_it_is_the_paired_difference() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(200) < 0.4).astype(float)
    a, b = y + rng.normal(size=200), y + rng.normal(size=200)
    one = paired_difference(find_metric("PR-AUC"), y, a, b, 3)
    mean = mean_difference(find_metric("PR-AUC"), y[:, None], a[:, None], b[:, None], 3)
    assert mean.value == pytest.approx(one.value)
    assert mean.low == pytest.approx(one.low, abs=0.03)
    assert mean.high == pytest.approx(one.high, abs=0.03)


def test_targets_without_a_score_are_left_out_of_the_mean() -> None:
    y = np.array([[1.0, 0], [0, 0], [1, 0], [0, 0]])
    p = np.array([[0.9, 0.1], [0.2, 0.1], [0.8, 0.3], [0.1, 0.2]])
    assert mean_difference(find_metric("ROC-AUC"), y, p, -p, 0).value == 1
    assert mean_difference(find_metric("ROC-AUC"), y[:, 1:], p[:, 1:], p[:, 1:], 0).value is None
