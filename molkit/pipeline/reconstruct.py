"""Rows of a table, signals or images as an autoencoder gives them back: every row, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import read_bundle
from molkit.chem.policy import policy_from_dict
from molkit.data.table import Source
from molkit.engine.jobs import Cells
from molkit.engine.reconstruct import check_reconstructs, output_names
from molkit.engine.workers import Job, WorkerPool
from molkit.pipeline.cells import Rows
from molkit.pipeline.identity import library_identity
from molkit.pipeline.opened import Model, open_scored, scored_rows
from molkit.pipeline.packing import packing_pool
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import TableResult, write_rows
from molkit.pipeline.scoring import pool_for
from molkit.pipeline.stream import Stream

_MODULE = "molkit.engine.reconstruct"


def reconstruct_table(
    model: Path | str | Model,
    table: Path | str,
    out: Path | str,
    *,
    inputs: Sequence[str] = (),
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Blank cells filled in, how unusual each row is and which of its values are, beside every row; raises MolkitError.

    Of signals and images the error of what is given back. A run that was killed goes on where it stopped.
    """
    opened = open_autoencoder(model)
    with open_reconstruction(opened, table, inputs, workers) as stream:
        return write_rows(stream, out, overwrite, progress, [opened.path])


def open_autoencoder(model: Path | str | Model) -> Model:
    """A model file, checked; raises BundleError for none, InputError for one that cannot reconstruct rows."""
    opened = model if isinstance(model, Model) else Model(Path(model), read_bundle(Path(model)))
    check_reconstructs(opened.bundle, str(opened.path))
    return opened


def open_reconstruction(model: Model, table: Path | str, inputs: Sequence[str] = (), workers: int = 0) -> Stream:
    """The rows of a table, and the pool that reconstructs them."""
    source = open_scored((model,), table)
    rows = scored_rows((model,), source.names, source.smiles, source.path.parent, inputs)
    names = tuple(output_names(model.inputs[0]))
    identity: dict[str, Any] = {"job": ["reconstruct", model.bundle.sha256], **library_identity(source, rows)}
    return Stream(source, names, _pool(model, workers, source.row_count), identity, rows=rows)


def _pool(model: Model, workers: int, rows: int | None) -> WorkerPool:
    arguments = (str(model.path), model.bundle.sha256)
    return pool_for(
        [model], Job(f"{_MODULE}:load_reconstructor", arguments, f"{_MODULE}:reconstruct_chunk"), workers, rows
    )


@dataclass(frozen=True)
class Drawn:
    """Signals [n, T] or images [n, C, H, W], what is given back of each, and what it is called."""

    given: np.ndarray
    decoded: np.ndarray
    titles: list[str]


def drawn_rows(
    model: Model, table: Path | str, numbers: Sequence[int], inputs: Sequence[str] = (), workers: int = 1
) -> Drawn | None:
    """What a model of signals or images makes of some rows, counted from 1; None for tables, or if none can be read."""
    from molkit.engine.reconstruct import reconstructor_from_bundle
    from molkit.explain.reconstruction import LossLevels, reconstructed

    made = reconstructor_from_bundle(model.bundle, str(model.path))
    if not isinstance(made.usual, LossLevels):
        return None
    source = open_scored((model,), table)
    rows = scored_rows((model,), source.names, source.smiles, source.path.parent, inputs)
    cells = dict(_cells(source, rows, numbers, made.input.name))
    wanted = [number for number in numbers if number in cells]
    content = model.bundle.model
    policy, options = policy_from_dict(content["policy"]), content.get("featurizers", {})
    with packing_pool("feature_chunk", policy, [made.key], options, workers, one=model.inputs[0]) as pool:
        found = next(iter(pool.map([Cells([cells[number] for number in wanted])])), None)
    if found is None or not found["rows"]:
        return None
    back = reconstructed(made.module, found["values"][made.key])
    shares = made.usual.share(back.losses)
    titles = [f"row {wanted[place]}: {100 * share:.0f} %" for place, share in zip(found["rows"], shares, strict=True)]
    return Drawn(back.given, back.decoded, titles)


def _cells(source: Source, rows: Rows, numbers: Sequence[int], name: str) -> Iterator[tuple[int, Any]]:
    """The cells of some rows that were not at fault."""
    wanted = set(numbers)
    for piece in source.pieces(500):
        here = wanted & set(range(piece.first_row, piece.first_row + len(piece)))
        if here:
            own = rows.cells(piece)[name]
            yield from ((n, own[n - piece.first_row]) for n in here if n not in piece.faults)


def reconstruct_values(model: Model, cells: Sequence[Any], workers: int = 1) -> dict[str, list[Any]]:
    """The same columns for cells of the model's input: tuples of cells of a table or of numbers, paths of images."""
    found: dict[str, list[Any]] = {name: [] for name in output_names(model.inputs[0])}
    with _pool(model, workers, len(cells)) as pool:
        for part in pool.map(Cells(list(cells[at : at + 500]), at + 1) for at in range(0, len(cells), 500)):
            for name, values in found.items():
                values += part[name]
    return found
