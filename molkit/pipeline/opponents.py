"""What any model must beat: simple predictions from the same training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from molkit.learners.baselines import mean_baseline, nearest_baseline
from molkit.neighbours import RowIndex
from molkit.pipeline.dataset import Dataset, exact_values

if TYPE_CHECKING:
    from molkit.pipeline.trial import Material

MEAN = "training mean"
_COMPARED_AT_ONCE = 64  # rows with all training rows


def nearest_name(dataset: Dataset) -> str:
    """What the prediction from the most similar training row is called."""
    return f"nearest {dataset.noun}"


def baselines(material: Material, train: np.ndarray, test: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the baselines say of rows `test`, and the similarity of each to the nearest of the rows `train`.

    Without anything to tell similarity by it is NaN.
    """
    measured = exact_values(material.dataset.measurements)[train]
    found, similarity = {}, np.full(len(test), np.nan)
    if material.sketches is not None:
        nearest = np.empty((len(test), measured.shape[1]))
        index = RowIndex(material.sketches.take(train))
        for start in range(0, len(test), _COMPARED_AT_ONCE):
            part = slice(start, start + _COMPARED_AT_ONCE)
            similarities = index.similarity(material.sketches.take(test[part]))
            nearest[part], similarity[part] = nearest_baseline(measured, similarities), similarities.max(axis=1)
        found[nearest_name(material.dataset)] = nearest
    return {**found, MEAN: mean_baseline(measured, len(test))}, similarity
