"""The features of a tree or linear model as one matrix: no gaps, and nothing that never varied in training.

Arrays are named as columns are, "drug/fingerprint"; "drug_a+drug_b/fingerprint" is the sum and the absolute
difference of two columns, so that no model can tell which of the two came first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns, dense, take
from molkit.learners.inputs import column_keys


@dataclass(frozen=True)
class Joined:
    """Arrays side by side, one row per feature, for several models that read them; and where values are missing."""

    values: np.ndarray  # float32 [F, B]
    gaps: tuple[np.ndarray, ...]  # feature and row of each missing value


@dataclass(frozen=True)
class Selection:
    """Columns of the `arrays` side by side, and what stands for a missing value in each."""

    arrays: tuple[str, ...]
    columns: np.ndarray  # int32 [F]
    median: np.ndarray  # float32 [F]

    def filled(self, joined: Joined) -> np.ndarray:
        """All features of every row, float32 [B, all], without gaps in the chosen ones.

        This is the array of `joined` itself: every model that reads it fills the gaps anew.
        """
        median = np.zeros(len(joined.values), np.float32)
        median[self.columns] = self.median
        joined.values[joined.gaps] = median[joined.gaps[0]]
        return joined.values.T


def join(columns: Columns, arrays: tuple[str, ...]) -> Joined:
    """The `arrays` of all rows side by side."""
    parts = [array(columns, key).T for key in arrays]
    values = np.empty((sum(map(len, parts)), parts[0].shape[1]), np.float32)
    np.concatenate(parts, out=values)
    return Joined(values, np.nonzero(np.isnan(values)))


def array(columns: Columns, key: str) -> np.ndarray:
    """The values of each row [B, F], or of a pair of inputs their sum and absolute difference, float32 [B, 2 F]."""
    if "+" not in key:
        return dense(columns[key])
    one, other = (dense(columns[own]).astype(np.float32) for own in column_keys([key]))
    return np.concatenate([one + other, np.abs(one - other)], axis=1)


def select(columns: Columns, arrays: tuple[str, ...], train: np.ndarray) -> tuple[Selection, np.ndarray]:
    """The columns that vary in the rows `train`, at least one, and their medians there; their matrix for these rows."""
    known = take({key: columns[key] for key in column_keys(arrays)}, train)
    features = np.concatenate([array(known, key).astype(np.float32) for key in arrays], axis=1)
    with np.errstate(all="ignore"):
        median = np.nanmedian(np.where(np.isnan(features).all(axis=0), 0, features), axis=0)
    features = np.where(np.isnan(features), median, features)
    chosen = np.flatnonzero((features != features[:1]).any(axis=0)).astype(np.int32)
    if not len(chosen):
        chosen = np.zeros(1, np.int32)
    return Selection(arrays, chosen, median[chosen].astype(np.float32)), features[:, chosen]
