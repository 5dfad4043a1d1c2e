"""What a run found out about its own models: scores, what each learner adds, spread over repeats, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.data.labels import Labels
from molkit.data.quantities import quantities
from molkit.evaluation.compare import finite_rows
from molkit.evaluation.confusion import Confusion, count_calls
from molkit.evaluation.entities import Breakdown, break_down
from molkit.evaluation.metrics import METRICS, Metric, find_metric, shown_metrics
from molkit.evaluation.noise import Noise, noise_floor
from molkit.evaluation.scores import Score, average_scores, score_target
from molkit.features.inputs import broken_down, called
from molkit.learners.protocol import stream_seed
from molkit.pipeline.calls import CallScores
from molkit.pipeline.comparing import Comparison, primary
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.opponents import MEAN
from molkit.pipeline.scale import model_unit
from molkit.pipeline.trial import Material, Unseen
from molkit.pipeline.trusted import TrustScores
from molkit.types import Target

# Scores that a constant prediction has a meaningful value of.
_ERRORS = ("RMSE", "MAE", "MSE", "R2", "Brier", "log loss")


@dataclass(frozen=True)
class Contribution:
    """A learner's weight in the stack, and its score on out-of-fold predictions, beside the stack's."""

    target: str
    learner: str
    weight: float
    metric: str
    value: float | None
    n: int


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of a score over repeats with other seeds."""

    target: str
    metric: str
    mean: float
    sd: float
    values: tuple[float, ...]
    seeds: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """In words."""
        seeds = ", ".join(map(str, self.seeds))
        return f"{self.target}: {self.metric} {self.mean:.3f} ± {self.sd:.3f} over seeds {seeds}."


