"""What naming classes from the chosen thresholds on is worth, beside naming them from 0.5 on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.metrics import find_metric
from molkit.evaluation.thresholds import HALF, USUAL, read_rule
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.trial import Material
from molkit.types import Target

SCORES = ("precision", "recall", "F1", "MCC")


@dataclass(frozen=True)
class CallScores:
    """Scores (those of `SCORES`, None where undefined) of a target's calls of `n` held-out rows.

    `chosen` are those at thresholds chosen for `rule` on other folds' rows, `usual` those at 0.5.
    """

    target: str
    rule: str
    threshold: float
    n: int
    chosen: tuple[float | None, ...]
    usual: tuple[float | None, ...]

    @property
    def sentence(self) -> str:
        """In words."""
        called = f"{self.target}: called positive from {self.threshold:.3g} on"
        if self.rule == HALF:
            return f"{called}; out of fold (n {self.n:,}) {_told(self.usual)}."
        return (
            f"{called}, chosen for {self.rule}; out of fold (n {self.n:,}), at cuts chosen on other folds, "
            f"{_told(self.chosen)}; at {USUAL} {_told(self.usual)}."
        )


def _told(values: Sequence[float | None]) -> str:
    return ", ".join(
        f"{name} {'undefined' if value is None else f'{value:.2f}'}" for name, value in zip(SCORES, values, strict=True)
    )


def score_calls(material: Material, targets: Sequence[Target], fitted: Fitted) -> tuple[CallScores, ...]:
    """The calls of each target of two classes alone on the rows that the fold models had not seen."""
    truth = exact_values(material.dataset.measurements)
    found = []
    for k, target in enumerate(targets):
        rows = ~np.isnan(truth[:, k]) & np.isfinite(fitted.crossed[:, k])
        if target.kind != "binary" or target.group or not rows.any():
            continue
        y, p = truth[rows, k], fitted.crossed[rows, k]
        sides = [_scores(y, p >= cut) for cut in (fitted.cuts[rows, k], USUAL)]
        rule = read_rule(material.config.threshold).text
        found.append(CallScores(target.name, rule, target.threshold, len(y), *sides))
    return tuple(found)


def _scores(y: np.ndarray, called: np.ndarray) -> tuple[float | None, ...]:
    values = [float(find_metric(name).function(y, called.astype(float))) for name in SCORES]
    return tuple(value if np.isfinite(value) else None for value in values)
