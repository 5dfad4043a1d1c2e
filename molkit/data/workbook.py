"""Writing Parquet files and Excel workbooks, with the same bytes for the same table."""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from molkit.errors import OutputError

# Excel specifications and limits (Microsoft support article of that name).
XLSX_ROWS = 1_048_576
XLSX_COLUMNS = 16_384
XLSX_CELL = 32_767
GUESS_ROWS = 100_000  # rows held back while a column has no value that shows its type
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Parquet:
    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path, self._names = path, names
        self._waiting: list[dict[str, list[Any]]] = []
        self._writer: Any = None

    def write(self, columns: Mapping[str, Sequence[Any]]) -> None:
        piece = {name: _native(columns[name]) for name in self._names}
        if self._writer is not None:
            self._append(piece)
            return
        self._waiting.append(piece)
        untyped = any(all(v is None for part in self._waiting for v in part[name]) for name in self._names)
        if not untyped or sum(len(part[self._names[0]]) for part in self._waiting) >= GUESS_ROWS:
            self._begin()

    def _begin(self) -> None:
        import pyarrow
        from pyarrow import parquet

        fields = [(name, _kind([v for part in self._waiting for v in part[name]])) for name in self._names]
        self._schema = pyarrow.schema(fields)
        self._writer = parquet.ParquetWriter(self._path, self._schema)
        for part in self._waiting:
            self._append(part)
        self._waiting = []

    def _append(self, piece: dict[str, list[Any]]) -> None:
        import pyarrow

        arrays = []
        for field in self._schema:
            values: list[Any] = piece[field.name]
            if pyarrow.types.is_string(field.type):
                values = [None if v is None else _clean(str(v)) for v in values]
            try:
                arrays.append(pyarrow.array(values, field.type))
            except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
                raise OutputError(
                    f"Column '{field.name}' began with {field.type} values and goes on with others, "
                    "which Parquet does not allow. Write .csv instead."
                ) from None
        self._writer.write_batch(pyarrow.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        if self._writer is None:
            self._begin()
        self._writer.close()


def _kind(values: list[Any]) -> Any:
    """The Arrow type for the values of a column; text if they are mixed or there is none."""
    import numpy
    import pyarrow

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pyarrow.bool_()
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return pyarrow.int64()
    if kinds == {numpy.float32}:
        return pyarrow.float32()
    if kinds and kinds <= {float, int, numpy.float32}:
        return pyarrow.float64()
    return pyarrow.string()


def _native(values: Sequence[Any]) -> list[Any]:
    """A column as Python values, NaN as None; a float32 stays one, so that its type is kept."""
    import numpy

    native = (v.item() if isinstance(v, numpy.generic) and v.dtype != numpy.float32 else v for v in values)
    return [None if isinstance(v, float | numpy.float32) and math.isnan(v) else v for v in native]


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def parquet_file(path: Path, names: tuple[str, ...], packed: bool, structure: str | None) -> Iterator[_Parquet]:
    """A Parquet file; a column's type is that of its first values."""
    writer = _Parquet(path, names)
    try:
        yield writer
    except BaseException:
        if writer._writer is not None:
            writer._writer.close()
        raise
    writer.close()


class _Workbook:
    def __init__(self, sheet: Any, names: tuple[str, ...]) -> None:
        self._sheet, self._names, self._rows = sheet, names, 1
        if len(names) > XLSX_COLUMNS:
            raise OutputError(
                f"Excel holds {XLSX_COLUMNS:,} columns, the table has {len(names):,}. Write .csv instead."
            )
        sheet.append([self._cell(name) for name in names])

    def write(self, columns: Mapping[str, Sequence[Any]]) -> None:
        for row in zip(*(_native(columns[name]) for name in self._names), strict=True):
            self._rows += 1
            if self._rows > XLSX_ROWS:
                raise OutputError(f"Excel holds {XLSX_ROWS:,} rows and the table has more. Write .csv or .parquet.")
            self._sheet.append([self._cell(value) for value in row])

    def _cell(self, value: Any) -> Any:
        """A cell value Excel takes; text never becomes a formula, a long one says where it was cut."""
        from openpyxl.cell import WriteOnlyCell

        if value is None or isinstance(value, bool | int):
            return value
        if not isinstance(value, str):
            number = float(str(value))
            return number if math.isfinite(number) else str(number)
        text = _FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}", value)
        if len(text) > XLSX_CELL:
            mark = f" [cut: {len(text):,} characters]"
            text = text[: XLSX_CELL - len(mark)] + mark
        cell = WriteOnlyCell(self._sheet, text)
        cell.data_type = "s"
        return cell


@contextmanager
def xlsx_file(path: Path, names: tuple[str, ...], packed: bool, structure: str | None) -> Iterator[_Workbook]:
    """A workbook of one sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("molkit")
    try:
        yield _Workbook(sheet, names)
    except BaseException:
        sheet.close()
        sheet._writer.cleanup()  # openpyxl keeps rows in a temporary file until they are saved
        raise
    with path.open("w+b") as stream:
        book.save(stream)
    _without_times(path)


def _without_times(path: Path) -> None:
    """Rewrite a workbook with fixed times, so that equal tables are equal files."""
    stamp = datetime.datetime(*_EPOCH).isoformat() + "Z"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if name == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[\d:.]+Z?<", b">" + stamp.encode() + b"<", content)
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
