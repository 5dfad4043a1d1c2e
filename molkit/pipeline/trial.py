"""One fit and what it says of compounds that it has not seen; several of them for repeats and outer folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.batching import take
from molkit.data.folds import Fold, fold_rows, plain_folds
from molkit.data.quantities import called_classes
from molkit.data.split import Rows
from molkit.errors import InputError
from molkit.evaluation.class_sets import with_called
from molkit.evaluation.metrics import find_metric
from molkit.features.inputs import keeps_rows
from molkit.learners.protocol import stream_seed
from molkit.learners.stack import disagreement, uncalibrated
from molkit.neighbours import Sketches
from molkit.pipeline.choosing import fold_numbers
from molkit.pipeline.cold import cold_folds_of, is_cold
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.pipeline.fitting import Fitted, fit_ensemble
from molkit.pipeline.opponents import baselines
from molkit.pipeline.plan import Plan
from molkit.pipeline.policies import feature_options
from molkit.pipeline.pretrained import Source
from molkit.pipeline.progress import Progress
from molkit.trust import Familiarity, Trust, fit_trust
from molkit.types import Split

# The median, not the mean, is what these scores reward.
_ABSOLUTE = ("MAE",)


@dataclass(frozen=True)
class Judged:
    """What is told beside predictions of n compounds.

    `half` [n, K] are the half widths of 90 % intervals, `sets` [n, K, 2] the classes that cannot be ruled out (1, 0),
    both NaN where there is none; `similarity` [n] is that to the nearest compound predicted from, `verdicts` [n] are
    in, edge or out ("": none).
    """

    half: np.ndarray
    sets: np.ndarray
    similarity: np.ndarray
    verdicts: np.ndarray


@dataclass(frozen=True)
class Unseen:
    """Predictions [n, K] of compounds `rows` [n] by methods that have not seen them.

    `cuts` are the thresholds of the stack, `raw_cuts` the same before calibration, for its learners; `judged` is what
    the stack tells beside its predictions. `folds` is how many folds the rows are pooled from (0: one test part),
    `learners`
    are those of the methods that are learners of the stack.
    """

    rows: np.ndarray
    methods: dict[str, np.ndarray]
    cuts: np.ndarray
    raw_cuts: np.ndarray
    judged: Judged
    folds: int = 0
    learners: tuple[str, ...] = ()

    def thresholds(self, method: str) -> np.ndarray:
        """Thresholds [n, K] of a method's probabilities."""
        if method == "molkit":
            return self.cuts
        return self.raw_cuts if method in self.learners else np.full_like(self.cuts, 0.5)


@dataclass(frozen=True)
class Material:
    """What every fit of one run shares."""

    dataset: Dataset
    kinds: tuple[str, ...]
    rows: Rows
    plan: Plan
    config: RunConfig
    sketches: Sketches | None  # of all rows, if there is something to tell similarity by
    source: Source | None = None  # an encoder that was trained before

    @property
    def featurizers(self) -> dict[str, dict[str, Any]]:
        """Options of each featurizer that has any."""
        return {**feature_options(self.config), **(self.source.options if self.source else {})}

    @property
    def keeps_rows(self) -> bool:
        """Whether the model file is to hold what was learned from, as no input of it is private."""
        return self.config.with_structures and keeps_rows(self.dataset.inputs) and self.sketches is not None

    def folds(self, among: np.ndarray, count: int, seed: int) -> list[Fold]:
        """Folds of some rows by the groups of the run's split."""
        own_seed = stream_seed(seed, "folds")
        if is_cold(self.config.split):
            return cold_folds_of(self.dataset, self.kinds, self.config.split, among, count, own_seed)
        method = "column" if self.config.split_file else self.config.split
        return plain_folds(among, fold_rows(self.rows, among, method, count, own_seed))


def fit_on(material: Material, rows: np.ndarray, seed: int, progress: Progress) -> Fitted:
    """The plan's ensemble, fitted on some rows of a run's data."""
    config, dataset = material.config, material.dataset
    return fit_ensemble(
        dataset.columns,
        dataset.measurements,
        material.kinds,
        rows,
        material.plan,
        lambda count: material.folds(rows, count, seed),
        objective(config),
        seed,
        config.workers,
        progress,
        material.sketches if material.keeps_rows else None,
        material.dataset.kinds,
        material.source,
    )


def objective(config: RunConfig) -> str:
    """What learners make small, from the score that matters."""
    return "absolute" if config.metric and find_metric(config.metric).name in _ABSOLUTE else "squared"


def predict_unseen(material: Material, fitted: Fitted, train: np.ndarray, test: np.ndarray) -> Unseen:
    """What the fit, each of its learners and the baselines say of rows `test`."""
    columns = take({key: material.dataset.columns[key] for key in fitted.ensemble.needs}, test)
    said = fitted.ensemble.predict_models(columns)
    each = [part.mean(axis=0) for part in said]
    combined = fitted.ensemble.combine(each)
    cuts = np.tile(np.array(fitted.thresholds), (len(test), 1))
    raw = uncalibrated(cuts, fitted.ensemble.calibration, fitted.ensemble.binary)
    opponents, similarity = baselines(material, train, test)
    apart = disagreement(said, fitted.trust.floors)
    known = Familiarity(len(test), apart, similarity if material.keeps_rows else None)
    methods = {"molkit": combined, **_named(fitted, each), **opponents}
    called = called_classes(combined, cuts, fitted.ensemble.exclusive)
    judged = judge(fitted.trust, known, combined, called, similarity)
    return Unseen(test, methods, cuts, raw, judged, learners=fitted.ensemble.names)


