"""Scores for each drug or each protein by itself: does a model of pairs rank within one target?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.metrics import Metric

FEWEST_ROWS = 10  # of an entity whose score counts
_WORST = 3
_LONGEST = 40  # characters of an entity that are shown


@dataclass(frozen=True)
class EntityScore:
    """A score over the `n` measured and predicted rows of one entity; `value` is None where it is undefined."""

    entity: Hashable
    n: int
    value: float | None


@dataclass(frozen=True)
class Breakdown:
    """A score of a target within each entity of an input: of `counted` of `entities`, which have rows enough.

    `worst` are those with the worst scores: what is shown of the entity, its rows, its score.
    """

    target: str
    entity: str
    metric: str
    entities: int
    counted: int
    mean: float
    median: float
    worst: tuple[tuple[str, int, float], ...]

    @property
    def caption(self) -> str:
        """In words, above the table."""
        return (
            f"{self.target}: {self.metric} within each {self.entity} ({self.counted:,} of {self.entities:,} with at"
            f" least {FEWEST_ROWS} scored rows)"
        )

    @property
    def table(self) -> list[list[str]]:
        """Lines of cells, the head first."""
        lines = [[f"{self.entity}", "n", self.metric], ["mean", "", f"{self.mean:.3f}"]]
        lines.append(["median", "", f"{self.median:.3f}"])
        return [*lines, *([f"worst: {name or '(not named)'}", f"{n:,}", f"{value:.3f}"]
                          for name, n, value in self.worst)]  # fmt: skip


def break_down(
    target: str,
    entity: str,
    metric: Metric,
    y: np.ndarray,
    p: np.ndarray,
    numbers: Sequence[Hashable],
    texts: Sequence[str],
    threshold: float | np.ndarray = 0.5,
) -> Breakdown | None:
    """`metric` within each entity, which `numbers` [n] tell and `texts` [n] show; None if none has rows enough."""
    scores = per_entity(metric, y, p, numbers, threshold)
    counted = [score for score in scores if score.value is not None and score.n >= FEWEST_ROWS]
    if not counted:
        return None
    values = np.array([score.value for score in counted])
    badness = values if metric.ideal is None else np.abs(values - metric.ideal)
    order = np.argsort(badness if metric.higher and metric.ideal is None else -badness, kind="stable")[:_WORST]
    shown = dict(zip(numbers, texts, strict=True))
    worst = tuple((_short(shown[counted[i].entity]), counted[i].n, float(values[i])) for i in order)
    mean, median = float(values.mean()), float(np.median(values))
    return Breakdown(target, entity, metric.name, len(scores), len(counted), mean, median, worst)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def per_entity(
    metric: Metric, y: np.ndarray, p: np.ndarray, groups: Sequence[Hashable], threshold: float | np.ndarray = 0.5
) -> list[EntityScore]:
    """`metric` within each group of rows, for labels [n] (NaN = not measured), predictions [n] and a group per row.

    The entities of most rows come first, those of equally many in the order of the table. `threshold` is one for all
    or one per row. Predictions may be probabilities [n, C] of classes. Every group has its line, also one without a
    row that can be scored.
    """
    y, p = np.asarray(y, float), np.asarray(p, float)
    said = (p >= threshold).astype(float) if metric.needs_threshold else p
    usable = np.isfinite(y) & np.isfinite(p).reshape(len(y), -1).all(axis=1)
    members: dict[Hashable, list[int]] = {}
    for row, key in enumerate(groups):
        own = members.setdefault(key, [])
        if usable[row]:
            own.append(row)
    found = [EntityScore(key, len(rows), _value(metric, y[rows], said[rows])) for key, rows in members.items()]
    return sorted(found, key=lambda score: -score.n)


def _value(metric: Metric, y: np.ndarray, p: np.ndarray) -> float | None:
    if not len(y):
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is undefined
        value = float(metric.function(y, p))
    return value if np.isfinite(value) else None
