"""Three ways to give whole groups of rows to parts of wanted shares: filling, dealing by class, cutting an order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def fill(sizes: np.ndarray, shares: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Part of each of G groups, int64 [G], by random order: each goes to the first part with room, else to part 0.

    `sizes` int64 [G] are rows per group. Groups larger than half the largest other part come first (the
    balanced scaffold split of chemprop, Yang et al., J. Chem. Inf. Model. 2019, 59, 3370), so that the
    small parts are made of many small groups.
    """
    wanted = [share / sum(shares) * float(sizes.sum()) for share in shares]
    order = rng.permutation(len(sizes))
    order = order[np.argsort(sizes[order] <= max(wanted[1:]) / 2, kind="stable")]
    held = [0] * len(wanted)
    part = np.zeros(len(sizes), np.int64)
    for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        fits = (number for number, room in enumerate(wanted) if held[number] + size <= room + 0.5)
        part[group] = next(fits, 0)
        held[part[group]] += size
    return part


def deal(counts: np.ndarray, shares: Sequence[float], rng: np.random.Generator, weight: float = 1.0) -> np.ndarray:
    """Part of each of G groups, int64 [G], so that every part gets its share of rows and of every class.

    `counts` int64 [G, C] are rows per group: all of them in the first column, those of one class each in the
    others. From the largest group down, in random order among equals, a group goes where least of what is
    wanted is held yet, of all rows and of its classes. All rows count `weight` times as much as all classes
    together; the smaller it is, the surer every part gets some of a rare class. Greedy like iterative
    stratification (Sechidis et al., ECML PKDD 2011, 145). With equal shares and at least as many groups as
    parts, no part stays empty.
    """
    parts = np.flatnonzero(np.array(shares) > 0)
    share = np.array(shares, float)[parts] / sum(shares)
    counts = counts[:, counts.sum(axis=0) > 0]
    wanted = np.outer(share, counts.sum(axis=0))
    scale = 1 / wanted
    scale[:, 0] *= weight * max(1, counts.shape[1] - 1)
    order = rng.permutation(len(counts))
    order = order[np.argsort(-counts[order, 0], kind="stable")]
    part, held = np.zeros(len(counts), np.int64), np.zeros_like(wanted)
    for group in order:
        now = held.copy()
        now[:, 0] += counts[group, 0] / 2  # rows by Webster's rule, classes by Adams', which leaves no part out
        best = int(np.argmin((now * scale) @ counts[group]))
        part[group] = parts[best]
        held[best] += counts[group]
    return part


def cut(sizes: np.ndarray, rank: np.ndarray, shares: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Part of each of G groups, int64 [G]: ascending `rank` [G] cut at the shares, equal ranks in random order."""
    order = rng.permutation(len(sizes))
    order = order[np.argsort(rank[order], kind="stable")]
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    ends = np.cumsum(shares)[:-1] / sum(shares) * sizes.sum()
    part = np.empty(len(sizes), np.int64)
    part[order] = np.searchsorted(ends, middle, side="right")
    return part
