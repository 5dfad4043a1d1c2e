"""Score tables, intervals, thresholds and widths against closed forms and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import matthews_corrcoef

from molkit.evaluation.metrics import METRICS
from molkit.evaluation.scores import best_threshold, half_width, score_target

NAN = float("nan")


def test_every_metric_is_scored_on_the_measured_rows_alone() -> None:
    y, p = np.array([1.0, NAN, 3.0, 4.0]), np.array([1.5, 99.0, 3.0, 3.0])
    scores = score_target("sol", "molkit", "regression", y, p, 0.5, 0)
    rows = [0, 2, 3]
    assert [score.metric for score in scores] == [metric.name for metric in METRICS["regression"]]
    for score, metric in zip(scores, METRICS["regression"], strict=True):
        assert score.value == pytest.approx(metric.function(y[rows], p[rows]))
        assert (score.target, score.method, score.n, score.prevalence) == ("sol", "molkit", 3, None)


def test_labels_are_cut_at_the_threshold() -> None:
    y, p = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.3, 0.3, 0.4])
    found = {score.metric: score.value for score in score_target("t", "m", "binary", y, p, 0.3, 0)}
    assert (found["precision"], found["recall"]) == (pytest.approx(2 / 3), 1.0)
    assert {score.prevalence for score in score_target("t", "m", "binary", y, p, 0.3, 0)} == {0.5}


@pytest.mark.parametrize(
    ("kind", "y", "undefined"),
    [
        ("regression", [NAN, NAN, NAN], {"RMSE", "MAE", "R2", "Spearman"}),
        ("regression", [2.0, 2.0, 2.0], {"R2", "Spearman"}),
        ("binary", [0.0, 0.0, 0.0], {"PR-AUC", "ROC-AUC", "recall"}),
        ("binary", [1.0, 1.0, 1.0], {"ROC-AUC"}),
        ("binary", [NAN, NAN, NAN], {metric.name for metric in METRICS["binary"]}),
    ],
)
def test_an_undefined_score_is_none(kind: str, y: list[float], undefined: set[str]) -> None:
    scores = score_target("t", "m", kind, np.array(y), np.array([0.2, 0.6, 0.9]), 0.5, 0)
    assert {score.metric for score in scores if score.value is None} == undefined
    for score in scores:
        assert (score.low is None) == (score.high is None) == (score.value is None)


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


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40))
def test_the_threshold_is_as_good_as_any(rows: list[tuple[bool, int]]) -> None:
    y, p = np.array([float(label) for label, _ in rows]), np.array([i / 20 for _, i in rows])
    cut = best_threshold(y, p)
    if len(set(y)) < 2 or len(set(p)) < 2:
        assert cut == 0.5
        return
    values = np.unique(p)
    every = [matthews_corrcoef(y, p >= c) for c in (values[1:] + values[:-1]) / 2]
    assert matthews_corrcoef(y, p >= cut) == pytest.approx(max(every), abs=1e-9)
    assert np.abs(values - cut).min() > 0.02  # between two predictions, so rounding cannot move a row over it


def test_the_threshold_of_many_predictions_is_nearly_the_best() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(3000) < 0.1).astype(float)
    p = 1 / (1 + np.exp(-(2 * y + rng.normal(size=3000) - 3)))
    every = max(matthews_corrcoef(y, p >= cut) for cut in np.quantile(p, np.linspace(0.005, 0.995, 991)))
    assert matthews_corrcoef(y, p >= best_threshold(y, p)) > every - 0.02


def test_missing_labels_do_not_move_the_threshold() -> None:
    y, p = np.array([0.0, 1.0, NAN, 0.0]), np.array([0.2, 0.6, 0.9, 0.4])
    assert best_threshold(y, p) == pytest.approx(0.5)


def test_the_half_width_covers_its_level_of_unseen_rows() -> None:
    """Coverage is 90 % on average over calibration sets of any size (Lei et al., theorem 2.2)."""
    rng = np.random.default_rng(1)
    for size in (19, 50, 200):
        covered = []
        for _ in range(400):
            width = half_width(rng.standard_t(3, size), np.zeros(size))
            assert width is not None
            covered.append((np.abs(rng.standard_t(3, 200)) <= width).mean())
        expected = np.ceil((size + 1) * 0.9) / (size + 1)
        assert np.mean(covered) == pytest.approx(expected, abs=0.015)
        assert expected >= 0.9


@pytest.mark.parametrize(("rows", "known"), [(0, False), (8, False), (9, True), (30, True)])
def test_too_few_rows_give_no_width(rows: int, known: bool) -> None:
    assert (half_width(np.arange(rows) * 1.0, np.zeros(rows)) is not None) == known


def test_missing_labels_are_not_residuals() -> None:
    y = np.r_[np.arange(1.0, 12), [NAN] * 50]
    assert half_width(y, np.zeros(61)) == half_width(y[:11], np.zeros(11)) == 11.0
