"""Score tables, intervals, thresholds and widths against closed forms and brute force."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy.stats import norm

from molkit.evaluation.metrics import METRICS, shown_metrics
from molkit.evaluation.scores import average_scores, score_target
from molkit.evaluation.series import SERIES_METRICS

NAN = float("nan")
ONE_CLASS = {"ROC-AUC", "MCC", "balanced accuracy", "calibration slope", "BEDROC"}


def test_every_metric_is_scored_on_the_measured_rows_alone() -> None:
    y, p = np.array([1.0, NAN, 3.0, 4.0]), np.array([1.5, 99.0, 3.0, 3.0])
    scores = score_target("sol", "molkit", "regression", y, p, 0.5, 0)
    rows = [0, 2, 3]
    assert [score.metric for score in scores] == [metric.name for metric in shown_metrics("regression")]
    for score, metric in zip(scores, shown_metrics("regression"), strict=True):
        assert score.value == pytest.approx(metric.function(y[rows], p[rows]))
        assert (score.target, score.method, score.n, score.prevalence) == ("sol", "molkit", 3, None)


def test_labels_are_cut_at_the_threshold() -> None:
    y, p = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.3, 0.3, 0.4])
    found = {score.metric: score.value for score in score_target("t", "m", "binary", y, p, 0.3, 0)}
    assert (found["precision"], found["recall"]) == (pytest.approx(2 / 3), 1.0)
    assert {score.prevalence for score in score_target("t", "m", "binary", y, p, 0.3, 0)} == {0.5}


AREAS = ("macro ROC-AUC", "weighted ROC-AUC", "macro PR-AUC")


@pytest.mark.parametrize(
    ("kind", "y", "undefined"),
    [
        ("regression", [NAN, NAN, NAN], {metric.name for metric in shown_metrics("regression")}),
        ("regression", [2.0, 2.0, 2.0], {"R2", "Pearson", "Spearman", "Kendall"}),
        ("binary", [0.0, 0.0, 0.0], {*ONE_CLASS, "PR-AUC", "recall", "EF 1%", "EF 5%", "EF 10%"}),
        ("binary", [1.0, 1.0, 1.0], ONE_CLASS),
        ("multiclass", [1.0, 1.0, 1.0], {"balanced accuracy", "MCC", "log loss", *AREAS}),
        ("binary", [NAN, NAN, NAN], {metric.name for metric in shown_metrics("binary")}),
    ],
)
def test_an_undefined_score_is_none(kind: str, y: list[float], undefined: set[str]) -> None:
    p = np.array([1.0, 0.0, 1.0] if kind == "multiclass" else [0.2, 0.6, 0.9])
    scores = score_target("t", "m", kind, np.array(y), p, 0.5, 0)
    assert {score.metric for score in scores if score.value is None} == undefined
    for score in scores:
        assert (score.low is None) == (score.high is None) == (score.value is None) == bool(score.reason)


def test_no_rows_at_all_are_no_scores() -> None:
    for kind in METRICS:
        assert {score.value for score in score_target("t", "m", kind, np.empty(0), np.empty(0), 0.5, 0)} == {None}


def test_the_interval_of_a_mean_is_that_of_the_central_limit_theorem() -> None:
    """MAE is a mean, so its interval is value ± 1.96 standard errors."""
    residuals = np.random.default_rng(3).normal(size=800)
    score = score_target("t", "m", "regression", np.zeros(800), residuals, 0.5, 1)[1]
    assert score.metric == "MAE"
    assert score.value is not None
    assert score.low is not None
    assert score.high is not None
    error = norm.ppf(0.975) * np.abs(residuals).std() / np.sqrt(800)
    assert score.low == pytest.approx(score.value - error, abs=0.15 * error)
    assert score.high == pytest.approx(score.value + error, abs=0.15 * error)


def test_a_seed_repeats_an_interval() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=60), rng.normal(size=60)
    once, again, other = (score_target("t", "m", "regression", y, p, 0.5, seed) for seed in (5, 5, 6))
    assert once == again
    assert [score.value for score in once] == [score.value for score in other]
    assert once[0].low != other[0].low


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("value", [0.0, 1.0, 1e300, -1e300, NAN, float("inf")])
def test_hostile_predictions_never_raise(kind: str, n: int, value: float) -> None:
    y, p = np.array([1.0, 0.0])[:n], np.full(n, value)
    if kind == "multiclass":
        p = np.stack([p, 1 - p], axis=1)
    for score in score_target("t", "m", kind, y, p, 0.5, 0, series=["a"] * n):
        assert (score.value is None) == bool(score.reason)
        assert score.value is None or np.isfinite(score.value)
        assert (score.n, score.failed) == ((n, 0) if np.isfinite(value) else (0, n)) or score.metric in SERIES_METRICS


def test_rows_without_a_finite_prediction_are_counted() -> None:
    y, p = np.array([1.0, 2.0, 3.0, NAN, 4.0]), np.array([1.0, NAN, 3.5, NAN, np.inf])
    for score in score_target("t", "m", "regression", y, p, 0.5, 0, series=["a", "a", "a", "a", "b"]):
        assert score.failed == 2
        assert score.n == (0 if score.metric == "series Spearman" else 2)


def test_one_row_has_a_score_and_no_interval() -> None:
    score = score_target("t", "m", "regression", np.array([1.0]), np.array([1.5]), 0.5, 0)[0]
    assert (score.value, score.low, score.high, score.reason) == (0.5, None, None, "")


def test_thresholds_may_differ_between_rows() -> None:
    y, p = np.array([1.0, NAN, 1.0, 0.0]), np.array([0.4, 0.9, 0.4, 0.4])
    cuts = np.array([0.3, 0.1, 0.5, 0.5])
    found = {score.metric: score.value for score in score_target("t", "m", "binary", y, p, cuts, 0)}
    assert (found["precision"], found["recall"]) == (1.0, 0.5)


def test_scores_stand_beside_their_chance_level_and_ceiling() -> None:
    y = np.array([1.0] * 10 + [0.0] * 90)
    found = {score.metric: score for score in score_target("t", "m", "binary", y, np.linspace(1, 0, 100), 0.5, 0)}
    assert (found["PR-AUC"].base, found["PR-AUC"].ceiling) == (0.1, None)
    assert (found["EF 1%"].value, found["EF 1%"].ceiling, found["EF 10%"].ceiling) == (10.0, 10.0, 10.0)
    assert (found["BEDROC"].value, found["BEDROC"].ceiling) == (pytest.approx(1.0), 1.0)
    json.dumps([asdict(score) for score in found.values()], allow_nan=False)


def test_intervals_hold_their_value() -> None:
    rng = np.random.default_rng(4)
    y = (rng.random(150) < 0.3).astype(float)
    p = 1 / (1 + np.exp(-(y + rng.normal(size=150) - 1)))
    for score in score_target("t", "m", "binary", y, p, 0.4, 0):
        assert score.low is not None
        assert score.high is not None
        assert score.low <= (score.value or 0.0) <= score.high, score


def test_series_come_with_numbers_only_when_given() -> None:
    rng = np.random.default_rng(0)
    y, p, keys = rng.normal(size=30), rng.normal(size=30), ["a", "b", "c"] * 10
    names = [score.metric for score in score_target("t", "m", "regression", y, p, 0.5, 0, series=keys)]
    assert names[-2:] == list(SERIES_METRICS)
    assert len(names) == len(shown_metrics("regression")) + 2
    labels = (y > 0).astype(float)
    assert len(score_target("t", "m", "binary", labels, labels, 0.5, 0, series=keys)) == len(shown_metrics("binary"))


def test_averages_are_means_over_targets_of_a_kind() -> None:
    rng = np.random.default_rng(0)
    scores = []
    for target, prevalence in (("a", 0.5), ("b", 0.2), ("c", 0.0)):
        y = (rng.random(60) < prevalence).astype(float)
        scores += score_target(target, "m", "binary", y, rng.random(60), 0.5, 0)
    scores += score_target("logS", "m", "regression", rng.normal(size=60), rng.normal(size=60), 0.5, 0)
    averages = {score.metric: score for score in average_scores(scores)}
    assert set(averages) == {metric.name for metric in shown_metrics("binary")}
    auc = [score.value for score in scores if score.metric == "ROC-AUC" and score.value is not None]
    assert averages["ROC-AUC"].value == pytest.approx(np.mean(auc))
    assert (averages["ROC-AUC"].reason, averages["ROC-AUC"].n) == ("undefined for 1 of 3 targets", 180)
    assert (averages["Brier"].reason, averages["Brier"].low) == ("", None)


def test_numbers_of_several_units_are_not_averaged() -> None:
    rng = np.random.default_rng(0)
    scores = [
        score
        for target in ("a", "b")
        for method in ("molkit", "forest")
        for score in score_target(target, method, "regression", rng.normal(size=20), rng.normal(size=20), 0.5, 0)
    ]
    averages = average_scores(scores)
    assert {score.metric for score in averages} == {"R2", "Pearson", "Spearman", "Kendall"}
    assert {score.method for score in averages} == {"molkit", "forest"}
    assert average_scores([score for score in scores if score.target == "a"]) == []
