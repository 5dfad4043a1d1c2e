"""What every learner does, and how one is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from molkit.data.batching import Columns
from molkit.errors import InputError
from molkit.types import Measurements

Progress = Callable[[int, int, dict[str, float]], None]  # done, total, figures to show


@dataclass(frozen=True)
class State:
    """A fitted learner as plain data: JSON-able configuration and named arrays."""

    config: dict[str, Any]
    arrays: dict[str, np.ndarray]


class Learner(Protocol):
    """Fitted on packed columns and labels; predicts from packed columns. Keeps all that is fitted."""

    @property
    def kind(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    def fit(
        self,
        columns: Columns,
        labels: Measurements,
        train: np.ndarray,
        valid: np.ndarray,
        seed: int,
        progress: Progress | None = None,
    ) -> None: ...

    def predict(self, columns: Columns) -> np.ndarray: ...

    def state(self) -> State: ...


def check_measured(labels: Measurements, train: np.ndarray) -> None:
    """Raise InputError if the training rows hold no measured value (censored ones aside) of some target."""
    exact = ~np.isnan(labels.values[train]) & (labels.relations[train] == 0)
    for k in np.flatnonzero(~exact.any(axis=0)):
        raise InputError(
            f"target {k + 1} of {exact.shape[1]} has no measured value among the {len(train)} training rows;"
            " leave it out, or choose another split"
        )


def stream_seed(seed: int, purpose: str) -> int:
    """A seed for one purpose, independent of those for others.

    >>> stream_seed(0, "split") == stream_seed(0, "split") != stream_seed(0, "batches")
    True
    """
    return int(np.random.SeedSequence([seed, crc32(purpose.encode())]).generate_state(1)[0])
