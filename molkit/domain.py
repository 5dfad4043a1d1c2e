"""Is a compound like those the model learned from, and which of them is nearest?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from molkit.data.batching import ranges

VERDICTS = ("in", "edge", "out")
_FARTHEST = 2.5  # standard deviations beyond which a feature says no more
OUTSIDE, BEYOND_EDGE = 0.20, 0.35  # shares of the held-out rows that are beyond the limits
_NO_ROW = np.iinfo(np.int64).max
_QUERIES_AT_ONCE, _COMPOUNDS_AT_ONCE = 512, 512  # so that what is added up stays in the cache
NOVELTY_EDGE, NOVELTY_OUT = 0.80, 0.95  # above these about 20 % and 5 % of molecules like those of a library lie
FEWEST = 10  # held-out rows from which limits can be taken


@dataclass(frozen=True)
class _Queries:
    """Fingerprints in columns, one per bit and an empty last one, and how many bits each has."""

    columns: np.ndarray  # uint8 [bits + 1, n], 1 or 0
    sizes: np.ndarray  # int64 [n]


@dataclass(frozen=True)
class _Compounds:
    """Some compounds of an index, by their number of bits, and by row where these are equal.

    Those between two of `cuts` have as many bits as each other.
    """

    rows: np.ndarray  # int64 [n]
    columns: np.ndarray  # int32 [most bits, n], the numbers of the bits of each, filled up with that of the empty one
    sizes: np.ndarray  # int64 [n]
    cuts: np.ndarray  # int64 [groups + 1]

    def shared(self, queries: _Queries) -> np.ndarray:
        """How many bits each has in common with each query, uint8 or uint16 [n, queries]."""
        found = np.zeros((len(self.rows), len(queries.sizes)), np.uint8 if len(self.columns) < 256 else np.uint16)
        having = np.empty(found.shape, np.uint8)
        for column in self.columns.astype(np.intp):
            queries.columns.take(column, axis=0, out=having, mode="clip")
            found += having
        return found

    def improve(self, nearest: np.ndarray, best: np.ndarray, queries: _Queries) -> None:
        """Put nearer rows than the `nearest` of each query, int64 [queries], there, and the similarity into `best`.

        Among compounds of as many bits the one that shares most is the nearest; of equals it is the first row.
        """
        shared = self.shared(queries)
        most = np.stack([shared[start:stop].max(axis=0) for start, stop in pairwise(self.cuts.tolist())])
        similarity = _tanimoto(most, self.sizes[self.cuts[:-1]], queries.sizes)
        highest = similarity.max(axis=0)
        nearest[highest > best] = _NO_ROW
        np.maximum(best, highest, out=best)
        group, query = np.nonzero(similarity == best)
        lengths = np.diff(self.cuts)[group]
        places, owner = ranges(self.cuts[group], self.cuts[group + 1]), np.repeat(query, lengths)
        found = shared[places, owner] == np.repeat(most[group, query], lengths)
        np.minimum.at(nearest, owner[found], self.rows[places[found]])


class SimilarityIndex:
    """Tanimoto similarity to N training fingerprints, at least one, for many queries at once.

    The bits of the queries stand in columns with a byte for each query, and those columns whose bits a compound has
    are added up: a drug-like fingerprint has about 50 of 2,048 bits.
    """

    def __init__(self, bits: np.ndarray) -> None:
        """`bits`: packed presence bits, uint8 [N, size / 8]."""
        self.bits = bits
        sizes = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        order = np.argsort(sizes, kind="stable")
        parts = np.split(order, range(_COMPOUNDS_AT_ONCE, len(order), _COMPOUNDS_AT_ONCE))
        middle = sorted(range(len(parts)), key=lambda place: abs(2 * place - len(parts)))  # there most are nearest
        self._parts = [_compounds(bits[parts[place]], parts[place], sizes[parts[place]]) for place in middle]

    def similarity(self, bits: np.ndarray) -> np.ndarray:
        """Tanimoto coefficients, float32 [n, N]; 0 where both fingerprints are empty."""
        found = np.empty((len(bits), len(self.bits)), np.float32)
        for start, queries in _in_columns(bits):
            stop = start + len(queries.sizes)
            for part in self._parts:
                found[start:stop, part.rows] = _tanimoto(part.shared(queries), part.sizes, queries.sizes).T
        return found

    def nearest(self, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row number (the first of equals) and similarity of the nearest training compound [n], [n]."""
        return nearest_in_each([self], bits)[0]

    def _nearest(self, queries: _Queries) -> tuple[np.ndarray, np.ndarray]:
        nearest = np.full(len(queries.sizes), _NO_ROW)
        best = np.zeros(len(nearest), np.float32)
        for part in self._parts:
            part.improve(nearest, best, queries)
        return nearest, best


