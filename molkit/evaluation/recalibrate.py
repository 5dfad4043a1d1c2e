"""Maps that make predicted probabilities come true, fitted on unseen rows and chosen out of fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_LEAST_PROBABILITY = 1e-6
_FAR = 20.0  # beyond its last knots an isotonic map goes on with slope 1, to this far in logits
_ROWS_PER_BIN, _MOST_BINS = 20, 40
# With fewer rows of the rarer class than these a fitted map is noise.
_FEWEST = {"none": 0, "temperature": 50, "platt": 50, "isotonic": 500}


@dataclass(frozen=True)
class Calibration:
    """A strictly increasing map of the logit of a probability, straight between knots (x, y) and beyond the last.

    So the order of rows never changes, and every method is undone by exchanging x and y.
    """

    method: str = "none"
    x: tuple[float, ...] = (0.0, 1.0)
    y: tuple[float, ...] = (0.0, 1.0)

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities of any shape, calibrated."""
        return expit(_straight(logit(probabilities), np.array(self.x), np.array(self.y)))

    def halfway(self) -> Calibration:
        """The map whose logits lie midway between those before and after."""
        return Calibration(self.method, self.x, tuple((x + y) / 2 for x, y in zip(self.x, self.y, strict=True)))

    def undone(self) -> Calibration:
        """The map from calibrated to uncalibrated probabilities."""
        return Calibration(self.method, self.y, self.x)


