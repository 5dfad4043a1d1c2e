"""Parquet files and Excel workbooks, whose cells have types."""

from __future__ import annotations

import datetime
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from molkit.data.columns import unique_names
from molkit.data.headers import has_header, invented_names
from molkit.data.structures import (
    choose_structures,
)
from molkit.data.table import Source, Table
from molkit.errors import InputError

SAMPLE_ROWS = 1000


def open_typed(path: Path, family: str, wanted: str | None, header: bool | None, notes: tuple[str, ...]) -> Source:
    """Open a Parquet file or a workbook; see `open_table`."""
    return _open_parquet(path, wanted, notes) if family == "parquet" else _open_xlsx(path, wanted, header, notes)


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: is truncated or not a valid Parquet file ({reason}).") from None


def _open_parquet(path: Path, wanted: str | None, notes: tuple[str, ...]) -> Source:
    with _parquet(path) as file:
        schema, count = file.schema_arrow, file.metadata.num_rows
        names, more = unique_names(schema.names)
        head = next(file.iter_batches(SAMPLE_ROWS), None)
    sample = _parquet_columns(names, head) if head is not None else {name: [] for name in names}
    structure, note = choose_structures(names, sample, wanted)
    kind = schema.types[names.index(structure)] if structure is not None else None
    if kind is not None and not _is_text(kind):
        raise InputError(
            f"{path}: column '{structure}' should hold SMILES text but is of type {kind}. Convert it to strings."
        )
    read = partial(_read_parquet, path=path, names=names)
    found = f"Parquet file with {count:,} rows."
    return Source(path, "parquet", names, structure, (*notes, found, *more, note), count, read)


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind)


def _read_parquet(rows: int, *, path: Path, names: tuple[str, ...]) -> Iterator[Table]:
    first = 1
    with _parquet(path) as file:
        for batch in file.iter_batches(rows):
            if batch.num_rows:
                yield Table(names, _parquet_columns(names, batch), first)
                first += batch.num_rows


def _parquet_columns(names: tuple[str, ...], batch: Any) -> dict[str, list[Any]]:
    return {name: [_plain(v) for v in batch.column(place).to_pylist()] for place, name in enumerate(names)}


def _plain(value: Any) -> Any:
    """A typed cell as text, number or None; dates in ISO form, lists and structures as JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, default=str)
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


@contextmanager
def _sheet(path: Path, values: bool = True) -> Iterator[Any]:
    """The workbook, its formulas as their stored values or, without `values`, as formulas."""
    import zipfile
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no cells
            with path.open("rb") as stream:
                book = load_workbook(stream, read_only=True, data_only=values)
                try:
                    yield book
                finally:
                    book.close()
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        ParseError,
        KeyError,
        ValueError,
        EOFError,
        OSError,
    ) as error:
        raise InputError(f"{path}: is not a readable Excel workbook ({error}).") from None


def _open_xlsx(path: Path, wanted: str | None, header: bool | None, notes: tuple[str, ...]) -> Source:
    with _sheet(path) as book:
        if not book.worksheets:
            raise InputError(f"{path}: the workbook has no sheet with cells.")
        sheet = book.worksheets[0].title
        others = len(book.worksheets) - 1
        head = list(islice(_sheet_rows(book), SAMPLE_ROWS + 1))
    if not head:
        raise InputError(f"{path}: the first sheet, '{sheet}', is empty.")
    width = max(len(row) for row in head)
    found = f"Sheet '{sheet}' was read" + (f"; the {others} other sheets were not." if others else ".")
    first = [*map(_text, head[0]), *[""] * (width - len(head[0]))]
    skip = has_header(first, head[1:]) if header is None else header
    body = head[1:] if skip else head
    names, more = unique_names(first) if skip else (invented_names(first, body), [])
    sample = {name: [row[n] if n < len(row) else None for row in body] for n, name in enumerate(names)}
    structure, note = choose_structures(names, sample, wanted)
    read = partial(_read_xlsx, path=path, names=names, header=skip)
    return Source(path, "xlsx", names, structure, (*notes, found, *more, note, *_unstored(path, head)), None, read)


def _unstored(path: Path, head: list[list[Any]]) -> list[str]:
    """A note if formulas at the beginning of the sheet have no stored value and so read as blank."""
    with _sheet(path, values=False) as book:
        count = sum(
            isinstance(cell, str) and cell.startswith("=") and (place >= len(row) or row[place] is None)
            for row, formulas in zip(head, _sheet_rows(book), strict=False)
            for place, cell in enumerate(formulas)
        )
    if not count:
        return []
    return [f"{count} formulas have no stored value and read as blank; open and save the workbook in Excel first."]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _sheet_rows(book: Any) -> Iterator[list[Any]]:
    """The first sheet's rows from the first to the last filled one, without blank cells at the end."""
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    blank, begun = 0, False
    for cells in sheet.iter_rows(values_only=True):
        row = [_excel_value(cell) for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if not row:
            blank += begun
            continue
        yield from ([] for _ in range(blank))
        blank, begun = 0, True
        yield row


def _excel_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _plain(value)


def _read_xlsx(rows: int, *, path: Path, names: tuple[str, ...], header: bool) -> Iterator[Table]:
    width = len(names)
    first = 1
    with _sheet(path) as book:
        stream = _sheet_rows(book)
        if header:
            next(stream, None)
        while piece := list(islice(stream, rows)):
            faults = {
                first + index: f"The row has {len(row)} cells where the header has {width}."
                for index, row in enumerate(piece)
                if len(row) > width
            }
            fitted = [row[:width] + [None] * (width - len(row)) for row in piece]
            columns = {name: [row[place] for row in fitted] for place, name in enumerate(names)}
            yield Table(names, columns, first, faults)
            first += len(piece)
