"""Who is similar to whom among the compounds of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.domain import SimilarityIndex

NEAREST = 5
MOST_COMPARED = 20_000
_BLOCK = 64


@dataclass(frozen=True)
class Neighbours:
    """Tanimoto similarities among m compounds, found by comparing them all (or `compared` of them).

    `pairs` int64 [P, 2] (lower number first) and `similarity` [P] are those at or above a threshold;
    `nearest` int64 [m, k] and `nearest_similarity` [m, k] are the k most similar other compounds, nearest first.
    """

    pairs: np.ndarray
    similarity: np.ndarray
    nearest: np.ndarray
    nearest_similarity: np.ndarray
    compared: int


def find_neighbours(bits: np.ndarray, least: float, seed: int = 0) -> Neighbours:
    """Similar pairs and nearest compounds of packed fingerprints, uint8 [m, bytes].

    Beyond `MOST_COMPARED` compounds a sample of that many, drawn with `seed`, is compared among itself; the others
    have no neighbours (similarity 0).
    """
    size = len(bits)
    chosen = np.arange(size)
    if size > MOST_COMPARED:
        chosen = np.sort(np.random.default_rng(seed).choice(size, MOST_COMPARED, replace=False))
    k = min(NEAREST, max(len(chosen) - 1, 0))
    nearest, similarity = np.zeros((size, k), np.int64), np.zeros((size, k))
    pairs, values = [np.empty((0, 2), np.int64)], [np.empty(0)]
    index = SimilarityIndex(bits[chosen])
    for start in range(0, len(chosen), _BLOCK):
        block = np.asarray(index.similarity(bits[chosen[start : start + _BLOCK]]))
        own = np.arange(start, start + len(block))
        block[np.arange(len(block)), own] = -1.0
        if k:
            best = _largest(block, k)
            nearest[chosen[own]] = chosen[best]
            similarity[chosen[own]] = np.take_along_axis(block, best, axis=1)
        row, other = np.nonzero(block >= least)
        upper = own[row] < other
        pairs.append(np.stack([chosen[own[row[upper]]], chosen[other[upper]]], axis=1))
        values.append(block[row[upper], other[upper]])
    return Neighbours(np.concatenate(pairs), np.concatenate(values), nearest, similarity, len(chosen))


def _largest(block: np.ndarray, k: int) -> np.ndarray:
    """Places of the k largest of each row, largest first, the first of equals."""
    some = np.argpartition(-block, k - 1, axis=1)[:, :k]
    order = np.lexsort((some, -np.take_along_axis(block, some, axis=1)), axis=1)
    return np.take_along_axis(some, order, axis=1)
