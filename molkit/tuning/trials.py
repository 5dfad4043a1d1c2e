"""One trial: a learner's fold models with some options, scored on the rows that each has not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.batching import Columns, take
from molkit.data.folds import Fold
from molkit.engine.jobs import IDLE, Tick
from molkit.errors import InputError
from molkit.learners.inputs import DRUG
from molkit.learners.space import Space
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.models import fit_model, one_thread, planned
from molkit.pipeline.plan import Plan
from molkit.tuning.goal import Goal
from molkit.tuning.study import REASON, SECONDS, behind, open_storage, open_studies
from molkit.types import Measurements


@dataclass(frozen=True)
class Search:
    """What every trial shares: the n compounds that may be learned from, with no label of those for testing.

    `folds` are those of each learner, `plan` says what is not searched, `spaces` what is, by learner.
    """

    path: Path
    columns: Columns
    labels: Measurements
    kinds: tuple[str, ...]
    plan: Plan
    objective: str
    folds: Mapping[str, list[Fold]]
    spaces: Mapping[str, Space]
    defaults: Mapping[str, dict[str, Any]]
    goal: Goal
    seed: int
    inputs: Mapping[str, str] = field(default_factory=lambda: DRUG)  # kinds by name


@dataclass(frozen=True)
class Task:
    """A trial that was asked for, by its number in the study, and the seconds that it may take."""

    learner: str
    number: int
    seconds: float


class _TimeUp(Exception):
    """Ends a fit when the time of the search is over."""


class _Pruned(Exception):
    """Ends a trial that is worse than the middle of the earlier ones."""


@dataclass(frozen=True)
class Bench:
    """A search with its opened studies; what a process that makes trials holds."""

    search: Search
    storage: Any
    studies: Mapping[str, Any]


def open_bench(search: Search) -> Bench:
    """The studies of a search, opened once for every process."""
    storage = open_storage(search.path)
    return Bench(search, storage, open_studies(storage, search.spaces, search.goal.higher))


def run_trial(bench: Bench, task: Task, tick: Tick = lambda row: None, skip: object = None) -> None:
    """Make a trial and write down in its study how it ended; the last two arguments are those of any worker's job.

    A fit that fails is a failed trial, with a reason; one without was cut short by the time, and is made again.
    """
    import optuna

    search, study, storage = bench.search, bench.studies[task.learner], bench.storage
    named = storage.get_study_id_from_name(task.learner)
    trial = optuna.trial.Trial(study, storage.get_trial_id_from_study_id_trial_number(named, task.number))
    started = time.monotonic()

    def on_time(done: int = 0, total: int = 0, figures: object = None) -> None:
        tick(IDLE)  # ends a worker whose caller is gone
        if time.monotonic() - started > task.seconds:
            raise _TimeUp

    def report(step: int, value: float) -> None:
        if np.isfinite(value):
            trial.report(value, step)
            if behind(study, step, value):
                raise _Pruned

    states, value = optuna.trial.TrialState, None
    try:
        value = out_of_fold_score(search, task.learner, trial.params, report, on_time)
        state = states.COMPLETE if np.isfinite(value) else states.FAIL
        if state == states.FAIL:
            trial.set_user_attr(REASON, f"{search.goal.name} is undefined or not finite")
    except _Pruned:
        state = states.PRUNED
    except _TimeUp:
        state = states.FAIL
    except InputError as error:
        state = states.FAIL
        trial.set_user_attr(REASON, str(error))
    trial.set_user_attr(SECONDS, time.monotonic() - started)
    study.tell(trial, value if state == states.COMPLETE else None, state)


def out_of_fold_score(
    search: Search,
    learner: str,
    options: Mapping[str, Any],
    report: Callable[[int, float], None],
    on_time: Callable[..., None],
) -> float:
    """The score of a learner with these options over all folds; `report(fold, score of the folds so far)` may raise.

    The fold models are those that a run with these options fits.
    """
    plan = replace(search.plan, options={learner: {**search.plan.options.get(learner, {}), **options}})
    exact = exact_values(search.labels)
    said, seen = np.full(exact.shape, np.nan), np.zeros(len(exact), bool)
    score, folds = np.nan, search.folds[learner]
    with one_thread(replace(plan, folds={learner: len(folds)})):
        for place, fold in enumerate(folds):
            model = planned(plan, learner, search.kinds, search.objective, search.inputs)
            fit_model(model, learner, place, search.columns, search.labels, fold.train, search.seed, on_time)
            own = {key: search.columns[key] for key in model.needs}
            said[fold.held_out] = model.predict(take(own, fold.held_out))
            seen[fold.held_out] = True
            score = search.goal.score(exact[seen], said[seen])
            if place + 1 < len(folds):
                report(place, score)
                on_time()
    return score
