"""Fold models of several learners; everything else is chosen from what they say of rows they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns
from molkit.data.folds import Fold
from molkit.evaluation.thresholds import read_rule
from molkit.learners.inputs import DRUG
from molkit.learners.stack import Ensemble
from molkit.neighbours import Sketches, held_out_similarity
from molkit.pipeline.balancing import Tried, choose_methods
from molkit.pipeline.choosing import choose_all, choose_thresholds
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.models import Work, fit_models, unseen_by
from molkit.pipeline.plan import Plan
from molkit.pipeline.pretrained import Source
from molkit.pipeline.progress import Progress
from molkit.trust import Familiarity, Trust
from molkit.types import Measurements

FoldsOf = Callable[[int], list[Fold]]  # from their number


@dataclass(frozen=True)
class Fitted:
    """An ensemble and what was chosen from its out-of-fold predictions on the rows it was fitted on.

    `said` (M times [seeds, n, K]), `each` (its means over seeds) and `unseen` [n, K] are predictions of every row by
    models that were not fitted on it, NaN for rows outside. For `crossed` and its `cuts` (thresholds per row;
    `raw_cuts` those of learners, before calibration) weights, calibration and threshold are chosen on other folds'
    rows. `known` is what was known of every row before, and `trust` what `crossed` says of the errors to expect.
    """

    ensemble: Ensemble
    said: tuple[np.ndarray, ...]
    each: tuple[np.ndarray, ...]
    unseen: np.ndarray
    crossed: np.ndarray
    crossed_uncalibrated: np.ndarray
    cuts: np.ndarray
    raw_cuts: np.ndarray
    thresholds: tuple[float, ...]
    known: Familiarity
    trust: Trust
    folds: tuple[Fold, ...]  # those of the learner with most
    histories: tuple[tuple[str, tuple[float, ...]], ...]  # training loss of the networks
    seconds: tuple[float, ...]  # of a core, measured, that the models of each learner took
    tried: tuple[Tried, ...] = ()  # imbalance methods

    @property
    def held_out(self) -> tuple[np.ndarray, ...]:
        """The rows of each fold."""
        return tuple(fold.held_out for fold in self.folds)


def fit_ensemble(
    columns: Columns,
    labels: Measurements,
    kinds: Sequence[str],
    rows: np.ndarray,
    plan: Plan,
    folds_of: FoldsOf,
    objective: str,
    seed: int,
    workers: int = 0,
    progress: Progress | None = None,
    sketches: Sketches | None = None,
    inputs: Mapping[str, str] = DRUG,
    source: Source | None = None,
) -> Fitted:
    """Fit the plan's learners on `rows`; with too few groups for folds, one model each and nothing chosen.

    `sketches` are those of all rows, if similarity may tell of errors; `inputs` are their kinds by name. `source` is an
    encoder that was trained before, for learners that can use it.
    Raises InputError for labels that a learner cannot learn.
    """
    folds = folds_by_learner(plan, folds_of, labels, kinds)
    work = Work(columns, labels, tuple(kinds), rows, objective, seed, workers, progress, inputs, source)
    choice = choose_methods(work, plan, folds)
    plan = choice.plan
    models, seconds = fit_models(work, plan, folds, choice.ready)
    exact = exact_values(labels)
    said = tuple(unseen_by(models[name], folds[name], work) for name in plan.folds)
    each = tuple(part.mean(axis=0) for part in said)
    binary = np.array([kind == "binary" for kind in kinds])
    most = max(folds.values(), key=len)
    held_out = [fold.held_out for fold in most]
    similarity = None if sketches is None else held_out_similarity(sketches, most)
    rule = read_rule(plan.threshold)
    chosen = choose_all(said, exact, held_out, kinds, similarity, plan.combine, rule, labels.exclusive)
    members = tuple(tuple(models[name]) for name in plan.folds)
    ensemble = Ensemble(tuple(plan.folds), members, chosen.weights, chosen.calibration, binary, labels.exclusive,
                        source.latents if source else ())  # fmt: skip
    unseen = ensemble.combine(each)
    return Fitted(
        ensemble=ensemble,
        said=said,
        each=each,
        unseen=unseen,
        crossed=chosen.crossed.predictions,
        crossed_uncalibrated=chosen.crossed.uncalibrated,
        cuts=chosen.crossed.cuts,
        raw_cuts=chosen.crossed.raw_cuts,
        thresholds=choose_thresholds(exact, unseen, binary, rule, labels.exclusive),
        known=chosen.known,
        trust=chosen.trust,
        folds=tuple(most),
        histories=tuple(
            (f"{name} {place + 1}", history.train)
            for name in plan.folds
            for place, model in enumerate(models[name])
            if (history := getattr(model, "history", None)) is not None
        ),
        seconds=tuple(seconds[name] + choice.seconds.get(name, 0.0) for name in plan.folds),
        tried=choice.tried,
    )


def folds_by_learner(
    plan: Plan, folds_of: FoldsOf, labels: Measurements, kinds: Sequence[str]
) -> dict[str, list[Fold]]:  # fmt: skip
    """The folds of each learner; none where the rows have too few groups for folds."""
    folds = {count: _usable(folds_of, count, labels, kinds) for count in set(plan.folds.values())}
    if not all(folds.values()):  # what is chosen needs out-of-fold predictions of every learner
        folds = dict.fromkeys(folds, max(folds.values(), key=len))
    return {name: folds[count] for name, count in plan.folds.items()}


def _usable(folds_of: FoldsOf, count: int, labels: Measurements, kinds: Sequence[str]) -> list[Fold]:
    """Folds of which each leaves every target something to learn; fewer, or none, where there are none such."""
    for fewer in range(count, 1, -1):
        folds = folds_of(fewer)
        if len(folds) > 1 and all(_teaches(fold.train, labels, kinds) for fold in folds):
            return folds
    return []


def _teaches(train: np.ndarray, labels: Measurements, kinds: Sequence[str]) -> bool:
    exact = exact_values(labels)[train]
    measured = ~np.isnan(exact)
    counts = measured.sum(axis=0)
    classes = [len(np.unique(exact[~np.isnan(exact[:, k]), k])) for k in range(len(kinds))]
    for columns in labels.exclusive:  # a fold may lack a rare class
        for k in columns:
            classes[k] = int((exact[:, columns] == 1).any(axis=0).sum())
    both = all(kind != "binary" or count > 1 for kind, count in zip(kinds, classes, strict=True))
    weighs = (measured * labels.weights[train, None]).sum(axis=0) > 0
    return bool(counts.min() >= 2 and both and weighs.all())
