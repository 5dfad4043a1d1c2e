"""What is usual to an autoencoder, learned from rows that it was not trained on, as arrays of a model file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from molkit.explain.reconstruction import LossLevels, loss_levels, reconstructed
from molkit.explain.unusual import Reference, reference_of
from molkit.nn.image_autoencoder import ImageAutoencoder
from molkit.nn.record_autoencoder import RecordAutoencoder
from molkit.nn.signal_autoencoder import SignalAutoencoder
from molkit.types import Values


def usual_arrays(module: Any, values: Values, seed: int = 0) -> dict[str, np.ndarray]:
    """Aggregates over held-out rows, of which none can be told; nothing for an autoencoder of other values.

    Raises ValueError for fewer than 20 rows.
    """
    if isinstance(module, RecordAutoencoder):
        return reference_of(module, np.asarray(values), seed).arrays()
    if isinstance(module, SignalAutoencoder | ImageAutoencoder):
        return asdict(loss_levels(reconstructed(module, values).losses))
    return {}


def usual_from(arrays: Mapping[str, np.ndarray]) -> Reference | LossLevels:
    """What `usual_arrays` was made of."""
    return Reference(**arrays) if "widen_each" in arrays else LossLevels(**arrays)
