"""The search itself: trials are dealt to the learners in turn until there are enough, or the time is over."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from molkit.engine.workers import Job, WorkerPool, processors
from molkit.pipeline.progress import Progress
from molkit.tuning.study import Trial, ask, begin, counted, held, note_spent, quiet_optuna, read_trials, spent, writable
from molkit.tuning.trials import Bench, Search, Task, open_bench, run_trial

_MEMORY_MB = 1 << 20  # a fit has no limit of its own, as the reading of a structure has


@dataclass(frozen=True)
class Limits:
    """When a search ends, whichever comes first: `trials` of all learners, `seconds` of all calls together."""

    trials: int | None = None
    seconds: float | None = None


def search_options(
    search: Search, identity: Mapping[str, Any], limits: Limits, workers: int, progress: Progress
) -> tuple[tuple[Trial, ...], float]:
    """Go on with the search, or begin it, and give all of its trials and the seconds spent.

    With one worker a search makes the same trials every time, killed in between or not. Raises InputError if the
    file holds another search, OutputError if it cannot be written.
    """
    with held(search.path), quiet_optuna(), writable(search.path):
        bench = open_bench(search)
        try:
            begin(search.path, bench.studies, identity)
            return _go_on(bench, limits, workers, progress)
        finally:  # an interrupt may have left a transaction open, for which anything written now would wait
            bench.storage.remove_session()
            bench.storage.engine.dispose()


def _go_on(bench: Bench, limits: Limits, workers: int, progress: Progress) -> tuple[tuple[Trial, ...], float]:
    clock = _Clock(bench.studies)
    with _made(bench, _tasks(bench, limits, clock), workers) as results:
        for _ in results:
            clock.note()
            _tell(progress, bench.studies, limits, clock)
    return read_trials(bench.studies), spent(bench.studies)


class _Clock:
    """The seconds that this call and those before it have searched."""

    def __init__(self, studies: Mapping[str, Any]) -> None:
        self._studies = studies
        self._before, self._started = spent(studies), time.monotonic()

    @property
    def spent(self) -> float:
        return self._before + time.monotonic() - self._started

    def note(self) -> None:
        note_spent(self._studies, self.spent)


def _tasks(bench: Bench, limits: Limits, clock: _Clock) -> Iterator[Task]:
    """The next trial whenever somebody is free for it, of the learner that has the fewest."""
    search, studies = bench.search, bench.studies
    while True:
        counts = {learner: len(counted(study)) for learner, study in studies.items()}
        left = math.inf if limits.seconds is None else limits.seconds - clock.spent
        if left <= 0 or (limits.trials is not None and sum(counts.values()) >= limits.trials):
            return
        learner = min(counts, key=lambda name: counts[name])
        number = ask(studies[learner], search.spaces[learner], search.defaults[learner], search.seed)
        yield Task(learner, number, left)


@contextmanager
def _made(bench: Bench, tasks: Iterable[Task], workers: int) -> Iterator[Iterator[None]]:
    """The trials of the tasks, in this process or in several of its own."""
    count = workers or processors()
    if count == 1:
        yield map(partial(run_trial, bench), tasks)
        return
    job = Job("molkit.tuning.trials:open_bench", (bench.search,), "molkit.tuning.trials:run_trial")
    with WorkerPool(job, count, memory_mb=_MEMORY_MB) as pool:
        yield pool.map(tasks, in_order=False)


def _tell(progress: Progress, studies: Mapping[str, Any], limits: Limits, clock: _Clock) -> None:
    made = sum(len(counted(study)) for study in studies.values())
    if limits.trials is not None:
        progress("searching, trials", made, limits.trials, {})
    elif limits.seconds is not None:
        progress("searching, seconds", int(clock.spent), int(limits.seconds), {})
