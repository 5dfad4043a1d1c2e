"""The cells that the inputs of a model read, from a table and the files that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from molkit.config import RunConfig
from molkit.data.columns import find_column
from molkit.data.image_table import IMAGE, LABEL, SPLIT, class_task, is_images, open_images
from molkit.data.table import Source, Table
from molkit.data.tables import open_table
from molkit.engine.jobs import Cells as JobCells
from molkit.engine.jobs import cell_chunks
from molkit.errors import InputError
from molkit.features.inputs import KINDS, Input, molecules, read_inputs
from molkit.pipeline.makers import MAKERS, Cells, fixed_cell
from molkit.pipeline.samples import CellsOf
from molkit.pipeline.settling import settled, unknown_words, without_names

EVERYTHING = "*"  # as the columns of a table


@dataclass(frozen=True)
class Rows:
    """What the inputs read of each row of a table, the other files that this needs, and what is to be told of it."""

    inputs: tuple[Input, ...]
    makers: Mapping[str, Cells]
    files: tuple[Path, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def cells(self, table: Table) -> CellsOf:
        """The cells of every row of a piece of the table, by input."""
        return {name: make(table) for name, make in self.makers.items()}

    @property
    def told(self) -> dict[str, str]:
        """Where each input stands, for a journal."""
        return {one.name: one.source for one in self.inputs} | dict(self.fixed)

    def chunk(self, piece: Table) -> JobCells:
        """The same as one chunk for a worker; the cell of a row with several inputs is a tuple."""
        columns = list(self.cells(piece).values())
        texts = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        return next(
            cell_chunks(texts, piece.faults, max(len(piece), 1), piece.first_row), JobCells([], piece.first_row)
        )


def open_rows(path: Path | str, config: RunConfig) -> tuple[Source, RunConfig]:
    """A table, or images, to learn from, and the configuration with what these say of themselves.

    Images in folders of classes, or in an .npz of MedMNIST, have one input, one label and their split; classes may be
    called by numbers.
    """
    if not is_images(path):
        return open_table(path, smiles_column=config.smiles_column, require_smiles=config.inputs is None), config
    source = open_images(path)
    told: dict[str, Any] = {} if config.inputs else {"inputs": (f"{IMAGE}={IMAGE}",)}
    if config.targets is None:
        told["targets"] = tuple(name for name in source.names if name.partition("_")[0] == LABEL)
    if config.task is None and told.get("targets", config.targets) == (LABEL,):
        told["task"] = class_task(source)
    ways = (config.split_column, config.split_file, None if config.split == RunConfig().split else config.split)
    if SPLIT in source.names and not any(ways) and not config.folds:
        told["split_column"] = SPLIT
    return source, replace(config, **told)


def learned_rows(table: Table, smiles: str, folder: Path, config: RunConfig) -> Rows:
    """What is read of the rows of a table to learn from: the inputs that a configuration names, else its structures.

    How tables and records are read is chosen from all their rows, by no label (see `molkit.pipeline.settling`).
    """
    if config.inputs is None:
        return rows_of(molecules(smiles), table.names, folder)
    inputs = with_reading(read_inputs(config.inputs), config.reading)
    kept, notes = without_names([_all_others(one, table, config) for one in inputs], table)
    rows = rows_of(kept, table.names, folder)
    inputs = settled(rows.inputs, table, rows.cells(table), config)
    return replace(rows, inputs=inputs, notes=(*notes, *unknown_words(inputs)))


def _all_others(one: Input, table: Table, config: RunConfig) -> Input:
    """A table of all columns (*) as one of those that have no other part in the run."""
    if one.kind != "table" or one.source != EVERYTHING:
        return one
    names = (config.targets or ()) + tuple(
        name for key in ("weight", "group", "time", "id", "relation", "split_column") if (name := getattr(config, key))
    )
    taken = {find_column(table.names, name, "column") for name in names if name != "none"}
    return replace(one, source=",".join(name for name in table.names if name not in taken))


def with_reading(inputs: Sequence[Input], reading: Mapping[str, Mapping[str, Any]]) -> tuple[Input, ...]:
    """Inputs with options of their readers; raises InputError for those of no input, or that its reader has not."""
    names = [one.name for one in inputs]
    for name in reading:
        if name not in names:
            raise InputError(f"--reading {name}: there is no such input; the inputs are {', '.join(names)}")
    return tuple(replace(one, options={**one.options, **_checked(one, reading.get(one.name, {}))}) for one in inputs)


def _checked(one: Input, options: Mapping[str, Any]) -> dict[str, Any]:
    reader = KINDS[one.kind].reader
    if options and reader is None:
        raise InputError(f"--reading {one.name}: {one.kind} has no such options; see --mixtures")
    try:
        if reader is not None:
            reader(**options)
    except (TypeError, ValueError) as error:
        raise InputError(f"--reading {one.name}: {error}") from None
    return dict(options)


def rows_of(
    inputs: Sequence[Input], names: Sequence[str], folder: Path, fixed: Mapping[str, str] | None = None
) -> Rows:  # fmt: skip
    """What these inputs read of a table with columns `names` in a folder; `fixed` are cells that all rows share.

    Raises InputError for columns and files that are not there.
    """
    fixed = fixed or {}
    unknown = [name for name in fixed if name not in {one.name for one in inputs}]
    if unknown:
        raise InputError(f"--fix {unknown[0]}: the model has no such input; it has {', '.join(i.name for i in inputs)}")
    files: list[Path] = []
    makers = {
        one.name: _constant(fixed_cell(one, fixed[one.name], files)) if one.name in fixed
        else MAKERS[one.kind](one, names, folder, files)
        for one in inputs
    }  # fmt: skip
    return Rows(tuple(inputs), makers, tuple(files), fixed)


def _constant(cell: Any) -> Cells:
    return lambda table: [cell] * len(table)
