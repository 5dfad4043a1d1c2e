"""The compiled inner loops of the similarity search; see `molkit.screening.tanimoto` for what they do and why.

Compiled in memory when first called, never cached on disk: such caches are pickles. Imported only when needed, as
the compiler is heavy. All words are uint64 with the first row or bit in the lowest place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., object])
Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Columns = NDArray[np.uint64]
compiled: Callable[[F], F] = cast(Any, njit(nogil=True))

BLOCK = 64  # rows that are compared at once, one for each bit of a word
_PLANES = 17  # binary digits of the counters: up to 65,536 bits can be shared
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_LOW_HALF = np.uint64(0xFFFFFFFF)


@compiled
def search(
    asked: Columns,
    starts: Numbers,
    asked_sizes: Numbers,
    library: Words,
    sizes: Numbers,
    order: Numbers,
    numbers: Numbers,
    threshold: float,
    rows: Numbers,
    similarities: NDArray[np.float64],
) -> None:
    """Put library rows into the hits `rows` and `similarities` [Q, most] of every query.

    `asked[starts[q]:starts[q + 1]]` are the columns of query q's `asked_sizes[q]` bits, a multiple of 8 by the empty
    column `64 * library.shape[1]`; `order` sorts the library's rows by their `sizes`, `numbers` are their names.
    """
    columns = np.zeros(64 * library.shape[1] + 1, np.uint64)
    tile = np.zeros((BLOCK, library.shape[1]), np.uint64)
    planes = np.zeros(_PLANES, np.uint64)
    for start in range(0, len(order), BLOCK):
        members = order[start : start + BLOCK]
        _turn(library, members, tile, columns)
        low, high = sizes[members[0]], sizes[members[-1]]
        for q in range(len(asked_sizes)):
            size = asked_sizes[q]
            least = max(threshold, similarities[q, -1])
            # shared / (size + other - shared) >= least, a little less because the exact test follows
            factor = max(least / (1 + least) * (1 - 1e-9), 0.0)
            need = np.int64(np.ceil(factor * (size + low)))
            if need > size or high < factor * (size + high):
                continue
            depth = _count(columns, asked, starts[q], starts[q + 1], planes)
            reached = _at_least(planes, depth, need)
            place = 0
            while reached and place < len(members):
                if reached & _ONE:
                    row = members[place]
                    shared = _counter(planes, depth, place)
                    together = size + sizes[row] - shared
                    similarity = shared / together if together else 0.0
                    if similarity >= threshold:
                        _insert(rows[q], similarities[q], numbers[row], similarity)
                reached >>= _ONE
                place += 1


@compiled
def _turn(library: Words, members: Numbers, tile: Words, columns: Words) -> None:
    """The rows `members`, at most 64, as columns: bit i of columns[j] is bit j of row i."""
    for place in range(len(members)):
        row = members[place]
        for word in range(tile.shape[1]):
            tile[place, word] = library[row, word]
    for place in range(len(members), BLOCK):
        for word in range(tile.shape[1]):
            tile[place, word] = _ZERO
    _transpose(tile)
    for word in range(tile.shape[1]):
        for bit in range(64):
            columns[64 * word + bit] = tile[bit, word]


@compiled
def _transpose(tile: Words) -> None:
    """Each word's 64 by 64 bits turned about the diagonal, by swaps of ever smaller squares.

    Warren, Hacker's Delight, 2nd ed., section 7-3.
    """
    step, mask = 32, _LOW_HALF
    while step:
        shift = np.uint64(step)
        row = 0
        while row < 64:
            for word in range(tile.shape[1]):
                swap = ((tile[row, word] >> shift) ^ tile[row + step, word]) & mask
                tile[row + step, word] ^= swap
                tile[row, word] ^= swap << shift
            row = (row + step + 1) & ~step
        step >>= 1
        mask ^= mask << np.uint64(step)


@compiled
def _count(columns: Words, asked: Columns, first: int, end: int, planes: Words) -> int:
    """Add up columns in 64 counters, plane k holding their k-th binary digits; returns how many planes there are."""
    depth = 3
    while (1 << depth) <= end - first:
        depth += 1
    for k in range(depth):
        planes[k] = _ZERO
    ones = twos = fours = _ZERO
    for place in range(first, end, 8):
        ones, a = _add(ones, columns[asked[place]], columns[asked[place + 1]])
        ones, b = _add(ones, columns[asked[place + 2]], columns[asked[place + 3]])
        twos, c = _add(twos, a, b)
        ones, a = _add(ones, columns[asked[place + 4]], columns[asked[place + 5]])
        ones, b = _add(ones, columns[asked[place + 6]], columns[asked[place + 7]])
        twos, d = _add(twos, a, b)
        fours, carry = _add(fours, c, d)
        k = 3
        while carry:
            planes[k], carry = planes[k] ^ carry, planes[k] & carry
            k += 1
    planes[0], planes[1], planes[2] = ones, twos, fours
    return depth


@compiled
def _add(a: np.uint64, b: np.uint64, c: np.uint64) -> tuple[np.uint64, np.uint64]:
    """64 sums of three binary digits, as sums and carries."""
    either = a ^ b
    return either ^ c, (a & b) | (either & c)


@compiled
def _at_least(planes: Words, depth: int, need: np.int64) -> np.uint64:
    """Which of 64 counters are at least `need`, compared digit by digit from the highest."""
    greater, equal = _ZERO, ~_ZERO
    for k in range(depth - 1, -1, -1):
        if (need >> k) & 1:
            equal &= planes[k]
        else:
            greater |= equal & planes[k]
            equal &= ~planes[k]
    return greater | equal


@compiled
def _counter(planes: Words, depth: int, place: int) -> np.int64:
    """One counter's number."""
    number = np.int64(0)
    for k in range(depth):
        number += np.int64((planes[k] >> np.uint64(place)) & _ONE) << k
    return number


@compiled
def _insert(rows: Numbers, similarities: NDArray[np.float64], row: int, similarity: float) -> None:
    """Put a row where it belongs among the hits: by similarity, equals by row; the last hit falls out."""
    place = len(rows)
    while place > 0 and (
        similarities[place - 1] < similarity or (similarities[place - 1] == similarity and rows[place - 1] > row)
    ):
        place -= 1
        if place + 1 < len(rows):
            rows[place + 1], similarities[place + 1] = rows[place], similarities[place]
    if place < len(rows):
        rows[place], similarities[place] = row, similarity
