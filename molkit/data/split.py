"""Rows into training, validation and test parts, so that near-identical rows stay together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from molkit.errors import InputError
from molkit.types import Split

METHODS = ("scaffold", "random", "group", "column", "none")


def joined_groups(*keys: Sequence[object]) -> np.ndarray:
    """Group number of each row, int64 [B]: rows that share any key are in one group.

    >>> joined_groups(["a", "b", "c"], [1, 2, 2]).tolist()
    [0, 1, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = len(keys[0])
    numbers = [np.unique(np.array(list(map(str, key))), return_inverse=True)[1].reshape(-1) for key in keys]
    starts = np.cumsum([rows] + [int(n.max()) + 1 if rows else 0 for n in numbers])
    left = np.tile(np.arange(rows), len(keys))
    right = np.concatenate([n + start for n, start in zip(numbers, starts, strict=False)])
    size = int(starts[-1])
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][:rows]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse.reshape(-1)].astype(np.int64)


def split_rows(
    leak: np.ndarray,
    scaffolds: Sequence[str],
    groups: Sequence[object] | None,
    method: str,
    fractions: tuple[float, float, float],
    seed: int,
    data: Sequence[object],
) -> Split:
    """A seeded split of B rows by one of `METHODS`; leak groups [B] and the user's groups never cross it.

    "scaffold" also keeps rows of one scaffold together; an acyclic molecule ("") counts as its own scaffold.
    "none" keeps no test rows. Raises InputError for an unknown method, or "group" without groups.
    """
    if method not in METHODS:
        raise InputError(f"there is no split {method!r}; known are {', '.join(METHODS)}")
    if method == "column":
        raise InputError("a split column needs its name, --split-column")
    if method == "group" and groups is None:
        raise InputError("--split group needs --group, the column that says which rows belong together")
    keys: list[Sequence[object]] = [leak.tolist()]
    if method in ("scaffold", "none"):
        keys.append([name or f"acyclic {group}" for name, group in zip(scaffolds, leak, strict=True)])
    if groups is not None:
        keys.append(groups)
    shares = (0.9, 0.1, 0.0) if method == "none" else fractions
    train, valid, test = _fill(joined_groups(*keys), shares, np.random.default_rng(seed))
    return Split(train, valid, test, method, seed, hash_rows(data))


def _fill(
    groups: np.ndarray, fractions: tuple[float, float, float], rng: np.random.Generator
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Whole groups [B] into three parts of about these shares, in random order.

    Groups larger than half the test part go to training first (the balanced scaffold split of chemprop), so
    that the test part is made of many small groups.
    """
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(int(group), []).append(row)
    sizes = np.array(fractions) / sum(fractions) * len(groups)
    order = [list(members)[i] for i in rng.permutation(len(members))]
    large = max(sizes[1], sizes[2]) / 2
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for group in sorted(order, key=lambda g: len(members[g]) <= large):
        fits = (part for part, size in zip(parts, sizes, strict=True) if len(part) + len(members[group]) <= size + 0.5)
        next(fits, parts[0]).extend(members[group])
    train, valid, test = (tuple(sorted(part)) for part in parts)
    return train, valid, test


def column_split(names: Sequence[str | None], seed: int, data_hash: str) -> Split:
    """The parts that a column of "train", "valid" and "test" names."""
    parts = {name: tuple(i for i, n in enumerate(names) if n == name) for name in ("train", "valid", "test")}
    if not parts["train"]:
        raise InputError("the split column names no row 'train'; expected train, valid and test")
    return Split(parts["train"], parts["valid"], parts["test"], "column", seed, data_hash)


def hash_rows(rows: Sequence[object]) -> str:
    """SHA-256 of the rows that a split is about."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode() + b"\n")
    return digest.hexdigest()
