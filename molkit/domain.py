"""Is a compound like those the model learned from, and which of them is nearest?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

VERDICTS = ("in", "edge", "out")
_FARTHEST = 2.5  # standard deviations beyond which a feature says no more
OUTSIDE, BEYOND_EDGE = 0.20, 0.35  # shares of the held-out rows that are beyond the limits
FEWEST = 10  # held-out rows from which limits can be taken


class SimilarityIndex:
    """Tanimoto similarity to N training fingerprints by lists of the compounds that have each bit.

    A drug-like fingerprint has about 50 of 2,048 bits, so counting shared bits from the lists touches a
    fortieth of what comparing whole fingerprints would.
    """

    def __init__(self, bits: np.ndarray) -> None:
        """`bits`: packed presence bits, uint8 [N, size / 8]."""
        self.bits = bits
        rows, columns = np.nonzero(np.unpackbits(bits, axis=1))
        order = np.argsort(columns, kind="stable")
        self._rows = rows[order]
        self._starts = np.searchsorted(columns[order], np.arange(bits.shape[1] * 8 + 1))
        self._sizes = np.bincount(rows, minlength=len(bits))

    def similarity(self, bits: np.ndarray) -> np.ndarray:
        """Tanimoto coefficients, float32 [n, N]; 0 where both fingerprints are empty."""
        return (
            np.stack([self._one(row) for row in np.unpackbits(bits, axis=1)])
            if len(bits)
            else np.empty((0, len(self.bits)), np.float32)
        )

    def nearest(self, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row number (the first of equals) and similarity of the nearest training compound [n], [n]."""
        best = [(int(row.argmax()), float(row.max())) for row in map(self._one, np.unpackbits(bits, axis=1))]
        return np.array([b[0] for b in best], np.int64), np.array([b[1] for b in best])

    def _one(self, row: np.ndarray) -> np.ndarray:
        present = np.flatnonzero(row)
        lists = [self._rows[self._starts[bit] : self._starts[bit + 1]] for bit in present]
        shared = np.bincount(np.concatenate(lists), minlength=len(self.bits)) if lists else np.zeros(len(self.bits))
        union = self._sizes + len(present) - shared
        return (shared / np.maximum(union, 1)).astype(np.float32)


def held_out_similarity(bits: np.ndarray, folds: Sequence[np.ndarray]) -> np.ndarray:
    """Similarity of each row of a fold to the nearest row of the other folds, [n]; NaN for rows outside of them.

    `bits`: packed fingerprints of all rows, uint8 [n, bytes].
    """
    found = np.full(len(bits), np.nan)
    rows = np.concatenate(folds) if len(folds) else np.empty(0, np.int64)
    for fold in folds:
        found[fold] = SimilarityIndex(bits[np.setdiff1d(rows, fold)]).nearest(bits[fold])[1]
    return found


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
        beyond = self.unfamiliarity(features)
        place = np.where(beyond > self.out, 2, np.where(beyond > self.edge, 1, 0))
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
