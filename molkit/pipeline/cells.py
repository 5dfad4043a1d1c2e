"""The cells that the inputs of a model read, from a table and the files that belong to it."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from molkit.config import RunConfig
from molkit.data.columns import MissingColumn, find_column
from molkit.data.image_table import IMAGE, LABEL, SPLIT, class_task, is_images, open_images
from molkit.data.structures import FOUND
from molkit.data.table import Source, Table
from molkit.data.tables import open_table
from molkit.engine.jobs import Cells as JobCells
from molkit.engine.jobs import cell_chunks
from molkit.errors import InputError
from molkit.features.inputs import KINDS, Input, molecules, read_inputs
from molkit.features.sequence import shortened
from molkit.pipeline.makers import MAKERS, Cells, can_be_fixed, columns_read, fixed_cell
from molkit.pipeline.samples import CellsOf
from molkit.pipeline.settling import bounds_read, settled, unknown_words, without_names

EVERYTHING = "*"  # as the columns of a table
_OUTCOME = ("weight", "relation", "split_column")  # with the targets: what no input may read
_LARGEST = 1e15  # of the numbers of a reader; NaN is not below it
_WORDS: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a number"}


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

    def structures(self, names: Sequence[str]) -> str | None:
        """The column, of those with these `names`, of the first molecules that are not the same in all rows."""
        own = [one for one in self.inputs if one.kind == "smiles" and one.name not in self.fixed]
        return columns_read(own[0], names)[0] if own else None

    @property
    def told(self) -> dict[str, str]:
        """Where each input stands, and what is fixed, for a journal."""
        sources = {one.name: one.source for one in self.inputs if one.name not in self.fixed}
        return sources | {f"{name} of all rows": text for name, text in self.fixed.items()}

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
        if config.inputs is not None:
            return without_found(open_table(path, require_smiles=False)), config
        return open_table(path, smiles_column=config.smiles_column), config
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


def without_found(source: Source) -> Source:
    """A table without the sentence of which column is that of the structures, where this is not what is read."""
    return replace(source, notes=tuple(note for note in source.notes if not note.startswith(FOUND)))


def check_not_told(smiles_column: str | None, names: Sequence[str]) -> None:
    """Raise InputError for a column of structures where inputs have names."""
    if smiles_column is not None:
        where = ", ".join(f"--input {name}=COLUMN" for name in names)
        raise InputError(
            f"--smiles-column {smiles_column!r}: the inputs have names, by which their columns are told; use {where}"
        )


def learned_rows(table: Table, smiles: str, folder: Path, config: RunConfig) -> Rows:
    """What is read of the rows of a table to learn from: the inputs that a configuration names, else its structures.

    How tables and records are read is chosen from all their rows, by no label (see `molkit.pipeline.settling`). Raises
    InputError if an input reads a target, or what goes with one.
    """
    if config.inputs is None:
        return rows_of(molecules(smiles), table.names, folder)
    inputs = with_reading(read_inputs(config.inputs), config.reading)
    check_not_told(config.smiles_column, [one.name for one in inputs])
    told = [_all_others(one, inputs, table.names, config) for one in inputs]
    _check_outcome(told, table.names, config)
    kept, notes = without_names(told, table)
    rows = rows_of(kept, table.names, folder)
    inputs = settled(rows.inputs, table, rows.cells(table), config)
    return replace(rows, inputs=inputs, notes=(*notes, *unknown_words(inputs), *bounds_read(inputs, table)))


def _check_outcome(inputs: Sequence[Input], names: Sequence[str], config: RunConfig) -> None:
    """Raise InputError for an input that reads a target, or what goes with one."""
    outcome = _columns_told(names, config, _OUTCOME)
    for one in inputs:
        for column in columns_read(one, names):
            if column in outcome:
                raise InputError(
                    f"--input {one.name}: the column {column!r} is that of {outcome[column]}; leave it out"
                )


def _all_others(one: Input, inputs: Sequence[Input], names: Sequence[str], config: RunConfig) -> Input:
    """A table of all columns (*) as one of those that have no other part in the run."""
    if not _is_everything(one):
        return one
    taken = set(_columns_told(names, config, (*_OUTCOME, "group", "time", "id")))
    taken |= {name for other in inputs if not _is_everything(other) for name in columns_read(other, names)}
    return replace(one, source=",".join(name for name in names if name not in taken))


def _is_everything(one: Input) -> bool:
    return one.kind == "table" and one.source == EVERYTHING


def stored_columns(told: Input, stored: Input) -> Input:
    """Where a model's input stands in a table: where it is told, all columns (*) being those that the model knows."""
    return stored if _is_everything(told) else replace(stored, source=told.source)


