"""One side against another on the same unseen rows: learners, families of them, baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.config import RunConfig
from molkit.data.quantities import quantities
from molkit.evaluation.compare import finite_rows, paired_difference
from molkit.evaluation.metrics import Metric, main_metric
from molkit.learners.protocol import stream_seed
from molkit.learners.stack import combine
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.opponents import MEAN
from molkit.pipeline.plan import WITHOUT_TORCH
from molkit.pipeline.trial import Material, Unseen
from molkit.types import Target


@dataclass(frozen=True)
class Comparison:
    """Score of one side minus score of the other, on the rows of `where`, with its paired 95 % interval."""

    target: str
    first: str
    second: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    better: str
    where: str = "out of fold"

    @property
    def sentence(self) -> str:
        """In words."""
        verdict = (
            f"better: {self.better}" if self.better != "neither" else "neither is better than the other for certain"
        )
        return (
            f"{self.target}: {self.metric} of {self.first} less that of {self.second}, {self.where}, is"
            f" {self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}], n {self.n}: {verdict}."
        )


def primary(kind: str, config: RunConfig) -> Metric:
    """The score that matters for targets of a kind: the one asked for, if it is one of that kind's."""
    return main_metric(kind, config.metric)


def networks_against_trees(material: Material, targets: Sequence[Target], fitted: Fitted) -> tuple[Comparison, ...]:
    """Whether the networks beat the other learners, on out-of-fold predictions, by a paired interval."""
    names = fitted.ensemble.names
    sides = [[n for n in names if n not in WITHOUT_TORCH], [n for n in names if n in WITHOUT_TORCH]]
    if not all(sides):
        return ()
    truth = exact_values(material.dataset.measurements)
    predictions = []
    for side in sides:
        places = [names.index(name) for name in side]
        equal = np.full((len(places), len(targets)), 1 / len(places))
        predictions.append(combine([fitted.each[place] for place in places], equal))
    sides_named = ["+".join(side) for side in sides]
    found = [
        compared(
            material, own.target, own.labels(truth), [own.predictions(part) for part in predictions],
            fitted.raw_cuts[:, own.columns[0]], sides_named,
        )
        for own in quantities(targets)
    ]  # fmt: skip
    return tuple(comparison for comparison in found if comparison is not None)


def against_opponents(
    material: Material, targets: Sequence[Target], unseen: Unseen, where: str
) -> tuple[Comparison, ...]:
    """The model of pairs against each baseline but the mean, on the rows that are scored."""
    if len(material.dataset.inputs) < 2:
        return ()
    truth = exact_values(material.dataset.measurements)[unseen.rows]
    others = [name for name in unseen.methods if name not in ("molkit", MEAN, *unseen.learners)]
    found = []
    for own, other in ((own, other) for own in quantities(targets) for other in others):
        metric, k = primary(own.target.kind, material.config), own.columns[0]
        sides = []
        for name in ("molkit", other):
            said, cuts = own.predictions(unseen.methods[name]), unseen.thresholds(name)[:, k]
            sides.append((said >= cuts).astype(float) if metric.needs_threshold else said)
        y = own.labels(truth)
        found.append(comparison(own.target.name, metric, y, sides, ["molkit", other], material.config.seed, where))
    return tuple(compared for compared in found if compared is not None)


def compared(
    material: Material,
    target: Target,
    y: np.ndarray,
    sides: Sequence[np.ndarray],
    cuts: np.ndarray,
    names: Sequence[str],
) -> Comparison | None:
    """Two sides' predictions [n] or [n, C] of the labels [n] of a target, NaN where there is none; None if too few."""
    metric = primary(target.kind, material.config)
    rows = ~np.isnan(y) & finite_rows(sides[0])
    if rows.sum() < 3:
        return None
    cut = float(np.median(cuts[rows]))
    calls = [(side[rows] >= cut).astype(float) if metric.needs_threshold else side[rows] for side in sides]
    return comparison(target.name, metric, y[rows], calls, names, material.config.seed)


def comparison(
    target: str,
    metric: Metric,
    y: np.ndarray,
    sides: Sequence[np.ndarray],
    names: Sequence[str],
    seed: int,
    where: str = "out of fold",
) -> Comparison | None:
    """The same of two sides' predictions, or calls where the metric wants them; None where a score is undefined."""
    result = paired_difference(metric, y, sides[0], sides[1], stream_seed(seed, "compare"))
    if result.value is None or result.low is None or result.high is None:
        return None
    first, second = names
    better = {"first": first, "second": second}.get(result.better, "neither")
    return Comparison(
        target, first, second, metric.name, result.value, result.low, result.high, result.n, better, where
    )
