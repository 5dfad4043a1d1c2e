"""Whether every part of a split holds both classes of every yes/no target, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassRows:
    """The rows of one class of one binary target, and how many groups of rows that stay together hold it."""

    target: int
    label: int  # 0 or 1
    rows: np.ndarray  # int64, ascending
    groups: int


def class_rows(values: np.ndarray | None, kinds: Sequence[str], groups: np.ndarray) -> list[ClassRows]:
    """Both classes of every binary target that has both; `values` float64 [n, K], `groups` int64 [n]."""
    found = []
    for k, kind in enumerate(kinds):
        if kind != "binary" or values is None:
            continue
        rows = [np.flatnonzero(values[:, k] == label) for label in (0, 1)]
        if min(map(len, rows)):
            found += [ClassRows(k, label, r, len(np.unique(groups[r]))) for label, r in enumerate(rows)]
    return found


def absent(classes: Sequence[ClassRows], part: np.ndarray, wanted: Sequence[int]) -> Iterator[tuple[ClassRows, int]]:
    """The classes that a wanted part lacks, with that part; `part` int64 [n] is the part of each row."""
    for one in classes:
        held = set(part[one.rows].tolist())
        yield from ((one, number) for number in wanted if number not in held)


def fewest_absent(classes: Sequence[ClassRows], parts: int) -> int:
    """How many classes must be lacking whatever the split: those of fewer groups than parts."""
    return sum(max(0, parts - one.groups) for one in classes)


def absence_remarks(
    classes: Sequence[ClassRows],
    part: np.ndarray,
    names: dict[int, str],
    targets: Sequence[str],
    reason: str,
    noun: str,
) -> Iterator[str]:
    """A sentence for every class that a part of `names` lacks; `reason` is said where there are groups enough.

    A row is called a `noun`.
    """
    for one, number in absent(classes, part, list(names)):
        target = targets[one.target] if targets else f"target {one.target + 1}"
        label = ("negative", "positive")[one.label]
        few = f"only {one.groups} of the groups of {noun}s that stay together hold one"
        why = few if one.groups < len(names) else reason
        yield f"{target}: the {names[number]} part holds no {label} {noun}; {why}."
