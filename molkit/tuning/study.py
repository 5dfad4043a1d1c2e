"""The file that holds a search: one optuna study for each learner, in one SQLite file beside the model file."""

from __future__ import annotations

import json
import sqlite3
import statistics
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molkit.data.journal import lock_file
from molkit.data.write import write_error
from molkit.errors import InputError, OutputError
from molkit.learners.protocol import stream_seed
from molkit.learners.space import Choice, Space, Span

# What molkit writes beside optuna's own fields: of a trial, and of a study
PLACE, SECONDS, REASON = "place", "seconds", "reason"
IDENTITY, SPENT = "molkit search", "molkit seconds"
# Trials that are drawn at random before the sampler has something to go by, and that end before any is pruned.
_STARTUP_TRIALS = 6
_FEWEST_TO_PRUNE = 4
_SECONDS_FOR_OTHERS = 60.0  # that a process waits while another one writes


@dataclass(frozen=True)
class Trial:
    """One trial of a learner; `place` counts from 0, the default options.

    `state` is complete, pruned or failed; `value` is the score out of fold, of a pruned trial that of its first
    `folds` folds.
    """

    learner: str
    place: int
    state: str
    value: float | None
    folds: int
    options: dict[str, Any]
    seconds: float
    reason: str


def study_path(out: Path) -> Path:
    """Where the search for the options of a model file stands.

    >>> study_path(Path("a/assay.molkit")).name
    'assay.study.db'
    """
    return out.with_suffix(".study.db")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the file against other commands; raises InputError if it is no search, OutputError where none can be."""
    try:
        file = path.open("a+b")
    except OSError as error:
        raise write_error(path, error) from None
    with file:
        lock_file(path, file)
        _check(path)
        yield


def _check(path: Path) -> None:
    """Nothing but an empty file or a database of optuna may be written to."""
    if not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(path)) as database:
            tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    except sqlite3.DatabaseError:
        tables = {""}
    if tables and "studies" not in tables:
        raise InputError(f"{path}: is in the way and is no search of molkit; move it or choose another output.")


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Optuna without messages of its own."""
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Raise OutputError where the file cannot be written to, with the reason."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
        reason = " ".join(str(error.__cause__ or error).split())[:200]
        raise OutputError(f"{path}: the search cannot be kept there: {reason}") from error


def open_storage(path: Path) -> Any:
    """The file for optuna; raises InputError if another version of it wrote the file."""
    import optuna

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=_SECONDS_FOR_OTHERS, check_same_thread=False)

    try:  # an address cannot hold every name that a file can have
        return optuna.storages.RDBStorage("sqlite:///study", engine_kwargs={"creator": connect})
    except RuntimeError as error:
        raise InputError(
            f"{path}: was written by another version of optuna ({error}); delete it to begin anew."
        ) from error


def open_studies(storage: Any, learners: Iterable[str], higher: bool) -> dict[str, Any]:
    """The optuna study of every learner, made if it is not there yet."""
    import optuna

    return {
        learner: optuna.create_study(
            storage=storage,
            study_name=learner,
            sampler=optuna.samplers.RandomSampler(),  # `ask` brings its own
            pruner=optuna.pruners.NopPruner(),  # see `behind`
            direction="maximize" if higher else "minimize",
            load_if_exists=True,
        )
        for learner in learners
    }


def begin(path: Path, studies: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Go on with a search, or begin it; trials that a killed process left are given up, to be made again.

    `identity` says by JSON values under readable names what decides a trial. Raises InputError with what differs
    if the file holds another search.
    """
    import optuna

    now = json.loads(json.dumps(identity))
    for study in studies.values():
        before = study.user_attrs.get(IDENTITY, {})
        if before != now and (before or study.get_trials(deepcopy=False)):
            differ = [key for key in now if before.get(key) != now[key]]
            raise InputError(
                f"{path}: holds a search with other {', '.join(differ)}. Repeat its command to continue it, choose "
                "another -o, or delete the file to begin anew."
            )
    for study in studies.values():
        study.set_user_attr(IDENTITY, now)
        for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def counted(study: Any) -> list[Any]:
    """The trials that need not be made again: those that ended by themselves, and those under way."""
    import optuna

    states = optuna.trial.TrialState
    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if PLACE in trial.user_attrs
        and trial.state != states.WAITING
        and (trial.state != states.FAIL or REASON in trial.user_attrs)
    ]


def ask(study: Any, space: Space, defaults: Mapping[str, Any], seed: int) -> int:
    """Begin a trial and give its number in the study: the default options first, then what a sampler suggests.

    The sampler is a tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011). Its seed is that of the place
    of the trial, so that one that is made again after a kill has the same options.
    """
    import optuna

    taken = {trial.user_attrs[PLACE] for trial in counted(study)}
    place = next(number for number in range(len(taken) + 1) if number not in taken)
    waiting = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
    if place == 0 and not waiting:
        study.enqueue_trial(dict(defaults))
    study.sampler = optuna.samplers.TPESampler(
        seed=stream_seed(seed, f"{study.study_name} trial {place}"),
        n_startup_trials=_STARTUP_TRIALS,
        multivariate=True,
        constant_liar=True,
    )
    trial = study.ask({name: distribution(among) for name, among in space.items()})
    trial.set_user_attr(PLACE, place)
    return int(trial.number)


def behind(study: Any, step: int, value: float) -> bool:
    """Whether a score after fold `step` is worse than the middle of what complete trials had there.

    The median stopping rule (Golovin et al., KDD 2017). Optuna's own pruner takes the best of a trial's steps, which
    of folds is the luckiest one.
    """
    import optuna

    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    earlier = [trial.intermediate_values[step] for trial in complete if step in trial.intermediate_values]
    if len(earlier) < _FEWEST_TO_PRUNE:
        return False
    higher = study.direction == optuna.study.StudyDirection.MAXIMIZE
    return value < statistics.median(earlier) if higher else value > statistics.median(earlier)


def distribution(among: Span | Choice) -> Any:
    """The same values as optuna names them."""
    import optuna

    if isinstance(among, Choice):
        return optuna.distributions.CategoricalDistribution(among.values)
    if among.whole:
        return optuna.distributions.IntDistribution(int(among.low), int(among.high), log=among.log)
    return optuna.distributions.FloatDistribution(among.low, among.high, log=among.log)


def read_trials(studies: Mapping[str, Any]) -> tuple[Trial, ...]:
    """Every trial that ended by itself, by learner and place."""
    return tuple(
        Trial(
            learner,
            trial.user_attrs[PLACE],
            {"FAIL": "failed"}.get(trial.state.name, trial.state.name.lower()),
            trial.value if trial.value is not None else _last(trial),
            len(trial.intermediate_values) + (trial.state.name == "COMPLETE"),
            dict(trial.params),
            trial.user_attrs.get(SECONDS, 0.0),
            trial.user_attrs.get(REASON, ""),
        )
        for learner, study in studies.items()
        for trial in sorted(counted(study), key=lambda trial: trial.user_attrs[PLACE])
        if trial.state.is_finished()
    )


def _last(trial: Any) -> float | None:
    return trial.intermediate_values[max(trial.intermediate_values)] if trial.intermediate_values else None


def spent(studies: Mapping[str, Any]) -> float:
    """The seconds that all calls together have searched."""
    return float(studies[min(studies)].user_attrs.get(SPENT, 0.0))


def note_spent(studies: Mapping[str, Any], seconds: float) -> None:
    """Write them down."""
    studies[min(studies)].set_user_attr(SPENT, seconds)
