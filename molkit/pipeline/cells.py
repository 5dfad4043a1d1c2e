"""The cells that the inputs of a model read, from a table and the files that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from molkit.config import RunConfig
from molkit.data.columns import find_column
from molkit.data.table import Source, Table
from molkit.data.tables import open_table
from molkit.engine.jobs import Cells as JobCells
from molkit.engine.jobs import cell_chunks
from molkit.errors import InputError
from molkit.features.inputs import KINDS, Input, molecules, read_inputs
from molkit.pipeline.samples import CellsOf

Cells = Callable[[Table], Sequence[Any]]  # of every row of a piece of a table


@dataclass(frozen=True)
class Rows:
    """What the inputs read of each row of a table, and the other files that this needs."""

    inputs: tuple[Input, ...]
    makers: Mapping[str, Cells]
    files: tuple[Path, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)

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
        return next(cell_chunks(texts, piece.faults, len(piece), piece.first_row))


def open_rows(path: Path | str, config: RunConfig) -> tuple[Source, Rows]:
    """A table to learn from, with the inputs that a configuration names, else with its structures."""
    source = open_table(path, smiles_column=config.smiles_column, require_smiles=config.inputs is None)
    return source, rows_of(learned_inputs(config, source.smiles or ""), source.names, source.path.parent)


def learned_inputs(config: RunConfig, smiles: str) -> tuple[Input, ...]:
    """The inputs that a configuration names, else the structures in column `smiles`."""
    if config.inputs is None:
        return molecules(smiles)
    return with_reading(read_inputs(config.inputs), config.reading)


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
        else _MAKERS[one.kind](one, names, folder, files)
        for one in inputs
    }  # fmt: skip
    return Rows(tuple(inputs), makers, tuple(files), fixed)


def _constant(cell: Any) -> Cells:
    return lambda table: [cell] * len(table)


def fixed_cell(one: Input, text: str, files: list[Path]) -> Any:
    """The one cell that a text is, or that the file of this name holds."""
    return text


def _column_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """The cells of a column."""
    name = find_column(names, one.source or one.name, f"--input {one.name}")
    return lambda table: table.columns[name]


_MAKERS: dict[str, Callable[[Input, Sequence[str], Path, list[Path]], Cells]] = {
    "smiles": _column_cells,
    "sequence": _column_cells,
}
