"""Prediction sets: the classes that cannot be ruled out for a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.conformal import LEVEL
from molkit.evaluation.share import wilson


def fit_class_scores(codes: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, ...]:
    """For each class, 1 - its probability [n, C] on the unseen rows with that class code [n], ascending."""
    return tuple(np.sort(1 - probabilities[codes == code, code]) for code in range(probabilities.shape[1]))


def class_sets(probabilities: np.ndarray, scores: Sequence[np.ndarray], level: float = LEVEL) -> np.ndarray:
    """Which classes are in the set of each row, bool [n, C], from probabilities [n, C] and each class's `scores`.

    A class is in it unless no more than 1 - level of the unseen rows of that class had a probability as low: each
    class is covered by itself, whatever its share (Mondrian conformal prediction; Vovk, Gammerman & Shafer, 2005).
    A class with too few rows for the level is in every set. Where no class would be, the one is that is ruled out
    the least, of equals the most probable.
    """
    chances = np.stack([_chances(1 - probabilities[:, code], known) for code, known in enumerate(scores)], axis=1)
    inside = chances > 1 - level + 1e-9
    empty = ~inside.any(axis=1)
    inside[empty, (chances + 1e-9 * probabilities)[empty].argmax(axis=1)] = True
    return inside


def with_called(sets: np.ndarray, called: np.ndarray) -> np.ndarray:
    """Sets of two classes, bool [n, 2], that also hold the class which is called, the positive one where `called` [n].

    Where probabilities of one class lie close together, a set may rule out the class that its row is called; whoever
    reads both could believe neither. A class more never lowers the coverage.
    """
    return sets | np.stack([~called, called], axis=1)


def _chances(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Conformal p-values [n]: the share of the scores, and of the row itself, that are as large."""
    larger = len(known) - np.searchsorted(known, values - 1e-12)
    return (larger + 1) / (len(known) + 1)


@dataclass(frozen=True)
class SetScores:
    """How often the set holds the class of the `n` measured rows: overall, and `by_class` (share, n).

    `low` and `high` are the 95 % Wilson interval of `share`; `single` is the share of sets of one class.
    """

    target: str
    level: float
    n: int
    share: float
    low: float
    high: float
    single: float
    by_class: tuple[tuple[str, float, int], ...]

    @property
    def sentence(self) -> str:
        """In words."""
        classes = ", ".join(f"{name} {share:.1%} of {n:,}" for name, share, n in self.by_class)
        return (
            f"{self.target}: {self.level:.0%} prediction sets hold the measured class of {self.share:.1%} "
            f"[{self.low:.1%}, {self.high:.1%}] of {self.n:,} values ({classes}); {self.single:.1%} of them name one "
            "class only."
        )


def score_sets(
    target: str, codes: np.ndarray, inside: np.ndarray, names: Sequence[str], level: float = LEVEL
) -> SetScores | None:
    """Coverage of the sets bool [n, C] for class codes [n] (NaN = not measured); None without any."""
    rows = ~np.isnan(codes)
    if not rows.any():
        return None
    y, sets = codes[rows].astype(int), inside[rows]
    held = sets[np.arange(len(y)), y]
    share = float(held.mean())
    by_class = tuple(
        (str(name), float(held[y == code].mean()), int((y == code).sum()))
        for code, name in enumerate(names)
        if (y == code).any()
    )
    return SetScores(
        target, level, len(y), share, *wilson(share, len(y)), float((sets.sum(axis=1) == 1).mean()), by_class
    )