def nearest_in_each(indexes: Sequence[SimilarityIndex], bits: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each index what its `nearest` gives for these queries, packed bits of the same size, uint8 [n, size / 8]."""
    found = [(np.empty(len(bits), np.int64), np.empty(len(bits))) for _ in indexes]
    for start, queries in _in_columns(bits):
        part = slice(start, start + len(queries.sizes))
        for index, (rows, similarity) in zip(indexes, found, strict=True):
            rows[part], similarity[part] = index._nearest(queries)
    return found


def _in_columns(bits: np.ndarray) -> Iterator[tuple[int, _Queries]]:
    """Packed fingerprints as queries, a few hundred at a time, and the number of their first row."""
    for start in range(0, len(bits), _QUERIES_AT_ONCE):
        unpacked = np.unpackbits(bits[start : start + _QUERIES_AT_ONCE], axis=1)
        columns = np.zeros((unpacked.shape[1] + 1, len(unpacked)), np.uint8)
        columns[:-1] = unpacked.T
        yield start, _Queries(columns, columns.sum(axis=0, dtype=np.int64))


def _compounds(bits: np.ndarray, rows: np.ndarray, sizes: np.ndarray) -> _Compounds:
    """Compounds with their packed bits, in ascending order of size."""
    width = 8 * bits.shape[1]
    columns = np.full((sizes.max(initial=0), len(rows)), width, np.int32)
    owner = np.repeat(np.arange(len(rows)), sizes)
    columns[ranges(np.zeros_like(sizes), sizes), owner] = np.flatnonzero(np.unpackbits(bits).view(bool)) % width
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(sizes)) + 1, [len(sizes)]])
    return _Compounds(rows, columns, sizes, cuts)


def _tanimoto(shared: np.ndarray, compounds: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Coefficients, float32 [n, m], from shared bits [n, m] and how many the compounds [n] and queries [m] have."""
    union = compounds[:, None] + queries - shared
    return (shared / np.maximum(union, 1)).astype(np.float32)


@dataclass(frozen=True)
class Domain:
    """Limits of unfamiliarity: beyond `out` a compound is outside the domain, beyond `edge` at its edge.

    Unfamiliarity is the mean, over the features that `means` and `deviations` are of, of (value - mean) / deviation,
    each within ±2.5: how far the learners lie apart (its logarithm, where there are several learners) and 1 - the
    similarity to the nearest training compound (where the model file holds these).
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    edge: float
    out: float

    def unfamiliarity(self, features: np.ndarray) -> np.ndarray:
        """[n] of features [n, F]."""
        scaled = (features - np.array(self.means)) / np.array(self.deviations)
        return np.clip(scaled, -_FARTHEST, _FARTHEST).mean(axis=1)

    def verdict(self, features: np.ndarray) -> list[str]:
        """One of `VERDICTS` per row of features [n, F]."""
        return _verdicts(self.unfamiliarity(features), self.edge, self.out)


def novelty_verdicts(novelty: np.ndarray) -> list[str]:
    """One of `VERDICTS` for each novelty [n] of `molkit.learners.novelty`: in up to 0.8, out above 0.95."""
    return _verdicts(novelty, NOVELTY_EDGE, NOVELTY_OUT)


def _verdicts(beyond: np.ndarray, edge: float, out: float) -> list[str]:
    place = np.where(beyond > out, 2, np.where(beyond > edge, 1, 0))
    return [VERDICTS[i] for i in place]


def fit_domain(features: np.ndarray) -> Domain:
    """Limits from features [n, F] of held-out rows; the last feature is 1 - similarity where there are fewer than 10.

    At least a fifth of the held-out rows counts as outside, unless they are alike, and the next 15 % as the edge. Of
    new rows like them it is fewer: more models speak of these, so that fewer seem far out.
    """
    if len(features) < FEWEST:
        return common_domain(features.shape[1])
    means, deviations = features.mean(axis=0), features.std(axis=0)
    deviations = np.where(deviations > 1e-9, deviations, 1.0)
    domain = Domain(tuple(map(float, means)), tuple(map(float, deviations)), np.inf, np.inf)
    beyond = domain.unfamiliarity(features)
    return replace(domain, edge=_limit(beyond, BEYOND_EDGE), out=_limit(beyond, OUTSIDE))


def common_domain(features: int = 1, edge: float = 0.4, out: float = 0.3) -> Domain:
    """Limits of the similarity alone, which is the last of some features: the usual ones, as a fifth of nothing
    says nothing."""
    idle = features - 1
    # features other than the similarity are divided by so much that they do not count
    return Domain((0.0,) * features, (*(1e9,) * idle, 1.0), (1 - edge) / features, (1 - out) / features)


def _limit(values: np.ndarray, share: float) -> float:
    """The largest of the values that at least a share of them lies beyond; the smallest where there is none."""
    ascending = np.sort(values)
    wanted = int(np.ceil(share * len(values)))
    places = np.searchsorted(ascending, ascending, side="right")  # how many are no larger
    good = np.flatnonzero(len(values) - places >= wanted)
    return float(ascending[good[-1]] if len(good) else ascending[0])


def domain_from_dict(values: dict[str, Any]) -> Domain:
    return Domain(tuple(values["means"]), tuple(values["deviations"]), float(values["edge"]), float(values["out"]))