@dataclass(frozen=True)
class Findings:
    """Everything that is told of a model's quality; `scored_on` says which predictions the scores are of."""

    scored_on: str
    scores: tuple[Score, ...]
    contributions: tuple[Contribution, ...]
    comparisons: tuple[Comparison, ...]
    gains: tuple[Comparison, ...]  # told with what they cost, see `pipeline/gain.py`
    spreads: tuple[Spread, ...]
    noise: tuple[tuple[str, Noise], ...]
    trust: TrustScores
    calls: tuple[CallScores, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    noun: str = "compound"  # what a scored row is called
    breakdowns: tuple[Breakdown, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """What stands beside the scores, in words."""
        return [
            *(f"{name}: {floor.sentence(noun=self.noun)}" for name, floor in self.noise),
            *(spread.sentence for spread in self.spreads),
            *(comparison.sentence for comparison in self.comparisons),
            *self.shares,
            *(call.sentence for call in self.calls),
            *self.trust.sentences,
        ]

    @property
    def shares(self) -> list[str]:
        """What each of several learners scores out of fold, and its weight."""
        lines = []
        for target in dict.fromkeys(c.target for c in self.contributions):
            own = [c for c in self.contributions if c.target == target]
            if len(own) > 2 and any(c.value is not None for c in own):
                parts = ", ".join(
                    f"{c.learner} {c.value:.3f}{'' if c.learner == 'molkit' else f' (weight {c.weight:.2f})'}"
                    for c in own
                    if c.value is not None
                )
                lines.append(f"{target}: {own[0].metric} out of fold: {parts}.")
        return lines


def score_unseen(material: Material, targets: Sequence[Target], unseen: Unseen) -> tuple[Score, ...]:
    """Scores of every method on every target, the averages over targets after them."""
    truth = exact_values(material.dataset.measurements)[unseen.rows]
    of_molecules = called(material.dataset.inputs) == "structure"
    series = [material.dataset.scaffolds[row] for row in unseen.rows] if of_molecules else None
    seed = stream_seed(material.config.seed, "bootstrap")
    scores = [
        score
        for method, predictions in unseen.methods.items()
        for own in quantities(targets)
        for score in score_target(
            own.target.name, method, own.target.kind, own.labels(truth), own.predictions(predictions),
            unseen.thresholds(method)[:, own.columns[0]],
            seed, model_unit(own.target), series=series if own.target.kind == "regression" else None,
            metrics=metrics_of(material, own.target.kind),
        )
    ]  # fmt: skip
    if unseen.folds:
        scores = [_not_ranked(score) for score in scores]
    return (*scores, *average_scores(scores))


def metrics_of(material: Material, kind: str) -> tuple[Metric, ...]:
    """The scores that are shown of targets of a kind."""
    wanted = find_metric(material.config.metric).name if material.config.metric else ""
    return shown_metrics(kind, list(material.dataset.kinds.values()), wanted)


def score_entities(material: Material, targets: Sequence[Target], unseen: Unseen) -> tuple[Breakdown, ...]:
    """The score that matters within each thing of the inputs, the last first; see `broken_down`.

    Worst ones are named only if the model file may hold what was learned from.
    """
    dataset = material.dataset
    shown = broken_down(dataset.inputs)
    truth = exact_values(dataset.measurements)[unseen.rows]
    found = []
    for own, one in ((own, one) for own in quantities(targets) for one in reversed(shown)):
        cuts = unseen.cuts[:, own.columns[0]]
        texts = [dataset.identities[one.name][row].text if material.keeps_rows else "" for row in unseen.rows]
        found.append(
            break_down(
                own.target.name, one.name, primary(own.target.kind, material.config), own.labels(truth),
                own.predictions(unseen.methods["molkit"]), dataset.entities[one.name][unseen.rows], texts, cuts,
            )
        )  # fmt: skip
    return tuple(breakdown for breakdown in found if breakdown is not None)


def count_unseen_calls(material: Material, targets: Sequence[Target], unseen: Unseen) -> tuple[Confusion, ...]:
    """How the classes of multiclass targets are called."""
    truth = exact_values(material.dataset.measurements)[unseen.rows]
    found = [
        count_calls(
            own.target.name, own.target.classes or (), own.labels(truth), own.predictions(unseen.methods["molkit"])
        )
        for own in quantities(targets)
        if own.several
    ]
    return tuple(confusion for confusion in found if confusion is not None)


def _not_ranked(score: Score) -> Score:
    """One mean per fold is lower where the fold's labels are higher, which would be scored as ranking backwards."""
    if score.method != MEAN or score.metric in _ERRORS or score.value is None:
        return score
    return replace(score, value=None, low=None, high=None, reason="one mean per fold ranks nothing")


def contributions(material: Material, targets: Sequence[Target], fitted: Fitted) -> tuple[Contribution, ...]:
    """Every learner's weight and out-of-fold score, the stack last."""
    truth = exact_values(material.dataset.measurements)
    names, weights = fitted.ensemble.names, fitted.ensemble.weights
    found = []
    for own in quantities(targets):
        target = own.target
        metric, k, labels = primary(target.kind, material.config), own.columns[0], own.labels(truth)
        parts = [*zip(names, weights[:, k], fitted.each, strict=True), ("molkit", 1.0, fitted.crossed)]
        for name, weight, predictions in parts:
            rows = ~np.isnan(labels) & finite_rows(own.predictions(predictions))
            y, p = labels[rows], own.predictions(predictions[rows])
            cuts = fitted.cuts if name == "molkit" else fitted.raw_cuts
            scored = (p >= cuts[rows, k]).astype(float) if metric.needs_threshold else p
            value = metric.function(y, scored) if len(y) else np.nan
            shown = float(value) if np.isfinite(value) else None
            found.append(Contribution(target.name, name, float(weight), metric.name, shown, len(y)))
    return tuple(found)


def spreads(repeats: Sequence[tuple[int, Sequence[Score]]], targets: Sequence[Target]) -> tuple[Spread, ...]:
    """Mean and standard deviation of molkit's scores over repeats (seed, scores)."""
    found = []
    for target in (own.target for own in quantities(targets)):
        for name in (metric.name for metric in METRICS[target.kind]):
            values = {
                seed: score.value
                for seed, scores in repeats
                for score in scores
                if (score.target, score.method, score.metric) == (target.name, "molkit", name)
                and score.value is not None
            }
            if len(values) > 1:
                numbers = np.array(list(values.values()))
                found.append(
                    Spread(target.name, name, float(numbers.mean()), float(numbers.std(ddof=1)),
                           tuple(map(float, numbers)), tuple(values))
                )  # fmt: skip
    return tuple(found)


def noise(labels: Labels, dataset: Dataset, first_row: int) -> tuple[tuple[str, Noise], ...]:
    """The spread of repeated measurements of each target, on the scale it is modelled on."""
    rows = np.array([row - first_row for members in dataset.rows for row in members], np.int64)
    compounds = np.array([place for place, members in enumerate(dataset.rows) for _ in members], np.int64)
    exact = np.where(labels.relations == 0, labels.values, np.nan)
    found = []
    columns = [Target(*one[:2], group=one[2]) for one in zip(labels.targets, labels.kinds, labels.parents, strict=True)]
    for own in quantities(columns):
        spread = noise_floor(own.labels(exact[rows]), compounds, own.target.kind)
        if spread is not None:
            found.append((own.target.name, spread))
    return tuple(found)
