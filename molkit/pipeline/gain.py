"""What an ensemble gains over its best learner alone and over one seed, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.data.quantities import quantities
from molkit.evaluation.compare import finite_rows
from molkit.evaluation.metrics import Metric
from molkit.learners.stack import combine
from molkit.pipeline.comparing import Comparison, compared, primary
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.phrases import count, number
from molkit.pipeline.trial import Material
from molkit.types import Target

_NAMES = {"mean": "the mean", "stack": "the stack", "greedy": "the greedy selection", "best": "the best learner"}
_ALONE = " alone"
_SEED = "one seed"


@dataclass(frozen=True)
class Cost:
    """The models of one learner and the core-seconds that fitting them took.

    Seconds are measured, so no two runs have the same: they are told and not stored in the model file.
    """

    learner: str
    models: int
    seeds: int
    seconds: float


def costs(fitted: Fitted) -> tuple[Cost, ...]:
    """What each learner of the ensemble cost."""
    parts = zip(fitted.ensemble.names, fitted.ensemble.members, fitted.said, fitted.seconds, strict=True)
    return tuple(Cost(name, len(models), len(said), seconds) for name, models, said, seconds in parts)


def gains(material: Material, targets: Sequence[Target], fitted: Fitted) -> tuple[Comparison, ...]:
    """Of each target the ensemble less its best learner alone, and several seeds less one, on out-of-fold predictions.

    Both sides are uncalibrated. Weights for a row are chosen on other folds' rows; the learner with the best score is
    chosen on all of them, which favours it a little. An ensemble that is one learner is not compared with it. What
    seeds gain is that of a single fold's models: of new compounds folds are averaged too, and less is left to gain.
    """
    if not fitted.held_out:
        return ()
    truth = exact_values(material.dataset.measurements)
    several = (fitted.ensemble.weights > 0).sum(axis=0) > 1
    found = []
    for own in quantities(targets):
        target, k = own.target, own.columns[0]
        y, cuts = own.labels(truth), fitted.raw_cuts[:, k]
        if several[k]:
            metric, each = primary(target.kind, material.config), [own.predictions(part) for part in fitted.each]
            best = _best(metric, y, each, cuts)
            names = [_NAMES[material.plan.combine], fitted.ensemble.names[best] + _ALONE]
            sides = [own.predictions(fitted.crossed_uncalibrated), each[best]]
            found.append(compared(material, target, y, sides, cuts, names))
        most = max(len(part) for part in fitted.said)
        if most > 1:
            both = (fitted.each, _first_seed(fitted))
            sides = [own.predictions(combine(parts, fitted.ensemble.weights)) for parts in both]
            found.append(compared(material, target, y, sides, cuts, [f"the mean of {most} seeds", _SEED]))
    return tuple(comparison for comparison in found if comparison is not None)


def _first_seed(fitted: Fitted) -> list[np.ndarray]:
    return [part[0] for part in fitted.said]


def _best(metric: Metric, y: np.ndarray, each: Sequence[np.ndarray], cuts: np.ndarray) -> int:
    """Which learner has the best score on the rows that all of them predict."""
    rows = ~np.isnan(y) & np.all([finite_rows(part) for part in each], axis=0)
    calls = [(p >= cuts).astype(float) if metric.needs_threshold else p for p in each]
    values = np.array([metric.function(y[rows], p[rows]) for p in calls])
    if metric.ideal is not None:
        values = -np.abs(values - metric.ideal)
    return int(np.argmax(np.nan_to_num(values if metric.higher else -values, nan=-np.inf)))


def cost_sentences(found: Sequence[Comparison], spent: Sequence[Cost], noun: str = "compound") -> Iterator[str]:
    """What fitting took, and of each gain whether it was worth it; a row is called a `noun`."""
    total = sum(cost.seconds for cost in spent)
    shares = ", ".join(
        f"{cost.learner} {cost.seconds / max(total, 1e-9):.0%} ({count(cost.models, 'model')})" for cost in spent
    )
    models = count(sum(cost.models for cost in spent), "model")
    yield f"Fitting took {number(total)} core-seconds: {shares}; each {noun} is predicted by {models}."
    for gain in found:
        yield f"{gain.target}: {_verdict(gain)}, for {_price(gain, spent, noun)}."


def _verdict(gain: Comparison) -> str:
    word = {gain.first: "better than", gain.second: "worse than"}.get(gain.better, "not better for certain than")
    difference = f"{gain.metric} {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] out of fold, n {gain.n}"
    return f"{gain.first} is {word} {gain.second} ({difference})"


def _price(gain: Comparison, spent: Sequence[Cost], noun: str) -> str:
    """Fitting time and models per row of the ensemble, beside those of what it is compared with."""
    if gain.second == _SEED:
        seconds = sum(cost.seconds / cost.seeds for cost in spent)
        models = sum(cost.models // cost.seeds for cost in spent)
    else:
        alone = next(cost for cost in spent if cost.learner + _ALONE == gain.second)
        seconds, models = alone.seconds, alone.models
    times = number(sum(cost.seconds for cost in spent) / max(seconds, 1e-9))
    most = sum(cost.models for cost in spent)
    return f"{times} times the fitting time and {most} models per {noun} instead of {models}"
