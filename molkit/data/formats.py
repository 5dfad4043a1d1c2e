"""The formats a table is written in: delimited text, SD files, Parquet, Excel.

Each is a context manager that opens an unfinished file and gives a `TableWriter`.
"""

from __future__ import annotations

import gzip
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

from molkit.data.spreadsheet import protected
from molkit.data.workbook import parquet_file, xlsx_file

Columns = Mapping[str, Sequence[Any]]


class TableWriter(Protocol):
    """Takes a table piece by piece."""

    def write(self, columns: Columns) -> None:
        """Append equally long columns, one for each name of the table."""


def cell_text(value: Any) -> str:
    """A cell as text: None and NaN are empty, a number is the shortest text that reads back equal.

    A NumPy float32 is as short as float32 allows, where a Python float needs all its digits.

    >>> import numpy
    >>> [cell_text(value) for value in (numpy.float32(0.1), 0.1, 7.0, None, float("nan"), True)]
    ['0.1', '0.1', '7.0', '', '', 'true']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    text = str(value)
    if text in ("nan", "True", "False"):
        return {"nan": "", "True": "true", "False": "false"}[text]
    return text


class _Delimited:
    """Delimited text; formulas are made harmless as `molkit.data.spreadsheet` says."""

    def __init__(self, stream: TextIO, names: tuple[str, ...], delimiter: str) -> None:
        self._stream, self._names, self._delimiter = stream, names, delimiter
        self._quoted = re.compile(f'["\r\n{delimiter}]')
        stream.write(self._line(self._written(names)))

    def write(self, columns: Columns) -> None:
        texts = [self._written(columns[name]) for name in self._names]
        self._stream.writelines(map(self._line, zip(*texts, strict=True)))

    def _line(self, cells: Sequence[str]) -> str:
        return self._delimiter.join(cells) + "\n"

    def _written(self, values: Sequence[Any]) -> list[str]:
        """Cells as they are written; only a text can be a formula or need quotes, and many are repeated."""
        known = {text: self._quote(protected(text)) for text in {value for value in values if isinstance(value, str)}}
        return [known[value] if isinstance(value, str) else cell_text(value) for value in values]

    def _quote(self, cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if self._quoted.search(cell) else cell


class _Records:
    def __init__(self, stream: TextIO, names: tuple[str, ...], structure: str) -> None:
        self._stream, self._structure = stream, structure
        self._tags = [name for name in names if name != structure]

    def write(self, columns: Columns) -> None:
        tags = [(tag_header(name), columns[name]) for name in self._tags]
        for row, block in enumerate(columns[self._structure]):
            self._stream.write(closed_block(cell_text(block)))
            for header, values in tags:
                if values[row] is not None:
                    self._stream.write(f"{header}\n{tag_value(cell_text(values[row]))}\n\n")
            self._stream.write("$$$$\n")


def closed_block(block: str) -> str:
    """A mol block that ends its record properly: a blank one has 0 atoms, a cut one gets its end."""
    if not block.strip():
        return "\n  molkit\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    lines = _guarded(block)
    if not any(line.startswith("M  END") for line in lines):
        lines.append("M  END")
    return "\n".join(lines) + "\n"


def tag_header(name: str) -> str:
    """The header of a data item; a name cannot hold the brackets around it, nor a line end."""
    return "> <" + re.sub(r"[\r\n]+", " ", name).replace("<", "(").replace(">", ")") + ">"


def tag_value(value: str) -> str:
    """A data item's lines; a blank one would end it and one with > begin another, so these get a space."""
    return "\n".join(f" {line}" if line[:1] in ("", ">") else line for line in _guarded(value)) if value else ""


def _guarded(text: str) -> list[str]:
    """The lines of a text, none of which ends the record."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    return [f" {line}" if line.startswith("$$$$") else line for line in lines]


@contextmanager
def _text(path: Path, packed: bool) -> Iterator[TextIO]:
    """A text file in UTF-8 whose bytes depend on nothing but the text (gzip without name and time)."""
    with ExitStack() as stack:
        stream: Any = stack.enter_context(path.open("wb"))
        if packed:
            stream = stack.enter_context(gzip.GzipFile("", "wb", 6, stream, mtime=0))
        yield stack.enter_context(io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline=""))


def _delimited_file(delimiter: str) -> Callable[..., AbstractContextManager[TableWriter]]:
    @contextmanager
    def file(path: Path, names: tuple[str, ...], packed: bool, structure: str | None) -> Iterator[TableWriter]:
        with _text(path, packed) as stream:
            yield _Delimited(stream, names, delimiter)

    return file


@contextmanager
def _sdf_file(path: Path, names: tuple[str, ...], packed: bool, structure: str | None) -> Iterator[TableWriter]:
    with _text(path, packed) as stream:
        yield _Records(stream, names, structure or names[-1])


FORMATS: dict[str, Callable[..., AbstractContextManager[TableWriter]]] = {
    "csv": _delimited_file(","),
    "tsv": _delimited_file("\t"),
    "sdf": _sdf_file,
    "parquet": parquet_file,
    "xlsx": xlsx_file,
}
