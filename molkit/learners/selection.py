"""The features of a tree or linear model as one matrix: no gaps, and nothing that never varied in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns, dense, take


@dataclass(frozen=True)
class Joined:
    """Arrays side by side, one row per feature, for several models that read them; and where values are missing."""

    values: np.ndarray  # float32 [F, B]
    gaps: tuple[np.ndarray, ...]  # feature and row of each missing value


@dataclass(frozen=True)
class Selection:
    """Columns of the arrays `needs` side by side, and what stands for a missing value in each."""

    needs: tuple[str, ...]
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


def join(columns: Columns, needs: tuple[str, ...]) -> Joined:
    """The arrays `needs` of all rows side by side."""
    parts = [dense(columns[key]).T for key in needs]
    values = np.empty((sum(map(len, parts)), len(columns[needs[0]])), np.float32)
    np.concatenate(parts, out=values)
    return Joined(values, np.nonzero(np.isnan(values)))


def select(columns: Columns, needs: tuple[str, ...], train: np.ndarray) -> tuple[Selection, np.ndarray]:
    """The columns that vary in the rows `train`, at least one, and their medians there; their matrix for these rows."""
    known = take({key: columns[key] for key in needs}, train)
    features = np.concatenate([dense(column).astype(np.float32) for column in known.values()], axis=1)
    with np.errstate(all="ignore"):
        median = np.nanmedian(np.where(np.isnan(features).all(axis=0), 0, features), axis=0)
    features = np.where(np.isnan(features), median, features)
    chosen = np.flatnonzero((features != features[:1]).any(axis=0)).astype(np.int32)
    if not len(chosen):
        chosen = np.zeros(1, np.int32)
    return Selection(needs, chosen, median[chosen].astype(np.float32)), features[:, chosen]
