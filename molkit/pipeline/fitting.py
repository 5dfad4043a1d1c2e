"""Fold models of several learners; everything else is chosen from what they say of rows they have not seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns, take
from molkit.domain import held_out_similarity
from molkit.engine.workers import processors
from molkit.errors import InputError
from molkit.evaluation.thresholds import read_rule
from molkit.learners import new_learner
from molkit.learners.protocol import Learner, stream_seed
from molkit.learners.stack import Ensemble
from molkit.pipeline.choosing import choose_all, choose_thresholds
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.plan import WITHOUT_TORCH, Plan
from molkit.pipeline.progress import Progress
from molkit.trust import Familiarity, Trust
from molkit.types import Measurements

FoldsOf = Callable[[int], list[np.ndarray]]  # a number of folds -> held-out rows of each


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
    held_out: tuple[np.ndarray, ...]  # the folds of the learner with most
    histories: tuple[tuple[str, tuple[float, ...]], ...]  # training loss of the networks
    seconds: tuple[float, ...]  # of a core, measured, that the models of each learner took


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
    bits: np.ndarray | None = None,
) -> Fitted:
    """Fit the plan's learners on `rows`; with too few groups for folds, one model each and nothing chosen.

    `bits` are the packed fingerprints of all rows, uint8 [n, bytes], if similarity may tell of errors.
    Raises InputError for labels that a learner cannot learn.
    """
    held_out = folds_by_learner(plan, folds_of, rows, labels, kinds)
    models, seconds = _fit_models(columns, labels, kinds, rows, plan, held_out, objective, seed, workers, progress)
    exact = exact_values(labels)
    said = tuple(_unseen(models[name], held_out[name], columns, exact.shape) for name in plan.folds)
    each = tuple(part.mean(axis=0) for part in said)
    binary = np.array([kind == "binary" for kind in kinds])
    most = max(held_out.values(), key=len)
    similarity = None if bits is None else held_out_similarity(bits, most)
    rule = read_rule(plan.threshold)
    chosen = choose_all(said, exact, most, kinds, similarity, plan.combine, rule)
    members = tuple(tuple(models[name]) for name in plan.folds)
    ensemble = Ensemble(tuple(plan.folds), members, chosen.weights, chosen.calibration, binary)
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
        thresholds=choose_thresholds(exact, unseen, binary, rule),
        known=chosen.known,
        trust=chosen.trust,
        held_out=tuple(most),
        histories=tuple(
            (f"{name} {place + 1}", history.train)
            for name in plan.folds
            for place, model in enumerate(models[name])
            if (history := getattr(model, "history", None)) is not None
        ),
        seconds=tuple(seconds[name] for name in plan.folds),
    )


def folds_by_learner(
    plan: Plan, folds_of: FoldsOf, rows: np.ndarray, labels: Measurements, kinds: Sequence[str]
) -> dict[str, list[np.ndarray]]:
    """Held-out rows of each fold model of each learner; none where the rows have too few groups for folds."""
    folds = {count: _usable(folds_of, count, rows, labels, kinds) for count in set(plan.folds.values())}
    if not all(folds.values()):  # what is chosen needs out-of-fold predictions of every learner
        folds = dict.fromkeys(folds, max(folds.values(), key=len))
    return {name: folds[count] for name, count in plan.folds.items()}


def _usable(
    folds_of: FoldsOf, count: int, rows: np.ndarray, labels: Measurements, kinds: Sequence[str]
) -> list[np.ndarray]:
    """Folds of which each leaves every target something to learn; fewer, or none, where there are none such."""
    for fewer in range(count, 1, -1):
        folds = folds_of(fewer)
        if len(folds) > 1 and all(_teaches(np.setdiff1d(rows, fold), labels, kinds) for fold in folds):
            return folds
    return []


def _teaches(train: np.ndarray, labels: Measurements, kinds: Sequence[str]) -> bool:
    exact = exact_values(labels)[train]
    measured = ~np.isnan(exact)
    counts = measured.sum(axis=0)
    classes = [len(np.unique(exact[~np.isnan(exact[:, k]), k])) for k in range(len(kinds))]
    both = all(kind != "binary" or count > 1 for kind, count in zip(kinds, classes, strict=True))
    weighs = (measured * labels.weights[train, None]).sum(axis=0) > 0
    return bool(counts.min() >= 2 and both and weighs.all())


def _fit_models(
    columns: Columns,
    labels: Measurements,
    kinds: Sequence[str],
    rows: np.ndarray,
    plan: Plan,
    held_out: Mapping[str, list[np.ndarray]],
    objective: str,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> tuple[dict[str, list[Learner]], dict[str, float]]:
    """The models of every learner, all folds of one seed after the other, and the core-seconds that these took.

    They are fitted in as many threads as workers, each on one core, which makes the result independent of how many
    there are. The first seed's models are those of a plan with one.
    """
    nothing = np.empty(0, np.int64)
    tasks = [
        (name, place, np.setdiff1d(rows, fold))
        for name in sorted(plan.folds, key=WITHOUT_TORCH.__contains__)  # the longest first
        for place, fold in enumerate((held_out[name] or [nothing]) * plan.seeds_of(name))
    ]
    took = [0.0] * len(tasks)
    shares = _Shares(len(tasks), progress)
    models = {name: [planned(plan, name, kinds, objective)
                     for _ in (held_out[name] or [nothing]) * plan.seeds_of(name)] for name in plan.folds}  # fmt: skip

    def run(task: int) -> None:
        name, place, train = tasks[task]
        start = time.thread_time()
        fit_model(models[name][place], name, place, columns, labels, train, seed, shares.listener(task))
        took[task] = time.thread_time() - start

    with one_thread(plan), ThreadPoolExecutor(workers or processors()) as pool:
        waiting = [pool.submit(run, task) for task in range(len(tasks))]
        try:
            for future in as_completed(waiting):
                future.result()
        except BaseException:
            shares.stopped.set()
            for future in waiting:
                future.cancel()
            raise
    of = [name for name, _, _ in tasks]
    return models, {name: sum(t for own, t in zip(of, took, strict=True) if own == name) for name in plan.folds}


def planned(plan: Plan, name: str, kinds: Sequence[str], objective: str) -> Learner:
    """An unfitted learner as the plan wants it."""
    sizes = {"epochs": plan.epochs, "width": plan.width, "depth": plan.depth}
    return new_learner(name, kinds, objective=objective, **sizes, changes=plan.options.get(name))


def fit_model(
    model: Learner,
    name: str,
    place: int,
    columns: Columns,
    labels: Measurements,
    train: np.ndarray,
    seed: int,
    progress: Callable[[int, int, dict[str, float]], None],
) -> None:
    """Fit fold model number `place` of a learner on rows `train`; raises InputError where numbers overflow."""
    nothing = np.empty(0, np.int64)
    try:
        model.fit(columns, labels, train, nothing, stream_seed(seed, f"{name} model {place}"), progress)
    except FloatingPointError as error:
        raise InputError(f"{name}: {error}; if values span many powers of ten, try --log") from error


@contextmanager
def one_thread(plan: Plan) -> Iterator[None]:
    """Each network on one core while several are trained."""
    if WITHOUT_TORCH.issuperset(plan.folds):
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Stopped(Exception):
    """Ends a fit whose result nobody waits for."""


class _Shares:
    """Progress of several fits as one number."""

    def __init__(self, tasks: int, progress: Progress | None) -> None:
        self.stopped = threading.Event()
        self._done = [0.0] * tasks
        self._progress = progress
        self._lock = threading.Lock()

    def listener(self, task: int) -> Callable[[int, int, dict[str, float]], None]:
        """What one fit reports to; raises where the whole run was stopped."""

        def listen(done: int, total: int, figures: dict[str, float]) -> None:
            if self.stopped.is_set():
                raise _Stopped
            with self._lock:
                self._done[task] = done / max(total, 1)
                if self._progress:
                    self._progress("training", int(100 * sum(self._done)), 100 * len(self._done), {})

        return listen


def _unseen(
    models: Sequence[Learner], folds: Sequence[np.ndarray], columns: Columns, shape: tuple[int, ...]
) -> np.ndarray:
    """What the models of each seed say of the rows of their fold, [seeds, n, K]."""
    unseen = np.full((len(models) // max(len(folds), 1), *shape), np.nan)
    for place, model in enumerate(models if folds else ()):  # without folds nothing is unseen
        seed, fold = place // len(folds), folds[place % len(folds)]
        unseen[seed, fold] = model.predict(take({key: columns[key] for key in model.needs}, fold))
    return unseen
