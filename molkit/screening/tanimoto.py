"""The most similar of many fingerprints: exact Tanimoto coefficients, compiled for the processor that runs.

The coefficient of two sets of bits is what they share over what they have together (Rogers and Tanimoto, Science
1960, 132, 1115). A drug-like fingerprint has about 50 of 2,048 bits, so a block of 512 library rows is turned into
columns, one per bit, and only the columns of a query's bits are added up: with counters whose bits are spread over
words (Harley and Seal's carry-save adders, as in Mula, Kurz and Lemire, Computer J. 2018, 61, 111), an instruction
works on 64 to 512 rows. Rows are sorted by their number of bits first. Of a query with a bits, only rows with s a
to a / s bits can reach s (Swamidass and Baldi, J. Chem. Inf. Model. 2007, 47, 302), and within a block the number
of shared bits that s needs is nearly one number, to which all counters are compared at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hits:
    """The best rows of each of Q queries so far, best first, equals by row; filled by `add_similar`.

    >>> library = np.array([[0b1100], [0b1111], [0b0011]], np.uint64)
    >>> found = add_similar(new_hits(1, 2), np.array([[0b0111]], np.uint64), library)
    >>> found.rows.tolist(), found.similarities.tolist()
    ([[1, 2]], [[0.75, 0.6666666666666666]])
    """

    rows: np.ndarray  # int64 [Q, most], -1 where there are fewer
    similarities: np.ndarray  # float64 [Q, most], -1 where there are fewer


def new_hits(queries: int, most: int) -> Hits:
    """Room for the `most` best rows of each query."""
    if most < 1:
        raise ValueError(f"expected at least one hit for each query, got {most}")
    return Hits(np.full((queries, most), -1, np.int64), np.full((queries, most), -1.0))


def wider_hits(hits: Hits, most: int) -> Hits:
    """The same hits with room for the `most` best rows of each query.

    >>> wider_hits(new_hits(1, 2), 3).rows.tolist()
    [[-1, -1, -1]]
    """
    more = ((0, 0), (0, most - hits.rows.shape[1]))
    return Hits(np.pad(hits.rows, more, constant_values=-1), np.pad(hits.similarities, more, constant_values=-1.0))


def add_similar(
    hits: Hits, queries: np.ndarray, library: np.ndarray, threshold: float = 0.0, rows: np.ndarray | None = None
) -> Hits:
    """Put the rows of a piece of a library into `hits`, which are changed and returned.

    `queries` [Q, words] and `library` [n, words] are presence bits, uint64; `rows` int64 [n] are the library's row
    numbers (0, 1, ... without). What is less similar than `threshold` is no hit; two empty fingerprints have
    similarity 0. The pieces of a library can be given in any order.
    """
    if not len(queries) or not len(library):
        return hits
    from molkit.screening.kernel import search

    library = np.ascontiguousarray(library)
    sizes = np.bitwise_count(library).sum(axis=1, dtype=np.int64)
    order = np.argsort(sizes.astype(np.uint16), kind="stable")
    numbers = np.arange(len(library)) if rows is None else np.ascontiguousarray(rows, np.int64)
    asked, starts, asked_sizes = _asked_columns(queries)
    search(asked, starts, asked_sizes, library, sizes, order, numbers, threshold, hits.rows, hits.similarities)
    return hits


def top_similar(
    queries: np.ndarray, library: np.ndarray, most: int, threshold: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Rows int64 and similarities float64 [Q, most] of the most similar fingerprints; -1 where there are fewer."""
    hits = add_similar(new_hits(len(queries), most), queries, library, threshold)
    return hits.rows, hits.similarities


def words(packed: np.ndarray) -> np.ndarray:
    """Packed bits, uint8 [n, bytes], as uint64 [n, bytes / 8]; their order within a word does not matter here."""
    return np.ascontiguousarray(packed).view(np.uint64)


def _asked_columns(queries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of each query's bits, a multiple of 8 by an empty last column; where each begins; number of bits."""
    bits = np.unpackbits(np.ascontiguousarray(queries).view(np.uint8), axis=1, bitorder="little")
    sizes = bits.sum(axis=1, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(-(-sizes // 8) * 8)])
    columns = np.full(starts[-1], bits.shape[1], np.uint64)
    owner, column = np.nonzero(bits)
    columns[starts[owner] + np.arange(len(owner)) - np.searchsorted(owner, owner)] = column
    return columns, starts, sizes