def logit(probabilities: np.ndarray) -> np.ndarray:
    """ln(p / (1 - p)), 0 and 1 taken as 1e-6 from their ends."""
    chance = np.clip(probabilities, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return np.log(chance / (1 - chance))


def expit(values: np.ndarray) -> np.ndarray:
    """The probability of a logit."""
    return 1 / (1 + np.exp(-np.clip(values, -700, 700)))


def _straight(z: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    piece = np.clip(np.searchsorted(x, z) - 1, 0, len(x) - 2)
    slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
    return y[piece] + slope * (z - x[piece])


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """The logit divided by a temperature (Guo and others, ICML 2017), from labels and probabilities [n]."""
    _, slope = _logistic(labels, probabilities, intercept=False)
    return Calibration("temperature", (0.0, 1.0), (0.0, slope)) if slope > 0 else Calibration()


def fit_platt(labels: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """A logistic regression on the logit (Platt, Advances in Large Margin Classifiers, 1999), from labels and
    probabilities [n]; no change where its slope would not be positive."""
    start, slope = _logistic(labels, probabilities, intercept=True)
    return Calibration("platt", (0.0, 1.0), (start, start + slope)) if slope > 0 else Calibration()


def _logistic(labels: np.ndarray, probabilities: np.ndarray, intercept: bool) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels > 0.5)) < 2:
        return 0.0, 1.0
    model = LogisticRegression(C=1e3, fit_intercept=intercept)
    found = model.fit(logit(probabilities)[:, None], labels > 0.5)
    return float(np.ravel(found.intercept_)[0]), float(found.coef_[0, 0])


def fit_isotonic(labels: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """Isotonic regression on bins of equal size, straight between the centres of its steps, so that no two rows
    become equal (centred isotonic regression; Oron & Flournoy, Stat. Biopharm. Res. 2017, 9, 258)."""
    from sklearn.isotonic import IsotonicRegression

    z = logit(probabilities)
    bins = np.array_split(np.argsort(z, kind="stable"), max(1, min(_MOST_BINS, len(z) // _ROWS_PER_BIN)))
    sizes = np.array([len(rows) for rows in bins])
    # half a positive and half a negative more in each bin: no share of 0 or 1, whose logit is infinite
    shares = np.array([(labels[rows].sum() + 0.5) / (len(rows) + 1) for rows in bins])
    fitted = IsotonicRegression().fit_transform(np.arange(len(bins)), shares, sample_weight=sizes)
    steps, step = np.unique(fitted, return_inverse=True)
    centres = np.bincount(step, sizes * np.array([z[rows].mean() for rows in bins])) / np.bincount(step, sizes)
    heights = np.log(steps / (1 - steps))
    # many equal predictions can share a centre, and rounding can part a step
    apart = np.flatnonzero((np.diff(centres, prepend=-np.inf) > 1e-6) & (np.diff(heights, prepend=-np.inf) > 1e-6))
    x, y = centres[apart], heights[apart]
    return Calibration(
        "isotonic",
        tuple(map(float, (x[0] - _FAR, *x, x[-1] + _FAR))),
        tuple(map(float, (y[0] - _FAR, *y, y[-1] + _FAR))),
    )


def _unchanged(labels: np.ndarray, probabilities: np.ndarray) -> Calibration:
    return Calibration()


CALIBRATORS: dict[str, Callable[[np.ndarray, np.ndarray], Calibration]] = {
    "none": _unchanged,
    "temperature": fit_temperature,
    "platt": fit_platt,
    "isotonic": fit_isotonic,
}


def choose_calibration(labels: np.ndarray, probabilities: np.ndarray, folds: np.ndarray) -> Calibration:
    """The method with the smallest log loss out of fold, fitted on all rows: labels, unseen probabilities, folds [n].

    Methods that need more rows of the rarer class than there are stand back, and so do those whose gain over no
    change is within its standard error.
    """
    rarer = min(labels.sum(), (1 - labels).sum())
    methods = [name for name, fewest in _FEWEST.items() if rarer >= fewest and name != "none"]
    if not methods or len(np.unique(folds)) < 2:
        return Calibration()
    before = _losses(labels, probabilities)
    gains = {}
    for name in methods:
        gain = before - _losses(labels, _crossed(CALIBRATORS[name], labels, probabilities, folds))
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            gains[name] = gain.mean()
    best = max(gains, key=lambda name: gains[name]) if gains else "none"
    return CALIBRATORS[best](labels, probabilities)


def _losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """-ln of the probability given to what was found, per row."""
    chance = np.where(labels > 0.5, probabilities, 1 - probabilities)
    return -np.log(np.maximum(chance, _LEAST_PROBABILITY))


def _crossed(
    fit: Callable[[np.ndarray, np.ndarray], Calibration], y: np.ndarray, p: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    crossed = np.empty(len(y))
    for fold in np.unique(folds):
        inside = folds == fold
        crossed[inside] = fit(y[~inside], p[~inside])(p[inside])
    return crossed


def calibration_from_dict(values: dict[str, Any]) -> Calibration:
    return Calibration(values["method"], tuple(values["x"]), tuple(values["y"]))


def shifted(probabilities: np.ndarray, before: float, now: float) -> np.ndarray:
    """Probabilities of any shape where the positive class has the share `now` instead of `before` (both in (0, 1)).

    The odds change by the ratio of the prior odds (Saerens, Latinne & Decaestecker, Neural Comput. 2002, 14, 21).

    >>> shifted(np.array([0.5]), 0.5, 0.1).round(3).tolist()
    [0.1]
    """
    prior = np.log(now / (1 - now)) - np.log(before / (1 - before))
    return expit(logit(probabilities) + prior)


def fit_class_temperature(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature of class probabilities [n, C] with the smallest log loss for class codes [n] of unseen rows.

    Guo and others, ICML 2017; log p is divided by it and p made to sum to 1 again, see `tempered`.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(codes))

    def loss(log_temperature: float) -> float:
        chance = tempered(probabilities, float(np.exp(log_temperature)))[rows, codes.astype(int)]
        return float(-np.log(np.maximum(chance, 1e-300)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Class probabilities [n, C] at a temperature: above 1 less sure, below 1 more."""
    scores = np.log(np.maximum(probabilities, _LEAST_PROBABILITY)) / temperature
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
