"""Fold models of several learners; everything else is chosen from what they say of rows they have not seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from molkit.data.batching import Columns, take
from molkit.domain import held_out_similarity
from molkit.engine.workers import processors
from molkit.errors import InputError
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

    `each` (M times [n, K]) and `unseen` [n, K] are predictions of every row by models that were not fitted
    on it, NaN for rows outside. For `crossed` and its `cuts` (thresholds per row; `raw_cuts` those of learners,
    before calibration) weights, calibration and threshold are chosen on other folds' rows. `known` is
    what was known of every row before, and `trust` what `crossed` says of the errors to expect.
    """

    ensemble: Ensemble
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
    folds = {count: _usable(folds_of, count, rows, labels, kinds) for count in set(plan.folds.values())}
    if not all(folds.values()):  # what is chosen needs out-of-fold predictions of every learner
        folds = dict.fromkeys(folds, max(folds.values(), key=len))
    held_out = {name: folds[count] for name, count in plan.folds.items()}
    models = _fit_models(columns, labels, kinds, rows, plan, held_out, objective, seed, workers, progress)
    exact = exact_values(labels)
    each = tuple(_unseen(models[name], held_out[name], columns, exact.shape) for name in plan.folds)
    binary = np.array([kind == "binary" for kind in kinds])
    most = max(held_out.values(), key=len)
    chosen = choose_all(each, exact, most, kinds, None if bits is None else held_out_similarity(bits, most))
    members = tuple(tuple(models[name]) for name in plan.folds)
    ensemble = Ensemble(tuple(plan.folds), members, chosen.weights, chosen.calibration, binary)
    unseen = ensemble.combine(each)
    return Fitted(
        ensemble=ensemble,
        each=each,
        unseen=unseen,
        crossed=chosen.crossed.predictions,
        crossed_uncalibrated=chosen.crossed.uncalibrated,
        cuts=chosen.crossed.cuts,
        raw_cuts=chosen.crossed.raw_cuts,
        thresholds=choose_thresholds(exact, unseen, binary),
        known=chosen.known,
        trust=chosen.trust,
        held_out=tuple(most),
        histories=tuple(
            (f"{name} {place + 1}", history.train)
            for name in plan.folds
            for place, model in enumerate(models[name])
            if (history := getattr(model, "history", None)) is not None
        ),
    )


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
) -> dict[str, list[Learner]]:
    """The fold models of every learner, fitted in as many threads as workers, each learner on one core.

    One core each makes the result independent of how many there are.
    """
    nothing = np.empty(0, np.int64)
    tasks = [
        (name, place, np.setdiff1d(rows, fold))
        for name in sorted(plan.folds, key=WITHOUT_TORCH.__contains__)  # the longest first
        for place, fold in enumerate(held_out[name] or [nothing])
    ]
    shares = _Shares(len(tasks), progress)
    sizes = {"width": plan.width, "depth": plan.depth}
    models = {name: [new_learner(name, kinds, objective=objective, epochs=plan.epochs, **sizes,
                                 changes=plan.options.get(name), augment=plan.augment)
                     for _ in held_out[name] or [nothing]] for name in plan.folds}  # fmt: skip

    def run(task: int) -> None:
        name, place, train = tasks[task]
        own_seed = stream_seed(seed, f"{name} model {place}")
        try:
            models[name][place].fit(columns, labels, train, nothing, own_seed, shares.listener(task))
        except FloatingPointError as error:
            raise InputError(f"{name}: {error}; if values span many powers of ten, try --log") from error

    with _one_thread(plan), ThreadPoolExecutor(workers or processors()) as pool:
        waiting = [pool.submit(run, task) for task in range(len(tasks))]
        try:
            for future in as_completed(waiting):
                future.result()
        except BaseException:
            shares.stopped.set()
            for future in waiting:
                future.cancel()
            raise
    return models


@contextmanager
def _one_thread(plan: Plan) -> Iterator[None]:
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
    unseen = np.full(shape, np.nan)
    for model, fold in zip(models, folds, strict=False):  # without folds there is one model and nothing unseen
        unseen[fold] = model.predict(take({key: columns[key] for key in model.needs}, fold))
    return unseen
