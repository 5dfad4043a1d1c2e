"""How large an error to expect of a row, from what is known of it before it is measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from molkit.evaluation.conformal import LEVEL, conformal_quantile, interval_score

_RIDGE = 30.0  # rows that say "no difference"; with ten times more or fewer, interval scores of ten sets hardly moved
_FARTHEST = 2.5  # standard deviations of a feature beyond which it says no more
_FEWEST = 50  # errors; with fewer a fitted scale is noise
_MOST_STEPS = 50


@dataclass(frozen=True)
class Difficulty:
    """The expected absolute error exp(b₀ + Σ bᵢ clip((xᵢ - meanᵢ) / deviationᵢ, ±2.5)) of features x [n, F]."""

    coefficients: tuple[float, ...] = (0.0,)
    means: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Expected absolute errors [n], up to a factor, of features [n, F]."""
        scaled = _scaled(features[:, : len(self.means)], np.array(self.means), np.array(self.deviations))
        return np.exp(self.coefficients[0] + scaled @ np.array(self.coefficients[1:]))


def _scaled(features: np.ndarray, means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    return np.clip((features - means) / deviations, -_FARTHEST, _FARTHEST)


def fit_difficulty(features: np.ndarray, errors: np.ndarray) -> Difficulty:
    """The maximum-likelihood scale of exponentially distributed absolute errors [n] given features [n, F].

    The size of a Laplace-distributed error is exponential, so this is the scale of a Laplace distribution whose
    logarithm is linear in the features; coefficients other than the first are held back by a ridge. By Newton's
    method.
    """
    means, deviations = features.mean(axis=0), features.std(axis=0)
    deviations = np.where(deviations > 1e-9 * np.maximum(np.abs(means), 1e-9), deviations, 1.0)
    rows = np.column_stack([np.ones(len(errors)), _scaled(features, means, deviations)])
    ridge = np.diag([1e-9, *[_RIDGE] * features.shape[1]])
    unit = errors.mean() or 1.0  # errors of other folds may all be 0
    found = np.zeros(rows.shape[1])
    for _ in range(_MOST_STEPS):
        relative = errors / unit * np.exp(-rows @ found)
        slope = rows.T @ (1 - relative) + ridge @ found
        step = np.linalg.solve((rows * relative[:, None]).T @ rows + ridge, slope)
        found -= step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    found[0] += np.log(unit)
    return Difficulty(*(tuple(map(float, part)) for part in (found, means, deviations)))


def crossed_difficulty(features: np.ndarray, errors: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Expected errors [n] of rows, each fitted on the rows of other `folds` [n] (numbers)."""
    expected = np.empty(len(errors))
    for fold in np.unique(folds):
        inside = folds == fold
        expected[inside] = fit_difficulty(features[~inside], errors[~inside])(features[inside])
    return expected


@dataclass(frozen=True)
class Interval:
    """What turns a prediction into an interval: `difficulty` times the quantile of `scores`, errors in units of it."""

    difficulty: Difficulty
    scores: np.ndarray  # float64 [n], ascending

    def half_width(self, features: np.ndarray, level: float = LEVEL) -> np.ndarray | None:
        """Half widths [n] of the intervals of rows with features [n, F]; None where rows are too few for the level."""
        quantile = conformal_quantile(self.scores, level)
        return None if quantile is None else quantile * self.difficulty(features)


def fit_interval(errors: np.ndarray, features: np.ndarray, folds: np.ndarray) -> Interval:
    """Intervals from absolute errors [n] of unseen rows, with features [n, F] of them and the fold of each [n].

    Normalised conformal prediction (Papadopoulos, Gammerman & Vovk, 2008): the scores are errors divided by what
    was expected of the row from those of other folds. Where that makes no better interval score than one width for
    all, or under 50 errors, one width it is.
    """
    plain = Interval(Difficulty(), np.sort(errors))
    many = len(errors) >= _FEWEST and features.shape[1] > 0 and len(np.unique(folds)) > 1 and errors.mean() > 0
    if not many:
        return plain
    expected = crossed_difficulty(features, errors, folds)
    if _score(errors, expected) >= _score(errors, np.ones(len(errors))):
        return plain
    return Interval(fit_difficulty(features, errors), np.sort(errors / expected))


def _score(errors: np.ndarray, expected: np.ndarray) -> float:
    quantile = conformal_quantile(errors / expected)
    if quantile is None:
        return np.inf
    half = quantile * expected
    return float(interval_score(errors, -half, half).mean())


def interval_to_dict(interval: Interval) -> dict[str, Any]:
    """All but the scores, for JSON."""
    return asdict(interval.difficulty)


def interval_from_dict(values: dict[str, Any], scores: np.ndarray) -> Interval:
    return Interval(Difficulty(**{name: tuple(value) for name, value in values.items()}), np.asarray(scores, float))
