"""Calibration: known distortions are undone, order never changes, nothing is changed without a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from molkit.evaluation.calibration import calibration_slope, log_loss
from molkit.evaluation.ranking import roc_auc
from molkit.evaluation.recalibrate import (
    CALIBRATORS,
    Calibration,
    calibration_from_dict,
    choose_calibration,
    expit,
    fit_class_temperature,
    fit_platt,
    logit,
    shifted,
    tempered,
)


def drawn(rows: int, distorted: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels, told probabilities, true ones, folds."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-0.5, 1.5, rows)
    told = {"right": z, "sharp": 2.5 * z, "shifted": 1.7 * z + 1.2, "bent": z + 0.9 * np.abs(z)}[distorted]
    return (rng.random(rows) < expit(z)).astype(float), expit(told), expit(z), rng.integers(0, 5, rows)


def test_platt_is_the_logistic_regression_on_the_logit() -> None:
    y, p, _, _ = drawn(5000, "shifted")
    model = LogisticRegression(C=1e3).fit(logit(p)[:, None], y)
    np.testing.assert_allclose(fit_platt(y, p)(p), model.predict_proba(logit(p)[:, None])[:, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("distorted", "method"), [("sharp", "temperature"), ("shifted", "platt"), ("bent", "isotonic")]
)
def test_the_method_that_undoes_a_distortion_is_chosen(distorted: str, method: str) -> None:
    y, p, true, folds = drawn(20_000, distorted)
    found = choose_calibration(y, p, folds)
    assert found.method == method
    assert np.abs(found(p) - true).mean() < 0.02
    fresh, told, _, _ = drawn(20_000, distorted, 7)
    assert log_loss(fresh, found(told)) < log_loss(fresh, told)
    assert calibration_slope(fresh, found(told)) == pytest.approx(1, abs=0.06)


def test_what_is_right_stays_as_it_is() -> None:
    left = [choose_calibration(*(drawn(1000, "right", seed)[place] for place in (0, 1, 3))) for seed in range(10)]
    assert sum(found == Calibration() for found in left) >= 8


@pytest.mark.parametrize("positives", [0, 1, 49])
def test_with_few_positives_nothing_is_fitted(positives: int) -> None:
    y = np.zeros(5000)
    y[:positives] = 1
    p = np.linspace(0.001, 0.999, 5000)
    assert choose_calibration(y, p, np.arange(5000) % 5) == Calibration()


def test_probabilities_against_the_labels_are_not_turned_round() -> None:
    y, folds = np.repeat([0.0, 1.0], 600), np.tile(np.arange(5), 240)
    p = np.where(y > 0, 0.2, 0.8) + np.linspace(0, 0.05, 1200)
    found = choose_calibration(y, p, folds)
    assert roc_auc(y, found(p)) == roc_auc(y, p)


@pytest.mark.parametrize("method", CALIBRATORS)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 300))
def test_every_method_keeps_the_order_and_can_be_undone(method: str, seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 2, rows).astype(float), rng.choice(rng.random(max(2, rows // 3)), rows)
    found = CALIBRATORS[method](y, p)
    assert (np.diff(found.x) > 0).all()
    assert (np.diff(found.y) > 0).all()
    grid = expit(np.linspace(-12, 12, 400))
    mapped = found(grid)
    assert ((mapped >= 0) & (mapped <= 1)).all()
    assert (np.diff(mapped) >= 0).all()
    inside = (mapped > 1e-5) & (mapped < 1 - 1e-5) & (grid > 1e-5) & (grid < 1 - 1e-5)
    np.testing.assert_allclose(found.undone()(mapped[inside]), grid[inside], atol=1e-6)


def test_halfway_is_the_mean_of_the_logits() -> None:
    found, p = Calibration("isotonic", (-3.0, 0.0, 2.0), (-2.0, 0.3, 0.4)), np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(logit(found.halfway()(p)), (logit(p) + logit(found(p))) / 2)


def test_a_calibration_survives_being_written_down() -> None:
    found = Calibration("isotonic", (-3.0, 0.0, 2.0), (-2.0, 0.3, 0.4))
    assert calibration_from_dict({"method": "isotonic", "x": [-3.0, 0.0, 2.0], "y": [-2.0, 0.3, 0.4]}) == found


def test_a_shifted_prevalence_is_bayes_rule() -> None:
    """Positives of one normal distribution, negatives of another: the posterior at each prior is known."""
    z = np.linspace(-3, 4, 50)
    ratio = np.exp(-((z - 1) ** 2) / 2 + z**2 / 2)
    before, now = ((ratio * share / (ratio * share + 1 - share)) for share in (0.4, 0.03))
    np.testing.assert_allclose(shifted(before, 0.4, 0.03), now, atol=1e-9)
    np.testing.assert_allclose(shifted(now, 0.03, 0.4), before, atol=1e-9)


def test_the_temperature_of_class_probabilities_is_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.dirichlet([1, 2, 3], 20_000)
    codes = (true.cumsum(axis=1) < rng.random(20_000)[:, None]).sum(axis=1)
    told = tempered(true, 0.4)
    found = fit_class_temperature(codes, told)
    assert found == pytest.approx(2.5, rel=0.05)
    np.testing.assert_allclose(tempered(told, found).sum(axis=1), 1)
