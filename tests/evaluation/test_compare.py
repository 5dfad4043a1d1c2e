"""Paired differences against their closed form and against what they must say."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.evaluation.compare import paired_difference
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
