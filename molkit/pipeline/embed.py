"""From a model file and a table to the vectors that the model's encoders make of each row: every row, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import read_bundle
from molkit.data.formats import Columns
from molkit.data.prepared import is_prepared
from molkit.data.vector_file import SUFFIXES, open_vectors, rows_path
from molkit.data.write import clash_names
from molkit.engine.columns import NOVELTY
from molkit.engine.embed import (
    STRUCTURE,
    VECTOR,
    Embedder,
    Wanted,
    embedder_from_bundle,
    vectors_from_texts,
)
from molkit.engine.jobs import cell_chunks
from molkit.engine.workers import Job, WorkerPool
from molkit.errors import InputError, name_hint
from molkit.learners import NETWORKS
from molkit.pipeline.identity import library_identity
from molkit.pipeline.opened import Model, open_scored, scored_rows
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import Arrangement, TableResult, write_rows
from molkit.pipeline.scoring import pool_for
from molkit.pipeline.stream import Stream

_CHUNK = 500
Tap = Callable[[Columns, Sequence[str | None], np.ndarray], None]
"""Is told of each piece of the output: its columns, standardised structures and vectors."""


@dataclass(frozen=True)
class Encoders:
    """The networks of a model file that encode; `names` are those of the D numbers of a vector."""

    model: Model
    wanted: Wanted
    names: tuple[str, ...]
    sentence: str
    embedder: Embedder = field(repr=False)

    def pool(self, workers: int, rows: int | None = None) -> WorkerPool:
        """Worker processes that encode, no more than `rows` make work for."""
        arguments = (str(self.model.path), self.model.bundle.sha256, self.wanted)
        job = Job("molkit.engine.embed:load_embedder", arguments, "molkit.engine.embed:embed_chunk")
        return pool_for([self.model], job, workers, rows)

    @property
    def columns(self) -> list[str]:
        """What a worker says of each row."""
        novelty = [] if self.embedder.novelty is None else [NOVELTY]
        return [VECTOR, *novelty, "status", "reason", *([STRUCTURE] if self.model.of_molecules else [])]


def open_encoders(model: Path | str | Model, learner: str | None = None, fold: int | str = 1) -> Encoders:
    """The encoders of a model file: those of a fold model, from 1, of its first network or of the `learner` named.

    With "all" the vectors of all fold models stand side by side: each has axes of its own, so that a mean of them
    would mean nothing. Raises InputError for a model without a network, and BundleError for a file that is no model.
    """
    opened = model if isinstance(model, Model) else Model(Path(model), read_bundle(Path(model)))
    content = opened.bundle.model
    place, name, count = _network(opened, learner)
    wanted = Wanted(place, _folds(opened.path, fold, count))
    embedder = embedder_from_bundle(opened.bundle, wanted)
    name = name or embedder.encodings[0].name
    names, read = tuple(embedder.names), " and ".join(content["inputs"])
    which = f"all {count} fold models of {name}, side by side" if len(wanted.folds) > 1 else (
        f"fold model {wanted.folds[0] + 1} of {count} of {name}" if count > 1 else f"{name}"
    )  # fmt: skip
    axes = "; each has axes of its own" if count > 1 else ""
    sentence = f"Vectors: {len(names):,} numbers that {opened.path.name} makes of {read}, by {which}{axes}."
    return Encoders(opened, wanted, names, sentence, embedder)


def _network(model: Model, learner: str | None) -> tuple[int, str, int]:
    """The number of the learner that encodes, its name and how many models it has; "" for an autoencoder."""
    if model.bundle.is_autoencoder:
        if learner is not None:
            raise InputError(f"--learner {learner}: {model.path} holds an autoencoder and no learners; leave it out")
        return 0, "", 1
    every = [(place, own["name"], own["models"]) for place, own in enumerate(model.bundle.model["learners"])]
    found = [own for own in every if own[1].split("+")[0] in NETWORKS]
    if not found:
        raise InputError(
            f"{model.path}: holds no network, only {', '.join(name for _, name, _ in every)}, which make no vectors; "
            "train with a network, such as --learner dmpnn, or an autoencoder (molkit autoencode)"
        )
    names = [name for _, name, _ in found]
    if learner is not None and learner not in names:
        raise InputError(f"{model.path}: no network {learner!r} in it{name_hint(learner, names)}")
    return found[0 if learner is None else names.index(learner)]


def _folds(path: Path, fold: int | str, count: int) -> tuple[int, ...]:
    if fold == "all":
        return tuple(range(count))
    if not str(fold).isdecimal() or not 1 <= int(fold) <= count:
        raise InputError(f"--fold {fold}: expected a fold model of {path.name} from 1 to {count}, or all")
    return (int(fold) - 1,)


def embed_table(
    model: Path | str | Model | Encoders,
    table: Path | str,
    out: Path | str,
    *,
    learner: str | None = None,
    fold: int | str = 1,
    smiles_column: str | None = None,
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
    tap: Tap | None = None,
) -> TableResult:
    """The vectors of every row of a table, or of a folder of tables, into a table, .npy or .npz; raises MolkitError.

    A table has the rows' own columns, status, reason, the standardised structure of a molecule, its novelty by an
    autoencoder of molecules, and a column for each number of the vector, empty where there is none; see
    `molkit.data.vector_file` for NumPy files. A run that was killed goes on where it stopped when it is called again
    with the same arguments.
    """
    encoders = model if isinstance(model, Encoders) else open_encoders(model, learner, fold)
    opened = encoders.model
    if is_prepared(table):
        raise InputError(f"{table}: is a prepared library; vectors are made of the table that it was made of")
    source = open_scored([opened], table, smiles_column)
    rows = scored_rows([opened], source.names, source.smiles, source.path.parent, inputs, fixed)
    identity = {
        "models": [[opened.path.name, opened.bundle.sha256]],
        "vectors": [encoders.wanted.learner, list(encoders.wanted.folds)],
        **library_identity(source, rows),
    }
    final = clash_names(source.names, encoders.columns)
    arrangement = _arrangement(encoders, [*source.names, *final.values()], final, Path(out), tap)
    with encoders.pool(workers, source.row_count) as pool:
        stream = Stream(source, tuple(encoders.columns), pool, identity, rows=rows)
        return write_rows(stream, out, overwrite, progress, [opened.path], arrangement)


def _arrangement(
    encoders: Encoders, taken: Sequence[str], final: Mapping[str, str], out: Path, tap: Tap | None
) -> Arrangement:
    """The output: where workers gave a text for a vector there are its numbers; `final` are names of what they gave."""
    numbers = list(clash_names(taken, encoders.names).values())

    def names(given: Sequence[str]) -> list[str]:
        return [name for name in given if name != final[VECTOR]] + numbers

    def rows(pieces: Iterable[Columns]) -> Iterator[Columns]:
        for piece in pieces:
            vectors = vectors_from_texts(piece[final[VECTOR]], len(numbers))
            rest: dict[str, Any] = {name: values for name, values in piece.items() if name != final[VECTOR]}
            if tap is not None:
                tap(rest, rest.get(final.get(STRUCTURE, ""), [None] * len(vectors)), vectors)
            yield rest | dict(zip(numbers, vectors.T, strict=True))

    told = {name: final[name] for name in ("status", "reason")}
    opens = partial(open_vectors, vectors=numbers, told=told) if out.suffix in SUFFIXES else None
    beside = f" The rows are told in {rows_path(out).name}." if out.suffix == ".npy" else ""
    return Arrangement("vectors", encoders.sentence + beside, names, rows, opens)


def embed_values(
    encoders: Encoders, pool: WorkerPool, texts: Sequence[Any], progress: Progress = quiet
) -> tuple[np.ndarray, dict[str, list[Any]]]:
    """Vectors float32 [n, D] of cells in memory, NaN where there is none, and the other columns of `encoders`."""
    columns: dict[str, list[Any]] = {name: [] for name in encoders.columns}
    for result in pool.map(cell_chunks(texts, {}, _CHUNK)):
        for name, values in columns.items():
            values += result[name]
        progress("rows", len(columns["status"]), len(texts), {})
    return vectors_from_texts(columns.pop(VECTOR), len(encoders.names)), columns
