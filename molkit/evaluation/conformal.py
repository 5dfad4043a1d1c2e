"""Intervals from errors on unseen rows, and how good intervals are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.share import wilson

LEVEL = 0.9
SIMILARITY_EDGES = (0.3, 0.4, 0.5, 0.6, 0.8)  # of the bins in which coverage is told


def conformal_quantile(scores: np.ndarray, level: float = LEVEL) -> float | None:
    """The score that the share `level` of unseen rows stays within, from scores [n] of rows like them, in any order.

    The ceil((n + 1) level)-th smallest (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005);
    None where n is too small for the level.

    >>> conformal_quantile(np.arange(1.0, 20.0)), conformal_quantile(np.arange(8.0))
    (18.0, None)
    """
    rank = int(np.ceil((len(scores) + 1) * level - 1e-9))
    return float(np.partition(scores, rank - 1)[rank - 1]) if 0 < rank <= len(scores) else None


def interval_score(y: np.ndarray, low: np.ndarray, high: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Width plus 2 / (1 - level) times the distance by which a value [n] is missed; less is better.

    Gneiting & Raftery, J. Am. Stat. Assoc. 2007, 102, 359.
    """
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return high - low + 2 / (1 - level) * missed


@dataclass(frozen=True)
class Coverage:
    """How many of `n` values lie in their intervals, `low` and `high` the share's 95 % Wilson interval.

    `width` is the mean width, `score` the mean interval score, `error` the root-mean-square error.
    """

    label: str
    n: int
    covered: int
    share: float
    low: float
    high: float
    width: float
    score: float
    error: float


@dataclass(frozen=True)
class IntervalScores:
    """Coverage of the intervals of one target at a nominal `level`: overall, and by similarity to training."""

    target: str
    unit: str
    level: float
    overall: Coverage
    bins: tuple[Coverage, ...] = ()

    @property
    def sentence(self) -> str:
        """In words."""
        all_, unit = self.overall, f" {self.unit}" if self.unit else ""
        return (
            f"{self.target}: {self.level:.0%} intervals cover {all_.share:.1%} [{all_.low:.1%}, {all_.high:.1%}] of "
            f"{all_.n:,} values, mean width {all_.width:.3g}{unit}, interval score {all_.score:.3g}.{self._uneven}"
        )

    @property
    def _uneven(self) -> str:
        """The bins of similarity in which coverage is certainly another than the level, so many of them looked at."""
        from scipy.stats import binomtest

        odd = [f"{bin.label}: {bin.share:.0%} of {bin.n}" for bin in self.bins
               if binomtest(bin.covered, bin.n, self.level).pvalue < 0.05 / len(self.bins)]  # fmt: skip
        return f" By similarity to training they cover more or less: {', '.join(odd)}." if odd else ""


def score_intervals(
    target: str,
    y: np.ndarray,
    p: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    level: float = LEVEL,
    similarity: np.ndarray | None = None,
    unit: str = "",
) -> IntervalScores | None:
    """Coverage of intervals [n] around predictions `p` for values `y` (NaN = not measured); None without any.

    With the `similarity` of each row to its nearest training row also by bins of that. An infinite end counts as
    such: the widths are then infinite.
    """
    rows = ~(np.isnan(y) | np.isnan(p) | np.isnan(low) | np.isnan(high))
    if not rows.any():
        return None
    parts = [np.asarray(part, float)[rows] for part in (y, p, low, high)]
    overall = _coverage("all", parts, np.ones(len(parts[0]), bool), level)
    return IntervalScores(target, unit, level, overall, tuple(_bins(parts, similarity, rows, level)))


def _bins(parts: Sequence[np.ndarray], similarity: np.ndarray | None, rows: np.ndarray, level: float) -> list[Coverage]:
    if similarity is None:
        return []
    place = np.searchsorted(SIMILARITY_EDGES, similarity[rows], side="right")
    known = np.isfinite(similarity[rows])
    found = []
    for i, label in enumerate(similarity_labels()):
        inside = known & (place == i)
        if inside.any():
            found.append(_coverage(label, parts, inside, level))
    return found


def similarity_labels() -> list[str]:
    """Names of the bins of similarity.

    >>> similarity_labels()[:2], similarity_labels()[-1]
    (['below 0.3', '0.3 to 0.4'], '0.8 and above')
    """
    ends = SIMILARITY_EDGES
    between = [f"{low} to {high}" for low, high in itertools.pairwise(ends)]
    return [f"below {ends[0]}", *between, f"{ends[-1]} and above"]


def _coverage(label: str, parts: Sequence[np.ndarray], rows: np.ndarray, level: float) -> Coverage:
    y, p, low, high = (part[rows] for part in parts)
    covered, n = int(((low <= y) & (y <= high)).sum()), len(y)
    ends = wilson(covered / n, n)
    return Coverage(
        label, n, covered, covered / n, *ends,
        width=float((high - low).mean()),
        score=float(interval_score(y, low, high, level).mean()),
        error=float(np.sqrt(((y - p) ** 2).mean())),
    )  # fmt: skip
