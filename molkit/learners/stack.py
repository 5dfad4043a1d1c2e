"""Several learners, weighted by how well they predict rows that none of them was fitted on."""

from __future__ import annotations

import numpy as np

from molkit.data.batching import Columns, take
from molkit.learners.protocol import Learner

# With fewer validation labels than this, weights fitted on them are worse than equal ones.
_FEWEST_FOR_WEIGHTS = 50


def combine(predictions: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Weighted sum of M predictions [B, K] with weights [M, K]."""
    total = np.zeros_like(predictions[0])
    for prediction, weight in zip(predictions, weights, strict=True):
        total += prediction * weight
    return total


def fit_weights(predictions: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Non-negative weights [M, K] that sum to one per target, from labels [B, K] of unseen rows.

    Least squares with non-negative coefficients (Breiman, Machine Learning 1996, 24, 49), then scaled to
    sum to one; equal weights where fewer than 50 labels are measured.
    """
    from scipy.optimize import nnls

    members, targets = len(predictions), labels.shape[1]
    weights = np.full((members, targets), 1 / members)
    for k in range(targets):
        rows = ~np.isnan(labels[:, k])
        if rows.sum() < _FEWEST_FOR_WEIGHTS or members == 1:
            continue
        centre = labels[rows, k].mean()
        found, _ = nnls(np.stack([p[rows, k] for p in predictions], axis=1) - centre, labels[rows, k] - centre)
        if found.sum() > 0:
            weights[:, k] = found / found.sum()
    return weights


def predict_members(members: list[Learner], columns: Columns) -> list[np.ndarray]:
    """Predictions [B, K] of every member; each distinct combination of inputs is predicted once."""
    keys = sorted({key for member in members for key in member.needs})
    index = np.stack([columns[key].index for key in keys], axis=1)
    _, first, inverse = np.unique(index, axis=0, return_index=True, return_inverse=True)
    distinct = take(columns, first)
    return [member.predict(distinct)[inverse.reshape(-1)] for member in members]