def _columns_told(names: Sequence[str], config: RunConfig, keys: Sequence[str]) -> dict[str, str]:
    """The columns of the targets and of these other options, and the option that names each."""
    told = [("--target", name) for name in config.targets or ()]
    told += [(f"--{key.replace('_', '-')}", own) for key in keys if (own := getattr(config, key))]
    return {find_column(names, name, option): option for option, name in told
            if name in names or name.lower() != "none"}  # fmt: skip


def with_reading(inputs: Sequence[Input], reading: Mapping[str, Mapping[str, Any]]) -> tuple[Input, ...]:
    """Inputs with options of their readers; raises InputError for those of no input, or that its reader has not."""
    names = [one.name for one in inputs]
    for name in reading:
        if name not in names:
            raise InputError(f"--reading {name}: there is no such input; the inputs are {', '.join(names)}")
    return tuple(replace(one, options={**one.options, **_checked(one, reading.get(one.name, {}))}) for one in inputs)


def _checked(one: Input, options: Mapping[str, Any]) -> dict[str, Any]:
    reader = KINDS[one.kind].reader
    known = {} if reader is None else {
        name: own for name, own in inspect.signature(reader).parameters.items() if isinstance(own.default, int | float)
    }  # fmt: skip
    for name, value in options.items():
        if name not in known:
            there = f"its options are {', '.join(known)}" if known else f"inputs of kind {one.kind} have none"
            raise InputError(f"--reading {one.name}.{name}: there is no such option; {there}")
        expected = type(known[name].default)
        optional = str(known[name].annotation).endswith("None")
        if not (value is None and optional) and not _is(value, expected):
            words = _WORDS[expected] + " or null" * optional
            raise InputError(f"--reading {one.name}.{name}: expected {words}, got {value!r}")
    try:
        if reader is not None:
            reader(**options)
    except (InputError, ValueError) as error:
        raise InputError(f"--reading {one.name}: {error}") from None
    return dict(options)


def _is(value: Any, expected: type) -> bool:
    if isinstance(value, bool) or expected is bool:
        return isinstance(value, bool) and expected is bool
    return isinstance(value, int if expected is int else int | float) and abs(value) < _LARGEST


def rows_of(
    inputs: Sequence[Input], names: Sequence[str], folder: Path, fixed: Mapping[str, str] | None = None
) -> Rows:  # fmt: skip
    """What these inputs read of a table with columns `names` in a folder; `fixed` are cells that all rows share.

    They are None where nothing can be fixed. Raises InputError for columns and files that are not there.
    """
    given = fixed or {}
    unknown = [name for name in given if name not in {one.name for one in inputs}]
    if unknown:
        raise InputError(f"--fix {unknown[0]}: the model has no such input; it has {', '.join(i.name for i in inputs)}")
    files: list[Path] = []
    makers: dict[str, Cells] = {}
    for one in inputs:
        try:
            makers[one.name] = (
                _constant(fixed_cell(one, given[one.name], files))
                if one.name in given
                else MAKERS[one.kind](one, names, folder, files)
            )
        except MissingColumn as error:
            if fixed is None or not can_be_fixed(one):
                raise
            raise InputError(f"{error} For the same in every row: --fix {one.name}=VALUE.") from None
    read = {column for one in inputs if given and one.name not in given for column in columns_read(one, names)}
    notes = [note for one in inputs if one.name in given for note in _fixed_notes(one, given[one.name], names, read)]
    return Rows(tuple(inputs), makers, tuple(files), given, tuple(notes))


def _fixed_notes(one: Input, text: str, names: Sequence[str], read: Collection[str]) -> list[str]:
    """That an input is the same in all rows, and a caution if what it would read else stands in the table too.

    Columns that other inputs `read` need none.
    """
    notes = [f"{one.name} is the same in all rows (--fix): {shortened(text)}"]
    with suppress(InputError):
        columns = ", ".join(repr(name) for name in columns_read(one, names) if name not in read)
        if columns:
            notes.append(
                f"Caution: {one.name} is not read from {columns} of the table; no prediction is of what stands there."
            )
    return notes


def _constant(cell: Any) -> Cells:
    return lambda table: [cell] * len(table)
