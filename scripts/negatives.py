"""Negatives for lists that hold only positive pairs, drawn so that how often a drug occurs says nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_ROUNDS = 20  # of pairing what is left at random, before partners are exchanged
_EXCHANGES = 300  # accepted pairs that are tried for each pair that could not be had


def degree_matched(
    positives: np.ndarray,
    count: int,
    seed: int | Sequence[int],
    forbidden: np.ndarray | None = None,
    *,
    alike: bool = True,
) -> np.ndarray:
    """Up to `count` pairs, int64 [m, 2], in which each entity is as frequent as in `positives` [n, 2].

    If `alike`, both columns number one set, order says nothing and no entity is paired with itself; else an entity
    is as frequent in each column as it is there. No pair is a positive, one of `forbidden` [f, 2], or given twice.
    Entities are paired at random (the configuration model, Newman, SIAM Rev. 2003, 45, 167); a pair that may not be
    exchanges partners with an accepted one, which leaves all frequencies as they are. The `count - m` pairs that
    could not be had are of entities that interact with nearly all others.
    """
    rng = np.random.default_rng(seed)
    known = _pairs(positives) if forbidden is None else np.concatenate([_pairs(positives), _pairs(forbidden)])
    size = int(known.max(initial=0)) + 1
    banned = _keys(known, size, alike)
    rest, found = _ends(_pairs(positives), count, rng, alike), np.empty((0, 2), np.int64)
    for _ in range(_ROUNDS):
        if not len(rest):
            break
        rest = rng.permutation(rest.reshape(-1)).reshape(-1, 2) if alike else _shuffled(rest, rng)
        keys = _keys(rest, size, alike)
        first = np.zeros(len(rest), bool)
        first[np.unique(keys, return_index=True)[1]] = True
        good = first & ~np.isin(keys, banned) & ~(alike & (rest[:, 0] == rest[:, 1]))
        found, banned, rest = np.concatenate([found, rest[good]]), np.concatenate([banned, keys[good]]), rest[~good]
    return _exchanged(found, rest, set(banned.tolist()), size, rng, alike)


def degree_matched_blocks(
    positives: np.ndarray, blocks: np.ndarray, seed: int, forbidden: np.ndarray | None = None
) -> np.ndarray:
    """As many negatives as `positives` [n, 2] of alike entities, if they can be had, matched within kinds of pairs.

    `blocks` int64 [G] is the block of every entity, such as 0 for training drugs and 1 for new ones: as many negatives
    as positives pair a drug of one block with one of another, and each drug is as frequent among either.
    """
    known = _pairs(positives) if forbidden is None else np.concatenate([_pairs(positives), _pairs(forbidden)])
    known = np.take_along_axis(known, np.argsort(blocks[known], axis=1, kind="stable"), axis=1)
    own = known[: len(positives)]
    found = [np.empty((0, 2), np.int64)]
    for number, kind in enumerate(np.unique(blocks[own], axis=0)):
        rows = own[(blocks[own] == kind).all(axis=1)]
        found.append(degree_matched(rows, len(rows), [seed, number], known, alike=bool(kind[0] == kind[1])))
    return np.concatenate(found)


def _pairs(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows, np.int64).reshape(-1, 2)


def _keys(pairs: np.ndarray, size: int, alike: bool) -> np.ndarray:
    """A number for each pair, equal for equal pairs; of alike entities in any order."""
    ordered = np.sort(pairs, axis=1) if alike else pairs
    return ordered[:, 0] * size + ordered[:, 1]


def _ends(positives: np.ndarray, count: int, rng: np.random.Generator, alike: bool) -> np.ndarray:
    """The entities of `count` pairs, int64 [count, 2], each as frequent in proportion as in the positives."""
    if not len(positives):
        return positives
    if alike:
        return _in_proportion(positives.reshape(-1), 2 * count, rng).reshape(-1, 2)
    return np.stack([_in_proportion(column, count, rng) for column in positives.T], axis=1)


def _in_proportion(entities: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` entities by largest remainder, of equal remainders any."""
    distinct, times = np.unique(entities, return_counts=True)
    wanted, rest = np.divmod(times * count, len(entities))
    order = rng.permutation(len(distinct))
    order = order[np.argsort(-rest[order], kind="stable")]
    wanted[order[: count - int(wanted.sum())]] += 1
    return np.repeat(distinct, wanted)


def _shuffled(pairs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([pairs[:, 0], rng.permutation(pairs[:, 1])], axis=1)


def _exchanged(
    found: np.ndarray, rest: np.ndarray, banned: set[int], size: int, rng: np.random.Generator, alike: bool
) -> np.ndarray:
    """`found` pairs and those of `rest` that become possible by exchanging a partner with one found."""

    def key(a: int, b: int) -> int:
        """-1 for a pair that may not be."""
        if alike and a == b:
            return -1
        number = min(a, b) * size + max(a, b) if alike else a * size + b
        return -1 if number in banned else number

    pairs = found.tolist()
    for a, b in rest.tolist():
        for place in rng.integers(0, len(pairs), _EXCHANGES if pairs else 0).tolist():
            c, d = pairs[place]
            ways = [((a, d), (c, b)), ((a, c), (b, d))] if alike else [((a, d), (c, b))]
            news = [(key(*one), key(*other), one, other) for one, other in ways]
            done = next((new for new in news if min(new[:2]) >= 0 and new[0] != new[1]), None)
            if done is not None:
                banned.discard(min(c, d) * size + max(c, d) if alike else c * size + d)
                banned.update(done[:2])
                pairs[place] = list(done[2])
                pairs.append(list(done[3]))
                break
    return np.array(pairs, np.int64).reshape(-1, 2)
