"""What a table is, once read: named columns of equal length, and what was wrong with which row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from molkit.errors import InputError


@dataclass(frozen=True)
class Table:
    """A piece of a table, `first_row` being the 1-based data row (header not counted) it begins at.

    Text formats give the exact text of each cell, Parquet and Excel the values; "" or None is a
    missing cell. `faults` and `remarks` are keyed by 1-based data row of the whole file: a fault says
    why the row could not be read properly (its cells hold the raw text as far as possible and must
    not be used), a remark is something to tell about a row that can be used. Where the rows are the files
    of a folder, `files` are their paths in it.
    """

    names: tuple[str, ...]
    columns: dict[str, list[Any]]
    first_row: int = 1
    faults: dict[int, str] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list, kw_only=True)

    def __len__(self) -> int:
        return len(self.columns[self.names[0]]) if self.names else 0

    def file(self, row: int) -> str:
        """The file that a 1-based data row of the whole is, "" in a table that has rows to look up."""
        return self.files[row - self.first_row] if self.files else ""


@dataclass(frozen=True)
class Source:
    """An opened table file: what was found in it, and its rows on request.

    `smiles` names the column with the structures (mol blocks if `format` is "sdf"), None if there is
    none. `notes` are sentences saying what was chosen by looking. `row_count` is None when counting
    would mean reading the file, `lines_before` are those of a text before its rows, such as a header.
    """

    path: Path
    format: str
    names: tuple[str, ...]
    smiles: str | None
    notes: tuple[str, ...]
    row_count: int | None
    read: Callable[[int], Iterator[Table]] = field(repr=False, compare=False)
    lines_before: int = 0

    @property
    def kept(self) -> list[str]:
        """The columns that stand in an output beside new ones: all but the mol blocks of an SD file."""
        return [name for name in self.names if self.format != "sdf" or name != self.smiles]

    def pieces(self, rows: int = 1000) -> Iterator[Table]:
        """Tables of at most `rows` rows in file order, in bounded memory; each call starts anew."""
        if rows < 1:
            raise ValueError(f"a piece has at least 1 row, not {rows}")
        return self.read(rows)


MOST_REMARKS = 10  # that are worth telling one by one


def remark_lines(table: Table, most: int = MOST_REMARKS) -> list[str]:
    """The first remarks of a table, each with its row."""
    return [f"Row {row}: {text}" for row, text in list(table.remarks.items())[:most]]


def read_table(source: Source) -> Table:
    """All pieces of `source` as one table."""
    columns: dict[str, list[Any]] = {name: [] for name in source.names}
    faults: dict[int, str] = {}
    remarks: dict[int, str] = {}
    files: list[str] = []
    for piece in source.pieces(10_000):
        for name, values in piece.columns.items():
            columns[name].extend(values)
        faults.update(piece.faults)
        remarks.update(piece.remarks)
        files += piece.files
    return Table(source.names, columns, 1, faults, remarks, files=files)


def table_from_values(values: Sequence[str]) -> Table:
    """A table of one column `smiles`.

    >>> table_from_values(["CCO", ""]).columns
    {'smiles': ['CCO', '']}
    """
    return Table(("smiles",), {"smiles": list(values)})


def frame_to_table(frame: Any) -> Table:
    """A table from a pandas DataFrame or a dict of equally long sequences; NaN and NaT become None.

    Raises InputError when two columns have the same name or the lengths differ.

    >>> frame_to_table({"smiles": ["CCO"], "y": [float("nan")]}).columns
    {'smiles': ['CCO'], 'y': [None]}
    """
    names = tuple(str(name) for name in (frame if isinstance(frame, Mapping) else frame.columns))
    if len(set(names)) < len(names):
        raise InputError(f"The frame has two columns of the same name among: {', '.join(names)}. Rename one.")
    sequences = frame.values() if isinstance(frame, Mapping) else (frame.iloc[:, i] for i in range(len(names)))
    columns = {name: [_plain(value) for value in values] for name, values in zip(names, sequences, strict=True)}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"The columns are not equally long: {lengths}.")
    return Table(names, columns)


def _plain(value: Any) -> Any:
    """A frame's value as a Python one; a value that is not equal to itself is pandas' missing mark."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, str | int | float) else str(value)
