"""The one stream under every command that scores a library: read, guard, standardise, pack, predict, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from molkit.bundle import Bundle
from molkit.data.prepared import CHUNK, PART_ROWS, PreparedLibrary, is_prepared
from molkit.data.table import Source, Table
from molkit.engine.columns import Prevalences, needs_similarity
from molkit.engine.jobs import Cells, PreparedCells, cell_chunks
from molkit.engine.workers import WorkerPool
from molkit.errors import InputError
from molkit.learners import NETWORKS, features_of
from molkit.pipeline.cells import Rows
from molkit.pipeline.identity import library_identity
from molkit.pipeline.novelty import open_novelty
from molkit.pipeline.opened import Model, open_models, open_scored, scored_rows
from molkit.pipeline.prepared import check_fits, needed_reading, open_checked
from molkit.pipeline.prevalence import named_prevalences
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.scoring import SCORE, Scoring, check_level, scoring_notes
from molkit.types import Target

_READ = "molkit.engine.score:read_cells"


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
    expected = named_prevalences(prevalences, [model.bundle.model for model in opened])
    told_by = open_novelty(novelty, opened, source.path)
    scoring = Scoring(opened, tuple(groups), exact, check_level(level), expected, told_by)
    identity = {**scoring.identity, **library_identity(source, rows)}
    targets = tuple(target for model in scoring.models for target in model.targets)
    prepared, notes = open_fitting(scoring, source.path) if is_prepared(source.path) else (None, ())
    source = replace(source, notes=(*source.notes, *rows.notes, *notes, *scoring_notes(scoring)))
    device = device or _device(scoring.models)
    finish = None
    if device == "cpu":
        function = "molkit.engine.prepared:score_prepared" if prepared else SCORE
    else:
        from molkit.engine.score import score_packed
        from molkit.engine.scorer import load_scorer

        function = "molkit.engine.prepared:read_prepared" if prepared else _READ
        finish = partial(score_packed, load_scorer(*scoring.arguments, device=device))
        identity["device"] = device
    pool = scoring.pool(workers, source.row_count, function)
    return Stream(source, tuple(scoring.names), pool, identity, targets, finish, prepared, rows)


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
