"""The features of a tree or linear model as one matrix: no gaps, and nothing that never varied in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns, dense, take


@dataclass(frozen=True)
class Selection:
    """Columns of the arrays `needs` side by side, and what stands for a missing value in each."""

    needs: tuple[str, ...]
    columns: np.ndarray  # int32 [F]
    median: np.ndarray  # float32 [F]

    def matrix(self, columns: Columns) -> np.ndarray:
        """The chosen features of every row, float32 [B, F]."""
        features = _joined(columns, self.needs)[:, self.columns]
        return np.where(np.isnan(features), self.median, features)


def select(columns: Columns, needs: tuple[str, ...], train: np.ndarray) -> tuple[Selection, np.ndarray]:
    """The columns that vary in the rows `train`, at least one, and their medians there; their matrix for these rows."""
    features = _joined(take({key: columns[key] for key in needs}, train), needs)
    with np.errstate(all="ignore"):
        median = np.nanmedian(np.where(np.isnan(features).all(axis=0), 0, features), axis=0)
    features = np.where(np.isnan(features), median, features)
    chosen = np.flatnonzero((features != features[:1]).any(axis=0)).astype(np.int32)
    if not len(chosen):
        chosen = np.zeros(1, np.int32)
    return Selection(needs, chosen, median[chosen].astype(np.float32)), features[:, chosen]


def _joined(columns: Columns, needs: tuple[str, ...]) -> np.ndarray:
    return np.concatenate([dense(columns[key]).astype(np.float32) for key in needs], axis=1)
