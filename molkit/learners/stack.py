"""Fold models of several learners, weighted by how well they predict rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.data.batching import Columns, take
from molkit.learners.protocol import Learner

# With fewer measured values than this, fitted weights predict worse than equal ones.
FEWEST_FOR_WEIGHTS = 500
_LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Ensemble:
    """M learners of one or more fold models each; the mean of the fold models is what a learner says.

    `calibration` [K, 2] holds intercept and slope on the logit of a probability; (0, 1) changes nothing.
    """

    names: tuple[str, ...]  # M learners
    members: tuple[tuple[Learner, ...], ...]  # the fold models of each
    weights: np.ndarray  # [M, K]
    calibration: np.ndarray
    binary: np.ndarray  # bool [K]

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `predict` reads."""
        return tuple(sorted({key for models in self.members for model in models for key in model.needs}))

    def predict_each(self, columns: Columns) -> list[np.ndarray]:
        """What each learner says, M times [B, K]; each distinct combination of inputs is predicted once."""
        index = np.stack([columns[key].index for key in self.needs], axis=1)
        _, first, inverse = np.unique(index, axis=0, return_index=True, return_inverse=True)
        distinct = take(columns, first)
        means = [_said(models, distinct).mean(axis=0) for models in self.members]
        return [mean[inverse.reshape(-1)] for mean in means]

    def adapted(self, reduced: bool = False, device: str = "cpu") -> Ensemble:
        """The same for predicting on a torch device, networks in bfloat16 if `reduced`."""
        members = tuple(
            tuple(model.adapted(reduced, device) if hasattr(model, "adapted") else model for model in models)
            for models in self.members
        )
        return replace(self, members=members)

    def combine(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """Units or calibrated probabilities [B, K] from what each learner says."""
        return calibrated(combine(predictions, self.weights), self.calibration, self.binary)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or calibrated probabilities, float64 [B, K]."""
        return self.combine(self.predict_each(columns))


def _said(models: Sequence[Learner], columns: Columns) -> np.ndarray:
    """What each fold model says, [models, B, K]; kinds that share work between models do."""
    together = getattr(models[0], "predict_alike", None)
    return together(models, columns) if together else np.stack([model.predict(columns) for model in models])


def combine(predictions: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Weighted sum of M predictions [B, K] with weights [M, K]."""
    total = np.zeros_like(predictions[0])
    for prediction, weight in zip(predictions, weights, strict=True):
        total += prediction * weight
    return total


def calibrated(predictions: np.ndarray, calibration: np.ndarray, binary: np.ndarray) -> np.ndarray:
    """Probabilities with intercept and slope applied to their logit (Platt 1999); numbers as they are."""
    intercept, slope = calibration[binary].T
    result = predictions.copy()
    result[:, binary] = 1 / (1 + np.exp(-(intercept + slope * _logit(predictions[:, binary]))))
    return result


def _logit(probabilities: np.ndarray) -> np.ndarray:
    chance = np.clip(probabilities, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return np.log(chance / (1 - chance))


def uncalibrated(probabilities: np.ndarray, calibration: np.ndarray, binary: np.ndarray) -> np.ndarray:
    """What `calibrated` makes these probabilities [B, K] from; numbers as they are."""
    slope = calibration[:, 1]
    return calibrated(probabilities, np.stack([-calibration[:, 0] / slope, 1 / slope], axis=1), binary)


def fit_weights(predictions: Sequence[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Non-negative weights [M, K] that sum to one per target, from labels [B, K] of unseen rows.

    Least squares with non-negative coefficients (Breiman, Machine Learning 1996, 24, 49), then scaled to
    sum to one; equal weights where fewer than 500 labels are measured.
    """
    from scipy.optimize import nnls

    members, targets = len(predictions), labels.shape[1]
    weights = np.full((members, targets), 1 / members)
    for k in range(targets):
        rows = ~np.isnan(labels[:, k])
        if rows.sum() < FEWEST_FOR_WEIGHTS or members == 1:
            continue
        centre = labels[rows, k].mean()
        found, _ = nnls(np.stack([p[rows, k] for p in predictions], axis=1) - centre, labels[rows, k] - centre)
        if found.sum() > 0:
            weights[:, k] = found / found.sum()
    return weights


def fit_calibration(labels: np.ndarray, probabilities: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of a logistic regression of labels [n] on the logit of unseen probabilities [n].

    Platt, Advances in Large Margin Classifiers 1999; (0, 1), no change, where the slope would not be positive.
    """
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=1e3).fit(_logit(probabilities)[:, None], labels > 0.5)
    intercept, slope = float(found.intercept_[0]), float(found.coef_[0, 0])
    return (intercept, slope) if slope > 0 else (0.0, 1.0)
