"""Rows into folds for cross-validation, by the same groups as a split keeps together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.data.both_classes import class_rows
from molkit.data.dealing import cut
from molkit.data.split import Rows, best_order, dealt, ranks, row_groups


@dataclass(frozen=True)
class Fold:
    """Row numbers, ascending int64, of one fold: what is held out, and what may be fitted on meanwhile."""

    held_out: np.ndarray
    train: np.ndarray


def plain_folds(among: np.ndarray, parts: Sequence[np.ndarray]) -> list[Fold]:
    """Folds of `among` that hold out each of the parts in turn, and are fitted on all other rows."""
    return [Fold(part, np.setdiff1d(among, part)) for part in parts]


def fold_rows(rows: Rows, among: np.ndarray, method: str, folds: int, seed: int) -> list[np.ndarray]:
    """Held-out row numbers, ascending int64, of each fold: a partition of `among`, int64.

    Kept together is what a split by `method` keeps together (scaffolds for "none" and "column", Butina
    clusters for "dissimilarity"). The order is random; rows per fold, and per fold and class, are as equal as
    whole groups allow. Further orders are tried until the rows outside of every fold hold both classes of
    every binary target. The folds of "time" are consecutive unless that breaks this promise. There are fewer
    folds if there are fewer groups, and none, an empty list, if all rows are one group.
    """
    among = np.sort(np.asarray(among, np.int64))
    groups = np.unique(row_groups(rows, method)[among], return_inverse=True)[1].reshape(-1)
    count = min(folds, int(groups.max(initial=-1)) + 1)
    if count < 2:
        return []
    inner = _subset(rows, among)
    classes = class_rows(inner.values, inner.kinds, groups)
    tries = dealt(inner, groups, [1.0] * count, bins=method == "stratified")
    if method == "time":
        tries.insert(0, lambda rng: cut(np.bincount(groups), ranks(inner, method, groups), [1.0] * count, rng)[groups])
    fold = best_order(
        tries,
        lambda fold: sum(len(np.unique(fold[one.rows])) == 1 for one in classes),
        sum(one.groups == 1 for one in classes),
        seed,
    )
    return [among[fold == number] for number in np.unique(fold)]


def _subset(rows: Rows, among: np.ndarray) -> Rows:
    """The labels and times of some rows."""
    return Rows(
        rows.leak[among],
        [rows.scaffolds[i] for i in among],
        values=None if rows.values is None else rows.values[among],
        kinds=rows.kinds,
        times=None if rows.times is None else rows.times[among],
    )
