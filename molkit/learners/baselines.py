"""What any model must beat: the training mean, and the value of the most similar training compound."""

from __future__ import annotations

import numpy as np


def mean_baseline(labels: np.ndarray, rows: int) -> np.ndarray:
    """The mean of the measured training labels [B, K], repeated: [rows, K]."""
    return np.tile(np.nanmean(labels, axis=0), (rows, 1))


def nearest_baseline(labels: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """Per target the label of the most similar training compound that has one.

    `labels` [B, K], `similarity` [n, B] to [n, K]; ties go to the first compound.
    """
    columns = []
    for k in range(labels.shape[1]):
        measured = np.flatnonzero(~np.isnan(labels[:, k]))
        columns.append(labels[measured, k][similarity[:, measured].argmax(axis=1)])
    return np.stack(columns, axis=1)
