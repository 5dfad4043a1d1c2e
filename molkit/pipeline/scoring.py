"""What is wanted of models, by whom it is worked out, and what is to be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from molkit.data.prepared import CHUNK
from molkit.engine.columns import NOVELTY, STRUCTURE_GROUPS, Prevalences, joint_names, shared_names
from molkit.engine.workers import Job, WorkerPool
from molkit.errors import InputError
from molkit.evaluation.conformal import conformal_quantile
from molkit.features.inputs import called, keeps_rows, noun_of, seconds_per_row
from molkit.pipeline.novelty import novelty_notes
from molkit.pipeline.opened import Model
from molkit.pipeline.prevalence import prevalence_notes
from molkit.trust import trust_from_bundle

SCORE = "molkit.engine.score:score_chunk"


@dataclass(frozen=True)
class Scoring:
    """Models, what is wanted of them, and an autoencoder that tells novelty: see `molkit.engine.scorer`."""

    models: tuple[Model, ...]
    groups: tuple[str, ...]
    exact: bool = False
    level: int = 90
    prevalences: tuple[tuple[str, float], ...] = ()
    novelty: Model | None = None

    @property
    def own_names(self) -> list[dict[str, str]]:
        """For each model, the output's names of the columns that depend on it."""
        models, labels = [model.bundle.model for model in self.models], [model.path.stem for model in self.models]
        return joint_names(models, labels, self.suited, self.level)

    @property
    def suited(self) -> tuple[str, ...]:
        """The groups but those that would stay empty: of structures where none is read, of rows that no file holds."""
        inputs = self.models[0].inputs
        empty = () if any(one.kind == "smiles" for one in inputs) else STRUCTURE_GROUPS
        groups = self.groups if self.novelty is None else (*self.groups, NOVELTY)
        return tuple(name for name in groups if name not in empty and (name != "nearest" or keeps_rows(inputs)))

    @property
    def names(self) -> list[str]:
        """The output columns, in the order in which they are written."""
        return [name for own in self.own_names for name in own.values()] + shared_names(self.suited)

    @property
    def identity(self) -> dict[str, Any]:
        """What of it decides the results, for a journal."""
        return {
            "models": [[model.path.name, model.bundle.sha256] for model in self.models],
            "columns": list(self.groups),
            "exact": self.exact,
            "level": self.level,
            "prevalences": [list(pair) for pair in self.prevalences],
            **({} if self.novelty is None else {"novelty": self.novelty.bundle.sha256}),
        }

    def pool(self, workers: int, rows: int | None = None, function: str = SCORE) -> WorkerPool:
        """Worker processes with the limits of the models' structure policies, no more than `rows` make work for.

        They do `function`, named "module:function".
        """
        return pool_for(self.models, Job("molkit.engine.scorer:load_scorer", self.arguments, function), workers, rows)

    @property
    def arguments(
        self,
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool, int, Prevalences, tuple[str, str] | None]:
        """What `molkit.engine.scorer.load_scorer` takes, all but the device."""
        paths = tuple(str(model.path) for model in self.models)
        hashes = tuple(model.bundle.sha256 for model in self.models)
        novelty = None if self.novelty is None else (str(self.novelty.path), self.novelty.bundle.sha256)
        return paths, self.suited, hashes, self.exact, self.level, self.prevalences, novelty


def pool_for(models: Sequence[Model], job: Job, workers: int, rows: int | None = None) -> WorkerPool:
    """Worker processes with the limits that the structure policies of all these models allow; see `new_pool`."""
    limits, inputs = [model.bundle.model["policy"]["limits"] for model in models], models[0].inputs
    seconds = seconds_per_row(inputs, min(limit["seconds"] for limit in limits))
    return new_pool(job, workers, rows, seconds, min(limit["memory_mb"] for limit in limits), called(inputs))


def new_pool(
    job: Job, workers: int, rows: int | None, seconds: float, memory_mb: int, thing: str = "structure"
) -> WorkerPool:
    """Worker processes with limits for each row, no more than `rows` make work for; see `WorkerPool` for `thing`."""
    useful = None if rows is None else max(1, -(-rows // CHUNK))
    return WorkerPool(job, workers, seconds, memory_mb, useful, thing)


def check_level(level: float) -> int:
    """The level, in percent; raises InputError for one that intervals are not given at."""
    if not isinstance(level, Real) or not 50 <= level <= 99 or level != int(level):
        raise InputError(f"--level: expected a whole percentage from 50 to 99, got {level}")
    return int(level)


def scoring_notes(scoring: Scoring) -> list[str]:
    """What is to be told of the models' results, whatever they score."""
    contents = [model.bundle.model for model in scoring.models]
    return [
        *missing_intervals(scoring),
        *missing_verdicts(scoring),
        *prevalence_notes(scoring.prevalences, contents),
        *novelty_notes(scoring.novelty),
    ]


def missing_intervals(scoring: Scoring) -> list[str]:
    """Notes on models that have too few errors to give intervals at the level."""
    if "interval" not in scoring.groups:
        return []
    return [
        f"No {scoring.level} % interval for {target.name}: {model.path.name} holds too few errors on held-out rows."
        for model in scoring.models
        for target, interval in zip(
            model.targets, trust_from_bundle(model.bundle, scoring.level).intervals, strict=True
        )
        if target.kind == "regression"
        and (interval is None or conformal_quantile(interval.scores, scoring.level / 100) is None)
    ]


def missing_verdicts(scoring: Scoring) -> list[str]:
    """Notes on models that leave `in_domain` empty, and why."""
    if "domain" not in scoring.groups:
        return []
    return [
        f"No verdict in in_domain: {model.path.name} has no training {noun_of(model.inputs)}s to compare with, and "
        f"{'one learner alone' if len(model.bundle.model['learners']) == 1 else 'too few held-out rows'}."
        for model in scoring.models
        if trust_from_bundle(model.bundle).domain is None
    ]
