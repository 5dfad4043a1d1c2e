"""What the encoders of a fitted network make of rows, without its head: vectors for maps, and features for others."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from molkit.data.batching import Columns, take_values
from molkit.learners.batches import by_size, on_device, predicting_batch
from molkit.learners.neural import NeuralLearner
from molkit.types import Column


def encoded_rows(learner: NeuralLearner, columns: Columns) -> np.ndarray:
    """The vectors of the inputs of each row side by side, in the order of the network's inputs, float32 [B, D]."""
    model = learner.model.eval()
    keys = zip(model.inputs, learner.needs, strict=True)
    return np.concatenate([encoded_column(model.encoder(name), columns[key]) for name, key in keys], axis=1)


def encoded_column(encoder: Any, column: Column) -> np.ndarray:
    """What an encoder makes of the value of each row, float32 [B, width]."""
    vectors, place = encoded_values(encoder, column)
    return vectors[place]


def encoded_values(encoder: Any, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """What an encoder makes of the distinct values that rows have, float32 [n, width], and which each has [B]."""
    used, place = np.unique(column.index, return_inverse=True)
    vectors = np.empty((len(used), encoder.width), np.float32)
    rows = np.arange(len(used))
    for part in by_size(Column(column.values, used), rows) if len(rows) else []:
        batch = on_device(predicting_batch(encoder, take_values(column.values, used[part])), torch.device("cpu"))
        with torch.inference_mode():
            vectors[part] = encoder(batch).float().numpy()
    return vectors, place.astype(np.int64)


def widths_of(learner: NeuralLearner) -> dict[str, int]:
    """How many numbers the vector of each input has, by its name."""
    return {name: learner.model.encoder(name).width for name in learner.model.inputs}
