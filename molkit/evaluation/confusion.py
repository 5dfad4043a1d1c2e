"""How rows of each class are called: the confusion matrix and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.compare import finite_rows
from molkit.evaluation.multiclass import predicted_codes

MOST_SHOWN = 12  # classes of which a table holds how each is called


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of one class against the rest, None where undefined, and its `n` measured rows."""

    name: str
    n: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Confusion:
    """Calls of the classes of a target: `counts` [C][C] of rows, by measured class (first) and called class."""

    target: str
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def by_class(self) -> Iterator[ClassScores]:
        """The scores of each class."""
        counts = np.array(self.counts)
        for code, name in enumerate(self.classes):
            right, true, called = int(counts[code, code]), int(counts[code].sum()), int(counts[:, code].sum())
            yield ClassScores(name, true, _share(right, called), _share(right, true), _share(2 * right, true + called))

    @property
    def table(self) -> list[list[str]]:
        """Lines of cells, the head first: scores of each class, and of few classes how its rows are called."""
        few = len(self.classes) <= MOST_SHOWN
        heads = [f"called {name}" for name in self.classes] if few else ["mostly called instead"]
        lines = [["class", "n", "precision", "recall", "F1", *heads]]
        for code, own in enumerate(self.by_class):
            scores = ["undefined" if value is None else f"{value:.3f}" for value in (own.precision, own.recall, own.f1)]
            called = [str(n) for n in self.counts[code]] if few else [self._instead(code)]
            lines.append([own.name, f"{own.n:,}", *scores, *called])
        return lines

    def _instead(self, code: int) -> str:
        """The other class that rows of a class are called most often, and how often; "" for none."""
        wrong = [0 if place == code else n for place, n in enumerate(self.counts[code])]
        return f"{self.classes[wrong.index(max(wrong))]} ({max(wrong)})" if any(wrong) else ""


def count_calls(target: str, classes: Sequence[str], y: np.ndarray, p: np.ndarray) -> Confusion | None:
    """The calls of rows with codes [n] (NaN = not measured) and probabilities [n, C] or codes [n].

    None without any, or where one is of none of the classes.
    """
    rows = ~np.isnan(y) & finite_rows(p)
    called = predicted_codes(p[rows]).astype(np.int64)
    if not rows.any() or called.max() >= len(classes):
        return None
    codes = y[rows].astype(np.int64) * len(classes) + called
    counts = np.bincount(codes, minlength=len(classes) ** 2).reshape(len(classes), len(classes))
    return Confusion(target, tuple(classes), tuple(map(tuple, counts.tolist())))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
