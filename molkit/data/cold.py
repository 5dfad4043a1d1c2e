"""Rows that are pairs, split so that the drugs, the proteins or both of the test part are new to the model.

`entities` maps the name of each input to the leak group of each row's drug or protein, int64 [n]. The two inputs named
as `alike` (two drugs) number the same groups, and which of them stands first changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from molkit.data.both_classes import ClassRows, absent, class_rows, fewest_absent
from molkit.data.dealing import deal, fill
from molkit.data.split import ORDERS, PARTS, Rows, best_order, label_counts

LEFT_OUT = -1
_WEIGHTS = (1.0, 0.25, 0.05)  # of rows against classes, when entities are dealt by class

Sides = list[np.ndarray]  # for each set of entities that is dealt, compact numbers of each row's, int64 [n, 1 or 2]
Assign = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # rows per entity and class to parts of entities


def pair_groups(entities: Mapping[str, np.ndarray], alike: bool = False) -> np.ndarray:
    """Group of each row, int64 [n], for a random split: rows of the same entities, in any order if `alike`.

    >>> pair_groups({"a": np.array([0, 1, 0]), "b": np.array([1, 0, 2])}, alike=True).tolist()
    [0, 0, 1]
    """
    columns = np.stack(list(entities.values()), axis=1)
    columns = np.sort(columns, axis=1) if alike else columns
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def cold_parts(
    entities: Mapping[str, np.ndarray],
    cold: Sequence[str],
    shares: Sequence[float],
    seed: int,
    *,
    alike: Sequence[str] = (),
    values: np.ndarray | None = None,
    kinds: Sequence[str] = (),
) -> np.ndarray:
    """Part of each row, int64 [n]: 0 train, 1 valid, 2 test, and -1 for a row that no part may have.

    Every entity of the inputs named in `cold` is dealt to one part. With one input, a row goes where its entity does.
    With several, it needs all in one part; a row with entities of two parts is mixed and left out. Of inputs that are
    alike, one name alone means that exactly one drug of a held-out pair is new and the other a training drug; else both
    are new. Entities are dealt so that the kept rows come near `shares`; of several cold inputs in proportion to the
    roots of the shares, for each part keeps only their product. Up to `ORDERS` random orders and then dealing by class
    are tried, until every part holds both classes of every binary target (`values` float64 [n, K], NaN = not measured,
    and `kinds`) and is within 1 % of its share; the best is kept.
    """
    sides, one_new = _sides(entities, cold, alike), _is_one_new(cold, alike)
    counts = [_counts(side, values, kinds) for side in sides]
    dealt = _entity_shares(shares, one_new, sum(side.shape[1] for side in sides))
    classes = _class_rows(sides, values, kinds)
    wanted = [number for number, share in enumerate(shares) if share > 0]

    def faults(part: np.ndarray) -> int:
        return 100 * len(list(absent(classes, part, wanted))) + _percent_off(part, shares)

    def trying(assign: Assign) -> Callable[[np.random.Generator], np.ndarray]:
        def part_of(rng: np.random.Generator) -> np.ndarray:
            parts = _parts_of(sides, counts, assign, rng)
            return _one_new(parts, sides[0]) if one_new else _agreed(parts)

        return part_of

    tries = [trying(lambda count, rng: fill(count[:, 0], dealt, rng))] * ORDERS
    tries += [trying(_dealing(dealt, weight)) for weight in _WEIGHTS]
    return best_order(tries, faults, 100 * fewest_absent(classes, len(wanted)), seed)


def cold_folds(
    entities: Mapping[str, np.ndarray],
    cold: Sequence[str],
    count: int,
    seed: int,
    *,
    alike: Sequence[str] = (),
    values: np.ndarray | None = None,
    kinds: Sequence[str] = (),
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Held-out rows and the rows that may be trained on, ascending int64, of each of up to `count` folds.

    The entities of each cold input are dealt into `count` blocks, and no training row of a fold has a cold entity of
    its block. With one cold input every row is held out once. With two, only rows with both entities in one block
    are, about one row in `count`. If the inputs are alike and one is cold, a row of two blocks is held out from one
    of them, and a row within a block never. No row is held out twice. Fewer entities make fewer folds, and one makes
    none, an empty list; a fold without rows on either side is left out. Training rows hold both classes of every
    binary target where that can be had.
    """
    sides = _sides(entities, cold, alike)
    count = min([count, *(int(side.max(initial=-1)) + 1 for side in sides)])
    if count < 2:
        return []
    counts = [_counts(side, values, kinds) for side in sides]
    classes = _class_rows(sides, values, kinds)

    def dealing(weight: float) -> Callable[[np.random.Generator], np.ndarray]:
        return lambda rng: _parts_of(sides, counts, _dealing([1.0] * count, weight), rng)

    def faults(blocks: np.ndarray) -> int:
        free = [(blocks != block).all(axis=1) for block in range(count)]
        return sum(not rows[one.rows].any() for rows in free for one in classes)

    blocks = best_order(map(dealing, _WEIGHTS), faults, 0, seed)
    held = (_by_turns if _is_one_new(cold, alike) else _agreed)(blocks)
    folds = [(np.flatnonzero(held == block), np.flatnonzero((blocks != block).all(axis=1))) for block in range(count)]
    return [(out, rest) for out, rest in folds if len(out) and len(rest)]


