"""The one stream under every command that scores a library: read, guard, standardise, pack, predict, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from molkit.bundle import Bundle
from molkit.data.prepared import CHUNK, PART_ROWS, PreparedLibrary, is_prepared
from molkit.data.table import Source, Table
from molkit.engine.columns import NOVELTY, STRUCTURE_GROUPS, Prevalences, joint_names, needs_similarity, shared_names
from molkit.engine.jobs import Cells, PreparedCells, cell_chunks
from molkit.engine.workers import Job, WorkerPool
from molkit.errors import InputError
from molkit.evaluation.conformal import conformal_quantile
from molkit.features.inputs import called, keeps_rows, noun_of, seconds_per_row
from molkit.learners import NETWORKS, features_of
from molkit.pipeline.cells import Rows
from molkit.pipeline.identity import library_identity
from molkit.pipeline.novelty import novelty_notes, open_novelty
from molkit.pipeline.opened import Model, open_models, open_scored, scored_rows
from molkit.pipeline.prepared import check_fits, needed_reading, open_checked
from molkit.pipeline.prevalence import named_prevalences, prevalence_notes
from molkit.pipeline.progress import Progress, quiet
from molkit.trust import trust_from_bundle
from molkit.types import Target

_SCORE, _READ = "molkit.engine.score:score_chunk", "molkit.engine.score:read_cells"


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

    def pool(self, workers: int, rows: int | None = None, function: str = _SCORE) -> WorkerPool:
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


@dataclass(frozen=True)
class Stream:
    """A library and the pool that gives result columns for its chunks."""

    source: Source
    names: tuple[str, ...]
    pool: WorkerPool = field(repr=False)
    identity: dict[str, Any]  # what decides the results, for a journal
    targets: tuple[Target, ...] = ()
    finish: Callable[[Any], dict[str, list[Any]]] | None = field(default=None, repr=False)  # of what the pool gives
    library: PreparedLibrary | None = None  # the pool takes its features rather than the cells of the table
    rows: Rows | None = None  # what it takes of the rows of the table, if these are scored by models

    def pieces(self, first_row: int = 1) -> Iterator[tuple[Table, dict[str, list[Any]]]]:
        """Pieces of the library with their results, in order, from the piece that begins at `first_row`."""
        pieces = (piece for piece in self.source.pieces(CHUNK) if piece.first_row >= first_row)
        cells: Callable[[Table], Any] = self.rows.chunk if self.rows else partial(piece_cells, self.source)
        if self.library:
            cells = partial(_prepared_cells, self.library)
        for piece, result in with_results(self.pool, pieces, cells):
            yield piece, self.finish(result) if self.finish else result

    @property
    def read(self) -> Rows:
        """What models read of the rows."""
        assert self.rows is not None
        return self.rows

    def check_unchanged(self) -> None:
        """Raise InputError if the library is not what it was when it was opened."""
        if library_identity(self.source, self.rows)["library"] != self.identity["library"]:
            raise InputError(f"{self.source.path}: changed while it was read; nothing was written. Run again.")

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()


def with_results(
    pool: WorkerPool, pieces: Iterable[Table], cells: Callable[[Table], Any]
) -> Iterator[tuple[Table, Any]]:
    """Pieces of a table and what the pool makes of the `cells` of each, in order, however many are under way."""
    waiting: deque[Table] = deque()

    def given() -> Iterator[Any]:
        for piece in pieces:
            waiting.append(piece)
            yield cells(piece)

    with closing(pool.map(given())) as results:
        for result in results:
            yield waiting.popleft(), result


def piece_cells(source: Source, piece: Table) -> Cells:
    """The structure cells of a piece, as one chunk."""
    return next(cell_chunks(piece.columns[source.smiles or ""], piece.faults, len(piece), piece.first_row))


def open_stream(
    models: Sequence[Path | str | Model],
    library: Path | str | Source,
    groups: Sequence[str],
    *,
    smiles_column: str | None = None,
    workers: int = 0,
    exact: bool = False,
    level: int = 90,
    prevalences: Prevalences = (),
    device: str | None = None,
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
    novelty: Path | str | None = None,
) -> Stream:
    """Models on a library; raises MolkitError for files that are not what they should be.

    `inputs` say where what the models read stands in this library, as NAME=COLUMN, if not where it stood in training;
    `fixed` are cells that all rows share, or the files that hold them; `novelty` is the file of an autoencoder that
    tells how unlike its library a structure is.

    On a `device` other than the processor, by default a GPU if there is one for the models' networks, the
    workers read and pack structures and this process predicts.
    """
    opened = open_models(models)
    source = library if isinstance(library, Source) else open_scored(opened, library, smiles_column)
    rows = scored_rows(opened, source.names, source.smiles, source.path.parent, inputs, fixed)
    contents = [model.bundle.model for model in opened]
    expected = named_prevalences(prevalences, contents)
    told_by = None if novelty is None else open_novelty(novelty, opened, source.path)
    scoring = Scoring(opened, tuple(groups), exact, check_level(level), expected, told_by)
    identity = {
        "models": [[model.path.name, model.bundle.sha256] for model in scoring.models],
        "columns": list(groups),
        "exact": exact,
        "level": scoring.level,
        "prevalences": [list(pair) for pair in expected],
        **({} if told_by is None else {"novelty": told_by.bundle.sha256}),
        **library_identity(source, rows),
    }
    targets = tuple(target for model in scoring.models for target in model.targets)
    prepared, notes = open_fitting(scoring, source.path) if is_prepared(source.path) else (None, ())
    told = [
        *missing_intervals(scoring),
        *missing_verdicts(scoring),
        *prevalence_notes(expected, contents),
        *novelty_notes(told_by),
    ]
    source = replace(source, notes=(*source.notes, *rows.notes, *notes, *told))
    device = device or _device(scoring.models)
    finish = None
    if device == "cpu":
        function = "molkit.engine.prepared:score_prepared" if prepared else _SCORE
    else:
        from molkit.engine.score import score_packed
        from molkit.engine.scorer import load_scorer

        function = "molkit.engine.prepared:read_prepared" if prepared else _READ
        finish = partial(score_packed, load_scorer(*scoring.arguments, device=device))
        identity["device"] = device
    pool = scoring.pool(workers, source.row_count, function)
    return Stream(source, tuple(scoring.names), pool, identity, targets, finish, prepared, rows)


def check_level(level: float) -> int:
    """The level, in percent; raises InputError for one that intervals are not given at."""
    if not isinstance(level, Real) or not 50 <= level <= 99 or level != int(level):
        raise InputError(f"--level: expected a whole percentage from 50 to 99, got {level}")
    return int(level)


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


def open_fitting(scoring: Scoring, folder: Path) -> tuple[PreparedLibrary, tuple[str, ...]]:
    """A prepared library, and what is to be told of it; raises InputError if the models would read it differently."""
    library, notes = open_checked(folder)
    for model in scoring.models:
        content = model.bundle.model
        keys = set(needed_features(model.bundle))
        if needs_similarity(scoring.groups):
            keys.add("drug/fingerprint")
        reading = needed_reading(content, scoring.exact)
        check_fits(library, str(model.path), content["policy"], content["featurizers"], sorted(keys), reading)
    return library, notes


def needed_features(bundle: Bundle) -> set[str]:
    """Keys of the features that the learners of a model file read, and an encoder whose vectors they read."""
    learners = enumerate(bundle.model["learners"])
    read = {key for place, learner in learners
            for key in features_of(learner["name"], bundle.json(f"learners/{place}/0/config.json"))}  # fmt: skip
    made = (bundle.model.get("pretrained") or {}).get("vectors", {})
    return {made.get(key, key) for key in read}


def _prepared_cells(library: PreparedLibrary, piece: Table) -> PreparedCells:
    part, start = divmod(piece.first_row - 1, PART_ROWS)
    return PreparedCells(str(library.folder), library.sha256, part, start, start + len(piece), piece.first_row)


def _device(models: Sequence[Model]) -> str:
    """A GPU, if there is one and a network to run on it; torch is asked only where a driver is there."""
    learners = [learner["name"] for model in models for learner in model.bundle.model["learners"]]
    names = {encoder for name in learners for encoder in name.split("+")}
    if names.isdisjoint(NETWORKS) or not any(Path(driver).exists() for driver in ("/dev/nvidiactl", "/dev/dxg")):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def score_values(
    pool: WorkerPool,
    texts: Sequence[Any],
    names: Sequence[str],
    faults: Mapping[int, str] | None = None,
    progress: Progress = quiet,
) -> dict[str, list[Any]]:
    """The pool's columns `names` for structures in memory; `faults` are sentences by 1-based row."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    done = 0
    for result in pool.map(cell_chunks(texts, faults or {}, CHUNK)):
        for name in names:
            columns[name] += result[name]
        done += len(result["status"])
        progress("rows", done, len(texts), {})
    return columns
