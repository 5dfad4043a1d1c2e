"""Rows into training, validation and test parts, so that near-identical rows stay together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.data.batching import by_appearance
from molkit.data.both_classes import ClassRows, absence_remarks, absent, class_rows, fewest_absent
from molkit.data.dealing import cut, deal, fill
from molkit.errors import InputError
from molkit.types import Split

METHODS = {
    "scaffold": "balanced by Murcko scaffold; acyclic compounds by Butina cluster",
    "random": "at random",
    "stratified": "at random, with like shares of every class, or of every fifth of the values",
    "butina": "balanced by Butina cluster of the fingerprints",
    "dissimilarity": "the clusters farthest from all other compounds are the test part",
    "time": "oldest for training, newest for the test",
    "group": "by the groups that a column names",
    "column": "as a column says",
    "none": "no test part; validation by scaffold",
}
PARTS = ("train", "valid", "test")
ORDERED = ("time", "dissimilarity")  # the seed only orders equals
ORDERS = 100  # that are tried for both classes
_WEIGHTS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.001)
_BINS = 5

Assign = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Rows:
    """What a split may know of n rows.

    `clusters` are needed by "butina" and "dissimilarity", and used by "scaffold" for acyclic molecules;
    `nearest` is needed by "dissimilarity". `targets` are names for remarks, in which a row is called a `noun`.
    """

    leak: np.ndarray  # int64 [n]; leak groups never cross any split
    scaffolds: Sequence[str]  # Murcko scaffold SMILES, "" for acyclic
    bits: np.ndarray | None = None  # packed fingerprint bits, uint8 [n, size / 8]
    values: np.ndarray | None = None  # float64 [n, K], NaN = not measured
    kinds: Sequence[str] = ()  # "regression" or "binary", one per target
    groups: Sequence[object] | None = None  # the user's; they never cross either
    times: np.ndarray | None = None  # float64 [n], NaN = unknown
    data: Sequence[object] = ()  # what the data hash is of
    clusters: np.ndarray | None = None  # int64 [n]
    nearest: np.ndarray | None = None  # float64 [n], similarity to the nearest row of another cluster
    targets: Sequence[str] = ()
    noun: str = "compound"

    def __len__(self) -> int:
        return len(self.leak)


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
    return by_appearance(labels)[1]


def split_rows(rows: Rows, method: str, fractions: tuple[float, float, float], seed: int) -> Split:
    """A seeded split by one of `METHODS`; leak groups and the user's groups never cross it.

    "none" keeps no test rows. "time" and "dissimilarity" have one answer; the seed only orders equals. In
    "time" a group stands where its newest row does, so that training has nothing newer than the other parts'
    groups; rows of unknown time count as oldest. In "dissimilarity" whole Butina clusters are ordered by the
    similarity of their closest pair with another cluster; the loneliest are the test part, the next
    loneliest the validation part. The other methods try up to `ORDERS` random orders, from seeds
    derived from `seed` (the first is `seed` itself), and then dealing by class, until every part holds both
    classes of every binary target; the best is kept. `remarks` of the split say what could not be had, and
    why. Raises InputError for an unknown method, or one that lacks what it needs.
    """
    given = {"group": rows.groups is not None, "time": rows.times is not None, "target": rows.values is not None}
    check_method(method, **given)
    groups = row_groups(rows, method)
    shares = (0.9, 0.1, 0.0) if method == "none" else fractions
    wanted = [number for number, share in enumerate(shares) if share > 0]
    classes = class_rows(rows.values, rows.kinds, groups)
    part = best_order(
        _tries(rows, method, groups, shares),
        lambda part: len(list(absent(classes, part, wanted))),
        fewest_absent(classes, len(wanted)),
        seed,
    )
    remarks = tuple(_remarks(rows, method, classes, part, wanted))
    train, valid, test = (tuple(np.flatnonzero(part == number).tolist()) for number in range(3))
    return Split(train, valid, test, method, seed, hash_rows(rows.data), remarks)


def _remarks(
    rows: Rows, method: str, classes: Sequence[ClassRows], part: np.ndarray, wanted: Sequence[int]
) -> Iterator[str]:
    """What a person should know of a split: empty parts, absent classes, unknown times."""
    held = {number: PARTS[number] for number in wanted if (part == number).any()}
    for number in wanted:
        if number not in held:
            yield f"The {PARTS[number]} part is empty: too few groups of {rows.noun}s that stay together."
    reason = f"the order by {method} leaves no choice" if method in ORDERED else "no other order tried does better"
    yield from absence_remarks(classes, part, held, rows.targets, reason, rows.noun)
    unknown = 0 if method != "time" or rows.times is None else int(np.isnan(rows.times).sum())
    if unknown:
        yield f"{unknown} {rows.noun}s of unknown time count as older than all others."


def row_groups(rows: Rows, method: str) -> np.ndarray:
    """Numbers int64 [n] of the groups that a method keeps together: leak groups, the user's, and its own key.

    "none" and "column" keep scaffolds together, as "scaffold" does.
    """
    keys: list[Sequence[object]] = [rows.leak.tolist()]
    if method in ("scaffold", "none", "column"):
        acyclic = rows.leak if rows.clusters is None else rows.clusters
        keys.append([name or f"acyclic {other}" for name, other in zip(rows.scaffolds, acyclic, strict=True)])
    if method in ("butina", "dissimilarity"):
        if rows.clusters is None:
            raise ValueError(f"{method!r} needs clusters")
        keys.append(rows.clusters.tolist())
    if rows.groups is not None:
        keys.append(rows.groups)
    return joined_groups(*keys)


def best_order(tries: Iterable[Assign], faults: Callable[[np.ndarray], int], fewest: int, seed: int) -> np.ndarray:
    """The first assignment of the fewest faults, from the seeds `seed`, (`seed`, 1), ... until there are `fewest`."""
    best, least = np.empty(0, np.int64), math.inf
    for attempt, assign in enumerate(tries):
        found = assign(np.random.default_rng([seed, attempt] if attempt else seed))
        count = faults(found)
        if count < least:
            best, least = found, count
        if least <= fewest:
            break
    return best


def dealt(rows: Rows, groups: np.ndarray, shares: Sequence[float], bins: bool) -> list[Assign]:
    """Tries that deal groups by class, each with more care for rare classes and less for the sizes of the parts."""
    counts = label_counts(rows, groups, bins)

    def weighing(weight: float) -> Assign:
        return lambda rng: deal(counts, shares, rng, weight)[groups]

    return [weighing(weight) for weight in _WEIGHTS]


def label_counts(rows: Rows, groups: np.ndarray, bins: bool) -> np.ndarray:
    """Rows per group, int64 [G, C]: all, then those of each class, or with `bins` of each fifth of the values."""
    columns = [np.ones(len(groups), bool)]
    for k, kind in enumerate(rows.kinds if rows.values is not None else ()):
        assert rows.values is not None
        values = rows.values[:, k]
        if kind == "binary":
            columns += [values == 0, values == 1]
        elif bins and not np.isnan(values).all():
            edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
            place = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
            columns += [place == number for number in range(len(edges) + 1)]
    size = int(groups.max(initial=-1)) + 1
    return np.stack([np.bincount(groups, column, size) for column in columns], axis=1).astype(np.int64)


def ranks(rows: Rows, method: str, groups: np.ndarray) -> np.ndarray:
    """What an ordered method sorts groups by, float64 [G]: the newest time, or the distance to the nearest row."""
    if method == "time":
        if rows.times is None:
            raise ValueError("'time' needs times")
        values = np.where(np.isnan(rows.times), -np.inf, rows.times)
        rank = np.full(int(groups.max()) + 1, -np.inf)
        np.maximum.at(rank, groups, values)
        return rank
    if rows.nearest is None:
        raise ValueError("'dissimilarity' needs nearest")
    rank = np.ones(int(groups.max()) + 1)
    np.minimum.at(rank, groups, 1 - rows.nearest)
    return rank


def _tries(rows: Rows, method: str, groups: np.ndarray, shares: tuple[float, float, float]) -> list[Assign]:
    """What makes the part of each row, int64 [n], from a random generator, in the order in which it is tried."""
    sizes = np.bincount(groups)
    if method == "time" and (rows.times is None or np.isnan(rows.times).all()):
        raise InputError("--time: the column gives no usable row a time; name another, or use another --split")
    if method in ORDERED:
        rank = ranks(rows, method, groups)
        return [lambda rng: cut(sizes, rank, shares, rng)[groups]]
    if method == "stratified":
        return dealt(rows, groups, shares, bins=True)
    return [lambda rng: fill(sizes, shares, rng)[groups]] * ORDERS + dealt(rows, groups, shares, bins=False)


def check_method(method: str, *, group: bool, time: bool, target: bool) -> None:
    """Raise InputError for an unknown method, or one that needs a group, time or target column and has none."""
    if method not in METHODS:
        raise InputError(f"there is no split {method!r}; known are {', '.join(METHODS)}")
    if method == "column":
        raise InputError("a split column needs its name, --split-column")
    if method == "group" and not group:
        raise InputError("--split group needs --group, the column that says which rows belong together")
    if method == "time" and not time:
        raise InputError("--split time needs --time, a column of ISO dates or numbers")
    if method == "stratified" and not target:
        raise InputError("--split stratified needs --target, the column whose classes or values are to be spread")


def column_split(names: Sequence[str | None], seed: int, data_hash: str) -> Split:
    """The parts that a column of "train", "valid" and "test" names."""
    parts = {name: tuple(i for i, n in enumerate(names) if n == name) for name in PARTS}
    if not parts["train"]:
        raise InputError("the split column names no row 'train'; expected train, valid and test")
    return Split(parts["train"], parts["valid"], parts["test"], "column", seed, data_hash)


def hash_rows(rows: Sequence[object]) -> str:
    """SHA-256 of the rows that a split is about."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode() + b"\n")
    return digest.hexdigest()
