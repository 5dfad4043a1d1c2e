"""The one number that a search makes better, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, matthews_corrcoef, mean_absolute_error, roc_auc_score, root_mean_squared_error

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.evaluation.calibration import calibration_slope
from molkit.evaluation.thresholds import choose_threshold
from molkit.tuning.goal import choose_goal

RNG = np.random.default_rng(0)
CLASSES = (RNG.random(200) < 0.3).astype(float)
CHANCES = np.clip(0.5 * CLASSES + 0.5 * RNG.random(200), 0.01, 0.99)
NUMBERS = RNG.normal(3, 2, 200)
GUESSES = NUMBERS + RNG.normal(0, 1, 200)


def score(metric: str | None, kinds: tuple[str, ...], y: np.ndarray, p: np.ndarray) -> float:
    y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
    return choose_goal(RunConfig(metric=metric), kinds, y).score(y, p)


@pytest.mark.parametrize(
    ("metric", "kind", "expected", "higher"),
    [
        (None, "regression", root_mean_squared_error(NUMBERS, GUESSES), False),
        ("MAE", "regression", mean_absolute_error(NUMBERS, GUESSES), False),
        (None, "binary", log_loss(CLASSES, CHANCES), False),
        ("AUROC", "binary", roc_auc_score(CLASSES, CHANCES), True),
        ("MCC", "binary", matthews_corrcoef(CLASSES, choose_threshold(CLASSES, CHANCES) <= CHANCES), True),
    ],
)
def test_of_one_target_it_is_the_score(metric: str | None, kind: str, expected: float, higher: bool) -> None:
    y, p = (NUMBERS, GUESSES) if kind == "regression" else (CLASSES, CHANCES)
    goal = choose_goal(RunConfig(metric=metric), (kind,), y[:, None])
    assert goal.score(y[:, None], p[:, None]) == pytest.approx(expected)
    assert goal.higher == higher


def test_of_several_targets_no_unit_has_more_say() -> None:
    y, p = np.stack([NUMBERS, 1000 * NUMBERS], axis=1), np.stack([GUESSES, 1000 * GUESSES], axis=1)
    alone = root_mean_squared_error(NUMBERS, GUESSES) / NUMBERS.std()
    assert score(None, ("regression", "regression"), y, p) == pytest.approx(alone)
    both = np.stack([NUMBERS, CLASSES], axis=1), np.stack([GUESSES, CHANCES], axis=1)
    expected = (alone + log_loss(CLASSES, CHANCES)) / 2
    assert score(None, ("regression", "binary"), *both) == pytest.approx(expected)


def test_targets_without_the_score_are_left_out() -> None:
    both = np.stack([NUMBERS, CLASSES], axis=1), np.stack([GUESSES, CHANCES], axis=1)
    assert score("ROC-AUC", ("regression", "binary"), *both) == pytest.approx(roc_auc_score(CLASSES, CHANCES))


def test_unmeasured_rows_do_not_count_and_what_is_undefined_is_not_a_number() -> None:
    y = np.where(np.arange(200) < 20, np.nan, NUMBERS)
    p = np.where(np.isnan(y), np.nan, GUESSES)
    assert score(None, ("regression",), y, p) == pytest.approx(root_mean_squared_error(NUMBERS[20:], GUESSES[20:]))
    assert np.isnan(score(None, ("regression",), NUMBERS, p))
    assert np.isnan(score("ROC-AUC", ("binary",), np.ones(200), CHANCES))
    assert np.isnan(score(None, ("regression",), np.full(200, np.nan), GUESSES))


def test_nearness_to_an_ideal_is_made_small() -> None:
    chances = np.clip(0.3 * CLASSES + 0.7 * RNG.random(200), 0.01, 0.99)
    goal = choose_goal(RunConfig(metric="calibration slope"), ("binary",), CLASSES[:, None])
    assert not goal.higher
    assert goal.score(CLASSES[:, None], chances[:, None]) == pytest.approx(abs(calibration_slope(CLASSES, chances) - 1))


def test_a_score_of_several_classes_is_refused() -> None:
    with pytest.raises(InputError, match="a search cannot go by it"):
        choose_goal(RunConfig(metric="accuracy"), ("binary",) * 3, np.eye(3))
