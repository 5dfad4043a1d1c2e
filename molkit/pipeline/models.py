"""Fits the models of every learner of a plan side by side, and predicts with each what it was not fitted on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from molkit.data.batching import Columns, take
from molkit.data.folds import Fold
from molkit.data.quantities import sum_to_one
from molkit.engine.workers import processors
from molkit.errors import InputError
from molkit.learners import new_learner
from molkit.learners.inputs import DRUG
from molkit.learners.protocol import Learner, stream_seed
from molkit.pipeline.plan import WITHOUT_TORCH, Plan
from molkit.pipeline.pretrained import Source
from molkit.pipeline.progress import Progress
from molkit.types import Measurements

Models = dict[str, list[Learner]]  # of each learner, all folds of one seed after the other
NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True)
class Work:
    """What every fit of one ensemble shares: packed columns and labels of all rows, and the `rows` to fit on."""

    columns: Columns
    labels: Measurements
    kinds: tuple[str, ...]
    rows: np.ndarray
    objective: str
    seed: int
    workers: int = 0
    progress: Progress | None = None
    inputs: Mapping[str, str] = field(default_factory=lambda: DRUG)  # kinds by name
    source: Source | None = None


def fit_models(
    work: Work, plan: Plan, folds: Mapping[str, Sequence[Fold]], ready: Mapping[str, Sequence[Learner]]
) -> tuple[Models, dict[str, float]]:
    """The models of every learner, all folds of one seed after the other, and the core-seconds that these took.

    They are fitted in as many threads as workers, each on one core, which makes the result independent of how many
    there are. The first seed's models are those of a plan with one; `ready` are the first ones of some learners.
    """
    sizes = {name: max(len(folds[name]), 1) * plan.seeds_of(name) for name in plan.folds}
    models = {name: [*ready.get(name, ())] for name in plan.folds}
    tasks = []
    for name in sorted(plan.folds, key=WITHOUT_TORCH.__contains__):  # the longest first
        tasks += [(name, place) for place in range(len(models[name]), sizes[name])]
        new = sizes[name] - len(models[name])
        models[name] += [planned(plan, name, work.kinds, work.objective, work.inputs, work.source) for _ in range(new)]
    took = [0.0] * len(tasks)
    shares = _Shares(len(tasks), work.progress)

    def run(task: int) -> None:
        name, place = tasks[task]
        start, own = time.thread_time(), folds[name]
        train = own[place % len(own)].train if own else work.rows
        listener = shares.listener(task)
        fit_model(models[name][place], name, place, work.columns, work.labels, train, work.seed, listener)
        took[task] = time.thread_time() - start

    with one_thread(plan), ThreadPoolExecutor(work.workers or processors()) as pool:
        waiting = [pool.submit(run, task) for task in range(len(tasks))]
        try:
            for future in as_completed(waiting):
                future.result()
        except BaseException:
            shares.stopped.set()
            for future in waiting:
                future.cancel()
            raise
    of = [name for name, _ in tasks]
    return models, {name: sum(t for own, t in zip(of, took, strict=True) if own == name) for name in plan.folds}


def planned(
    plan: Plan,
    name: str,
    kinds: Sequence[str],
    objective: str,
    inputs: Mapping[str, str] = DRUG,
    source: Source | None = None,
) -> Learner:
    """An unfitted learner as the plan wants it; `inputs` are kinds by name, `source` is an encoder that it may use."""
    sizes = {"epochs": plan.epochs, "width": plan.width, "depth": plan.depth}
    return new_learner(name, kinds, objective=objective, **sizes, changes=plan.options.get(name), augment=plan.augment,
                       inputs=inputs, vectors=source.vectors if source else (),
                       start=source.start if source else None)  # fmt: skip


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
    try:
        model.fit(columns, labels, train, NOTHING, stream_seed(seed, f"{name} model {place}"), progress)
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


def unseen_by(models: Sequence[Learner], folds: Sequence[Fold], work: Work) -> np.ndarray:
    """What the models of each seed say of the rows of their fold, [seeds, n, K], NaN for other rows."""
    shape = work.labels.values.shape
    unseen = np.full((len(models) // max(len(folds), 1), *shape), np.nan)
    for place, model in enumerate(models if folds else ()):  # without folds nothing is unseen
        seed, fold = place // len(folds), folds[place % len(folds)].held_out
        said = model.predict(take({key: work.columns[key] for key in model.needs}, fold))
        unseen[seed, fold] = sum_to_one(said, work.labels.exclusive)
    return unseen