def cold_remarks(
    part: np.ndarray,
    shares: Sequence[float],
    values: np.ndarray | None = None,
    kinds: Sequence[str] = (),
    targets: Sequence[str] = (),
) -> list[str]:
    """What a person should know of the parts that `cold_parts` gave: rows left out, empty parts, absent classes."""
    found = []
    if left := int((part == LEFT_OUT).sum()):
        found.append(f"{left:,} of {len(part):,} rows are left out: they pair entities of different parts.")
    held = [number for number, share in enumerate(shares) if share > 0 and (part == number).any()]
    found += [f"The {PARTS[number]} part is empty: too few drugs, proteins or pairs of them."
              for number, share in enumerate(shares) if share > 0 and number not in held]  # fmt: skip
    for one, number in absent(class_rows(values, kinds, np.arange(len(part))), part, held):
        target = targets[one.target] if targets else f"target {one.target + 1}"
        found.append(f"{target}: the {PARTS[number]} part holds no {('negative', 'positive')[one.label]} pair.")
    return found


def _is_one_new(cold: Sequence[str], alike: Sequence[str]) -> bool:
    """Whether one of two alike things of a row is to be new, and the other known."""
    return len(cold) == 1 and cold[0] in alike


def _sides(entities: Mapping[str, np.ndarray], cold: Sequence[str], alike: Sequence[str]) -> Sides:
    """Alike inputs are one set of entities, of which each row has two; others are a set each."""
    if not cold or any(name not in entities for name in cold):
        raise ValueError(f"cold inputs {list(cold)} are not among {list(entities)}")
    taken = [[entities[name]] for name in cold if name not in alike]
    taken += [[entities[name] for name in alike]] if set(cold) & set(alike) else []
    return [np.unique(np.stack(c, axis=1), return_inverse=True)[1].reshape(-1, len(c)).astype(np.int64) for c in taken]


def _entity_shares(shares: Sequence[float], one_new: bool, entities: int) -> list[float]:
    """Shares of entities from which rows come near `shares`, if every entity met every other.

    A part holds the product of the shares of a row's cold `entities`; with one new among two alike, a held-out part
    holds twice the product of its share and the training share.
    """
    if one_new:
        return [shares[0], *(share / 2 for share in shares[1:])]
    return [float(share ** (1 / entities)) for share in shares]


def _counts(side: np.ndarray, values: np.ndarray | None, kinds: Sequence[str]) -> np.ndarray:
    """Rows per entity, int64 [G, C]: all, then those of each class; a row counts for each of its entities."""
    groups = side.T.reshape(-1)
    repeated = None if values is None else np.tile(values, (side.shape[1], 1))
    return label_counts(Rows(groups, (), values=repeated, kinds=kinds), groups, bins=False)


def _class_rows(sides: Sides, values: np.ndarray | None, kinds: Sequence[str]) -> list[ClassRows]:
    """The rows of each class; of how many groups it is counted at most, so that nothing is given up too soon."""
    side = sides[0]
    return class_rows(values, kinds, side[:, 0] if side.shape[1] == 1 else np.arange(len(side)))


def _dealing(shares: Sequence[float], weight: float) -> Assign:
    return lambda counts, rng: deal(counts, shares, rng, weight)


def _parts_of(sides: Sides, counts: Sequence[np.ndarray], assign: Assign, rng: np.random.Generator) -> np.ndarray:
    """The part of each cold entity of each row, int64 [n, c]."""
    return np.concatenate([assign(count, rng)[side] for side, count in zip(sides, counts, strict=True)], axis=1)


def _agreed(parts: np.ndarray) -> np.ndarray:
    """The part that all entities of a row are in."""
    return np.where((parts == parts[:, :1]).all(axis=1), parts[:, 0], LEFT_OUT)


def _one_new(parts: np.ndarray, drugs: np.ndarray) -> np.ndarray:
    """The part of the one drug that is not for training, if there is one such and the other is in a training row."""
    part = np.where(parts.min(axis=1) == 0, parts.max(axis=1), LEFT_OUT)
    unknown = (parts == 0) & ~np.isin(drugs, drugs[part == 0])
    return np.where(unknown.any(axis=1), LEFT_OUT, part)


def _by_turns(blocks: np.ndarray) -> np.ndarray:
    """One of the two blocks of a row, either as often as the other over all pairs of blocks."""
    low, high = blocks.min(axis=1), blocks.max(axis=1)
    return np.where(low == high, LEFT_OUT, np.where((low + high) % 2 == 0, low, high))


def _percent_off(part: np.ndarray, shares: Sequence[float]) -> int:
    """How far the part that is farthest from its share of the kept rows is from it, in whole percent."""
    held = np.bincount(part[part != LEFT_OUT], minlength=len(shares))
    return int(100 * np.abs(held / max(1, held.sum()) - np.array(shares) / sum(shares)).max(initial=0))
