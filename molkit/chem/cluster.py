"""Clusters of molecules by the Tanimoto distance of their fingerprints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

CUTOFF = 0.6
MOST_COMPARED = 20_000
_BLOCK = 128


def butina_clusters(bits: np.ndarray, cutoff: float = CUTOFF) -> np.ndarray:
    """Cluster of each row, int64 [n], numbered by first row; `bits` are packed presence bits, uint8 [n, size / 8].

    Two rows are neighbours if their Tanimoto distance is at most `cutoff`, above 0 and below 1. The row with
    most neighbours (the last of equals) and all of its neighbours become a cluster and are taken out; so on
    with the row that had next most (Taylor, J. Chem. Inf. Comput. Sci. 1995, 35, 59; Butina, J. Chem. Inf.
    Comput. Sci. 1999, 39, 747). Distances are recomputed instead of kept, so memory grows with n only. Beyond
    `MOST_COMPARED` rows, neighbours are counted among that many rows drawn with a fixed seed; every member is
    still within `cutoff` of its centre. Ten thousand rows take seconds.

    >>> butina_clusters(np.array([[0b11110000], [0b00001111], [0b11100000]], np.uint8)).tolist()
    [0, 1, 0]
    """
    if not 0 < cutoff < 1:
        raise ValueError(f"a distance cutoff lies between 0 and 1, not {cutoff}")
    matrix = _sparse(bits)
    found = [np.bincount(rows[1 - sim <= cutoff], minlength=_BLOCK) for rows, _, sim in _compared(matrix, len(bits))]
    counts = np.concatenate([np.empty(0, np.int64), *found])[: len(bits)]
    left = np.lexsort((-np.arange(len(bits)), -counts))
    labels = np.full(len(bits), -1)
    while len(left):
        _take_out(matrix, left, cutoff, labels)
        left = left[labels[left] < 0]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse.reshape(-1)].astype(np.int64)


def nearest_outside(bits: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Tanimoto similarity of each row to the nearest row of another cluster, float64 [n]; 0 if there is none.

    Beyond `MOST_COMPARED` rows it is the nearest of that many rows drawn with a fixed seed.
    """
    nearest = np.zeros(len(bits))
    start = 0
    for rows, others, similarity in _compared(_sparse(bits), len(bits)):
        outside = clusters[start + rows] != clusters[others]
        np.maximum.at(nearest, start + rows[outside], similarity[outside])
        start += _BLOCK
    return nearest


def _take_out(matrix: Any, left: np.ndarray, cutoff: float, labels: np.ndarray) -> None:
    """Give a label to the first `_BLOCK` of the rows `left` and to the neighbours of those that become centres."""
    rows, others, similarity = _similarities(matrix, left[:_BLOCK], left)
    near = 1 - similarity <= cutoff
    rows, others = rows[near], left[others[near]]
    starts = np.searchsorted(rows, np.arange(_BLOCK + 1))
    for place, centre in enumerate(left[:_BLOCK]):
        if labels[centre] < 0:
            members = others[starts[place] : starts[place + 1]]
            labels[members[labels[members] < 0]] = centre
            labels[centre] = centre  # also where it has no bits, and so is not its own neighbour


def _sparse(bits: np.ndarray) -> Any:
    """Presence bits as a sparse matrix, int32 [n, size]: most pairs share few of the many bits."""
    from scipy.sparse import csr_matrix

    return csr_matrix(np.unpackbits(bits, axis=1).astype(np.int32))


def _compared(matrix: Any, rows: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Similarities of all rows, `_BLOCK` at a time, to all rows or to a sample of `MOST_COMPARED`."""
    others = np.arange(rows)
    if rows > MOST_COMPARED:
        others = np.sort(np.random.default_rng(0).choice(rows, MOST_COMPARED, replace=False))
    for start in range(0, rows, _BLOCK):
        block, place, similarity = _similarities(matrix, np.arange(start, min(start + _BLOCK, rows)), others)
        yield block, others[place], similarity


def _similarities(matrix: Any, rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places in `rows` (ascending), places in `others`, and Tanimoto similarity of the pairs that share a bit."""
    sizes = np.diff(matrix.indptr)
    shared = (matrix[rows] @ matrix[others].T).tocsr()
    place = np.repeat(np.arange(len(rows)), np.diff(shared.indptr))
    union = sizes[rows][place] + sizes[others][shared.indices] - shared.data
    return place, shared.indices, shared.data / union
