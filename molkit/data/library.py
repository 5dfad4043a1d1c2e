"""A library of structures: a table, or a folder of tables read one after the other."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from molkit.data.prepared import MANIFEST, is_prepared, open_prepared, prepared_source
from molkit.data.table import Source, Table
from molkit.data.tables import is_table_path, open_table
from molkit.errors import InputError

_MOST_COUNTED = 1 << 30  # bytes
_GZIP = b"\x1f\x8b"


def open_library(path: str | Path, smiles_column: str | None = None, require_smiles: bool = True) -> Source:
    """The rows of a table, of a prepared library, or of all tables of a folder in the order of their names.

    The tables of a folder must have the same columns. Raises InputError for what is no table, or if the folder
    holds none.
    """
    path = Path(path)
    if is_prepared(path):
        return prepared_source(open_prepared(path))
    if not path.is_dir():
        return open_table(path, smiles_column=smiles_column, require_smiles=require_smiles)
    files = _tables(path)
    if not files:
        raise InputError(f"{path}: the folder holds no table (.smi, .csv, .tsv, .sdf or .parquet, also as .gz).")
    sources = [open_table(file, smiles_column=smiles_column, require_smiles=require_smiles) for file in files]
    first = sources[0]
    for source in sources[1:]:
        if set(source.names) != set(first.names) or source.smiles != first.smiles:
            raise InputError(
                f"{source.path}: has the columns {', '.join(source.names)} where {first.path.name} has "
                f"{', '.join(first.names)}; the tables of a folder must have the same."
            )
        if (source.format == "sdf") != (first.format == "sdf"):
            raise InputError(f"{source.path}: SD files and other tables do not mix in one folder.")
    counts = [source.row_count for source in sources]
    total = None if None in counts else sum(count for count in counts if count is not None)
    before = sum(source.lines_before for source in sources)
    notes = (f"Folder with {len(files)} tables.", *first.notes)
    chained = partial(_chained, sources)
    return replace(first, path=path, notes=notes, row_count=total, read=chained, lines_before=before)


def library_files(source: Source) -> list[Path]:
    """The files that hold a library."""
    if is_prepared(source.path):
        return [source.path / MANIFEST]  # which holds the hashes of the other files
    return _tables(source.path) if source.path.is_dir() else [source.path]


def _tables(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if is_table_path(file.name) and not file.name.startswith("."))


def _chained(sources: list[Source], rows: int) -> Iterator[Table]:
    """The pieces of all tables, their rows numbered through."""
    before = 0
    for source in sources:
        last = 0
        for piece in source.pieces(rows):
            last = piece.first_row + len(piece) - 1
            shifted = ({row + before: text for row, text in found.items()} for found in (piece.faults, piece.remarks))
            yield Table(sources[0].names, piece.columns, piece.first_row + before, *shifted)
        before += last


def check_outside(source: Source, out: Path) -> None:
    """Raise InputError if `out` would stand in the folder that is read."""
    if source.path.is_dir() and source.path.resolve() in (out.resolve(), *out.resolve().parents):
        raise InputError(f"{out}: would stand in the library {source.path}; choose another folder.")


def estimated_rows(source: Source) -> int:
    """About how many rows there are, for telling the time left: the known number, or that of lines; 0 for no idea."""
    if source.row_count is not None:
        return source.row_count
    files = library_files(source)
    if sum(file.stat().st_size for file in files) > _MOST_COUNTED:
        return 0
    return max(sum(map(_lines, files)) - source.lines_before, 0)


def _lines(file: Path) -> int:
    with file.open("rb") as plain:
        packed = plain.read(2) == _GZIP
    try:
        with gzip.open(file) if packed else file.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    except (OSError, EOFError, zlib.error):  # a damaged file is for its reader to tell
        return 0
