"""Vectors of rows as NumPy files, written piece by piece: .npy with a table of the rows beside it, or .npz.

Format of .npy: NumPy, NEP 1. Its header keeps room for the number of rows, which is known at the end.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from molkit.data.formats import Columns, TableWriter
from molkit.data.write import atomic_path, atomic_paths, table_writer

SUFFIXES = (".npy", ".npz")
_TIME = (1980, 1, 1, 0, 0, 0)  # of the entries of a zip file, so that equal vectors are equal bytes


def rows_path(path: Path) -> Path:
    """The table that stands beside an .npy file.

    >>> rows_path(Path("a/vectors.npy")).name
    'vectors.rows.csv'
    """
    return path.with_suffix(".rows.csv")


class _Vectors:
    """Rows of float32 on their way into an .npy file."""

    def __init__(self, stream: BinaryIO, width: int) -> None:
        self._stream, self._width, self._rows = stream, width, 0
        self._header()
        self._start = stream.tell()

    def _header(self) -> None:
        shape = {"descr": "<f4", "fortran_order": False, "shape": (self._rows, self._width)}
        np.lib.format.write_array_header_1_0(self._stream, shape)

    def write(self, columns: Columns, names: Sequence[str]) -> None:
        """Append the rows of a piece, of which the columns `names` are the vectors."""
        rows = np.stack([np.asarray(columns[name], "<f4") for name in names], axis=1)
        self._stream.write(rows.tobytes())
        self._rows += len(rows)

    def close(self) -> None:
        """Say how many rows there are."""
        self._stream.seek(0)
        self._header()
        if self._stream.tell() != self._start:
            raise ValueError("the header of an .npy file outgrew its place")


class _Table:
    """Takes pieces apart into vectors and the other columns."""

    def __init__(self, vectors: _Vectors, names: Sequence[str], rest: TableWriter) -> None:
        self._vectors, self._names, self._rest = vectors, names, rest

    def write(self, columns: Columns) -> None:
        self._vectors.write(columns, self._names)
        self._rest.write(columns)


class _Kept:
    """Columns of text that are few enough to keep in memory; `names` are those of the table by their own."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.columns: dict[str, list[str]] = {name: [] for name in names}

    def write(self, columns: Columns) -> None:
        for name, values in self.columns.items():
            values += ["" if value is None else str(value) for value in columns[self.names[name]]]


@contextmanager
def open_vectors(
    path: Path,
    names: Sequence[str],
    overwrite: bool = False,
    structure: str | None = None,
    inputs: Collection[Path] = (),
    locked: bool = False,
    resumed: bool = False,
    *,
    vectors: Sequence[str],
    told: Mapping[str, str],
) -> Iterator[TableWriter]:
    """A writer as `molkit.data.write.open_writer` gives it, for .npy and .npz; the columns `vectors` are numbers.

    Of an .npy file all other columns stand in a table beside it, `rows_path`. An .npz file holds `vectors` float32
    [n, D], their `names` [D], and as texts [n] the columns that `told` names, under the names that it gives them.
    """
    path = Path(path)
    if path.suffix == ".npz":
        with atomic_path(path, overwrite, inputs, locked, resumed) as unfinished, _npz(unfinished, vectors, told) as to:
            yield to
        return
    rest = [name for name in names if name not in set(vectors)]
    beside = rows_path(path)
    with (
        atomic_paths([path, beside], overwrite, inputs, locked, resumed) as (unfinished, table),
        unfinished.open("wb") as stream,
        table_writer(table, beside, rest) as rows,
    ):
        written = _Vectors(stream, len(vectors))
        yield _Table(written, vectors, rows)
        written.close()


@contextmanager
def _npz(unfinished: Path, vectors: Sequence[str], told: Mapping[str, str]) -> Iterator[TableWriter]:
    """The vectors go to a file of their own first, as the size of an entry must be known when it is begun."""
    apart = unfinished.with_name(unfinished.name + ".vectors")
    try:
        with apart.open("wb") as stream:
            written, kept = _Vectors(stream, len(vectors)), _Kept(told)
            yield _Table(written, vectors, kept)
            written.close()
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
            with apart.open("rb") as source, archive.open(_entry("vectors"), "w", force_zip64=True) as entry:
                shutil.copyfileobj(source, entry)
            for name, texts in {"names": list(vectors), **kept.columns}.items():
                with archive.open(_entry(name), "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.array(texts, np.str_), allow_pickle=False)
    finally:
        apart.unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy", _TIME)