def judge(
    trust: Trust, known: Familiarity, predictions: np.ndarray, called: np.ndarray, similarity: np.ndarray
) -> Judged:
    """What is told beside the predictions [n, K] of rows of which that is known; `called` [n, K] is what they say."""
    nothing = np.full(len(predictions), np.nan)
    halves = [nothing if half is None else half for half in trust.half_widths(known)]
    sets = [np.stack([nothing, nothing], axis=1) if found is None else with_called(found, called[:, k])
            for k, found in enumerate(trust.sets(predictions))]  # fmt: skip
    verdicts = trust.verdicts(known) or [""] * len(predictions)
    return Judged(np.stack(halves, axis=1), np.stack(sets, axis=1).astype(float), similarity, np.array(verdicts, "U4"))


def out_of_fold(material: Material, fitted: Fitted) -> Unseen:
    """What the fold models say of the rows that each was not fitted on, chosen from what they say of others."""
    rows, _ = fold_numbers(fitted.held_out)
    methods = {"molkit": fitted.crossed[rows], **_named(fitted, [part[rows] for part in fitted.each])}
    opponents: dict[str, np.ndarray] = {}
    similarity = np.full(len(fitted.crossed), np.nan)
    for fold in fitted.folds:
        found, similarity[fold.held_out] = baselines(material, fold.train, fold.held_out)
        for name, values in found.items():
            opponents.setdefault(name, np.full(fitted.crossed.shape, np.nan))[fold.held_out] = values
    methods |= {name: values[rows] for name, values in opponents.items()}
    judged = _judged_out_of_fold(material, fitted, similarity)
    cuts, raw, count = fitted.cuts[rows], fitted.raw_cuts[rows], len(fitted.held_out)
    return Unseen(rows, methods, cuts, raw, judged, count, fitted.ensemble.names)


def _judged_out_of_fold(material: Material, fitted: Fitted, similarity: np.ndarray) -> Judged:
    """Of every fold's rows, by what the errors of the other folds' rows say.

    Those errors are of an ensemble whose weights were chosen with this fold among others, the one thing it enters.
    """
    rows, folds = fold_numbers(fitted.held_out)
    exact = exact_values(material.dataset.measurements)
    parts = []
    for fold in np.unique(folds):
        own, others, numbers = rows[folds == fold], rows[folds != fold], folds[folds != fold]
        trust = fit_trust(
            exact[others],
            fitted.crossed[others],
            material.kinds,
            fitted.known.take(others),
            fitted.trust.floors,
            numbers,
        )
        called = called_classes(fitted.crossed[own], fitted.cuts[own], fitted.ensemble.exclusive)
        parts.append(judge(trust, fitted.known.take(own), fitted.crossed[own], called, similarity[own]))
    return _joined(parts, np.argsort(np.argsort(folds, kind="stable")), len(material.kinds))


def _joined(parts: Sequence[Judged], order: np.ndarray, targets: int) -> Judged:
    """What is told of several groups of compounds, one after the other, in another order."""
    if not parts:
        return Judged(np.empty((0, targets)), np.empty((0, targets, 2)), np.empty(0), np.empty(0, "U4"))
    return Judged(*(np.concatenate([getattr(part, f.name) for part in parts])[order] for f in fields(Judged)))


def cross_validate(material: Material, seed: int, progress: Progress) -> Unseen:
    """Every row predicted by a whole fit, stacking included, that has not seen it.

    Raises InputError where all compounds are one group.
    """
    everything = np.arange(len(material.dataset))
    folds = material.folds(everything, material.config.folds, stream_seed(seed, "outer folds"))
    if not folds:
        raise InputError(
            f"--folds: all {material.dataset.noun}s are one group that no fold may part; try --split random"
        )
    parts = []
    for fold in folds:
        fitted = fit_on(material, fold.train, seed, progress)
        parts.append(predict_unseen(material, fitted, fold.train, fold.held_out))
    order = np.argsort(np.concatenate([part.rows for part in parts]))
    methods = {name: np.concatenate([part.methods[name] for part in parts])[order] for name in parts[0].methods}
    joined = [np.concatenate([getattr(part, name) for part in parts])[order] for name in ("rows", "cuts", "raw_cuts")]
    judged = _joined([part.judged for part in parts], order, len(material.kinds))
    return Unseen(joined[0], methods, joined[1], joined[2], judged, len(folds), parts[0].learners)


def development_rows(split: Split) -> np.ndarray:
    """Rows that are fitted on: training and validation, as folds do the choosing."""
    return np.array(sorted(split.train + split.valid), np.int64)


def _named(fitted: Fitted, each: list[np.ndarray]) -> dict[str, np.ndarray]:
    names = fitted.ensemble.names
    return dict(zip(names, each, strict=True)) if len(names) > 1 else {}
