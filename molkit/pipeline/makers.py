"""Where the cells of each kind of input come from: columns of a table, and files that these name or belong to.

A maker takes an input, the names of a table's columns and the folder that it is in, and gives what makes the cells of
every row of a piece of that table. Other files it reads are added to `files`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from molkit.data.columns import find_column
from molkit.data.events import read_events
from molkit.data.fasta import read_fasta
from molkit.data.image_table import absolute_cells
from molkit.data.records import records_of
from molkit.data.table import Table
from molkit.errors import InputError
from molkit.features.inputs import Input
from molkit.types import Problem

Cells = Callable[[Table], Sequence[Any]]
Maker = Callable[[Input, Sequence[str], Path, list[Path]], Cells]
_FASTA = tuple(f"{end}{packed}" for end in (".fasta", ".fa", ".faa") for packed in ("", ".gz"))
_RANGE = ".."
_SEVERAL = r",|\.\."  # columns
_UNFIXED = {"record": "a record of events", "signal": "a signal of several columns"}
_OF_RECORDS = ("subject_id", "prediction_time")


def fixed_cell(one: Input, text: str, files: list[Path]) -> Any:
    """The one cell that a text is, or that the file of this name holds."""
    path = Path(text)
    if not can_be_fixed(one):
        raise InputError(f"--fix {one.name}: {_UNFIXED[one.kind]} cannot be the same in all rows; name it with --input")
    if one.kind in ("image", "signal"):
        with suppress(OSError):  # a text can be too long for a name
            files += [path] if path.is_file() else []
        return str(path.absolute())
    if one.kind == "table":
        return _fixed_row(one, text)
    if one.kind != "sequence" or not text.endswith(_FASTA):
        return text
    found = list(_fasta(one, path, files).values())
    if len(found) > 1:
        raise InputError(f"--fix {one.name}: {text} holds {len(found)} sequences; expected one")
    return found[0]


def can_be_fixed(one: Input) -> bool:
    """Whether one text can stand for what an input reads: not for a record, and not for a signal of many columns."""
    return one.kind not in _UNFIXED or (one.kind == "signal" and not re.search(_SEVERAL, one.source))


def _fixed_row(one: Input, text: str) -> tuple[str, ...]:
    """The cells of a row of a table, between commas."""
    cells, columns = tuple(part.strip() for part in text.split(",")), one.options.get("columns", ())
    if len(cells) != len(columns):
        raise InputError(
            f"--fix {one.name}: expected {len(columns)} values with commas between them, for {', '.join(columns)};"
            f" got {len(cells)}"
        )
    return cells


def _beside(name: str, folder: Path) -> Path:
    """A file by its own path, or else in the folder of the table."""
    return Path(name) if Path(name).exists() or Path(name).is_absolute() else folder / name


def _fasta(one: Input, path: Path, files: list[Path]) -> dict[str, str]:
    try:
        found = read_fasta(path)
    except OSError as error:
        raise InputError(f"--input {one.name}: {path} cannot be read: {error.strerror}") from None
    files.append(path)
    return found


def _column(one: Input, names: Sequence[str], wanted: str = "") -> str:
    return find_column(names, wanted or one.source or one.name, f"--input {one.name}")


def columns_read(one: Input, names: Sequence[str]) -> list[str]:
    """The columns that an input reads of a table with these `names`."""
    if one.kind in ("table", "signal"):
        return table_columns(one, names)
    if one.kind == "record":
        return list(record_columns(one, names)[:2])
    return [_column(one, names, one.source.rpartition("@")[0] if one.kind == "sequence" else "")]


def table_columns(one: Input, names: Sequence[str]) -> list[str]:
    """The columns of a list such as age,sex,t0..t139; raises InputError for one that is named twice."""
    found: list[str] = []
    for part in (one.source or one.name).split(","):
        first, dots, last = part.strip().partition(_RANGE)
        if not dots:
            found.append(_column(one, names, first))
            continue
        start, stop = (list(names).index(_column(one, names, end)) for end in (first, last))
        if stop < start:
            raise InputError(f"--input {one.name}: {part}: the columns stand in the other order")
        found += names[start : stop + 1]
    again = [name for name, count in Counter(found).items() if count > 1]
    if again:
        raise InputError(f"--input {one.name}: the column {again[0]!r} is named twice; name it once")
    return found


def _text_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    column = _column(one, names)
    return lambda table: table.columns[column]


def _sequence_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """A column, or the sequences of a FASTA file (COLUMN@FILE) that have the names in one."""
    wanted, at, file = one.source.rpartition("@")
    if not at:
        return _text_cells(one, names, folder, files)
    column, path = _column(one, names, wanted), _beside(file, folder)
    sequences = _fasta(one, path, files)

    def cell(name: str) -> Any:
        return sequences.get(name, Problem("empty", f"there is no sequence {name!r} in {path.name}."))

    return lambda table: [cell(str(text).strip()) for text in table.columns[column]]


def _path_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """A column of paths, absolute or from the folder of the table."""
    column = _column(one, names)
    return lambda table: absolute_cells(table.columns[column], folder)


def _signal_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """A column of paths, or the numbers in several columns."""
    return (_table_cells if len(table_columns(one, names)) > 1 else _path_cells)(one, names, folder, files)


def _table_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """The cells of several columns, together."""
    columns = table_columns(one, names)
    return lambda table: list(zip(*(table.columns[name] for name in columns), strict=True))


def record_columns(one: Input, names: Sequence[str]) -> tuple[str, str, str]:
    """The columns of subject and time of prediction, and the file of events, that SUBJECT,TIME@FILE names."""
    wanted, at, file = one.source.rpartition("@")
    if not at or not file:
        raise InputError(f"--input {one.name}={one.source}: name the file of events, as in {one.name}=@events.parquet")
    asked = [part.strip() for part in wanted.split(",")] if wanted else list(_OF_RECORDS)
    if len(asked) != len(_OF_RECORDS):
        raise InputError(f"--input {one.name}={one.source}: expected SUBJECT,TIME@FILE with two columns before the @")
    subject, time = (_column(one, names, name) for name in asked)
    return subject, time, file


def _record_cells(one: Input, names: Sequence[str], folder: Path, files: list[Path]) -> Cells:
    """What a file of events (SUBJECT,TIME@FILE) holds of the subject of each row up to its time."""
    subject, time, file = record_columns(one, names)
    path = _beside(file, folder)
    events = read_events(path)
    files.append(path)
    return lambda table: records_of(events, table.columns[subject], table.columns[time])


MAKERS: dict[str, Maker] = {
    "smiles": _text_cells,
    "sequence": _sequence_cells,
    "image": _path_cells,
    "signal": _signal_cells,
    "table": _table_cells,
    "record": _record_cells,
}


def without_folders(source: str) -> str:
    """A source as a model file may hold it: the name of a file without its place on this machine.

    >>> without_folders("id@/home/me/kinases.fasta")
    'id@kinases.fasta'
    """
    column, at, file = source.rpartition("@")
    return f"{column}@{Path(file).name}" if at else source
