"""Is a compound like those the model learned from, and which of them is nearest?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

VERDICTS = ("in", "edge", "out")


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


@dataclass(frozen=True)
class Domain:
    """Similarity limits: below `out` a compound is outside the domain, below `edge` at its edge."""

    edge: float
    out: float

    def verdict(self, similarity: np.ndarray) -> list[str]:
        """One of `VERDICTS` per compound."""
        place = np.where(similarity < self.out, 2, np.where(similarity < self.edge, 1, 0))
        return [VERDICTS[i] for i in place]


def fit_domain(similarity: np.ndarray) -> Domain:
    """Limits from the similarity of held-out rows to their nearest training compound.

    A tenth of the held-out rows counts as outside, the next 15 % as the edge.
    """
    if not len(similarity):
        return Domain(edge=0.4, out=0.3)
    out, edge = np.quantile(similarity, [0.10, 0.25])
    return Domain(edge=float(edge), out=float(out))


def domain_from_dict(values: dict[str, Any]) -> Domain:
    return Domain(edge=float(values["edge"]), out=float(values["out"]))
