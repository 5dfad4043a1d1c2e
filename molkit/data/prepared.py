"""Prepared libraries: a folder of parts that hold what was read from structures, so that none is read again.

manifest.json            what the library was made of and how, and for each part its rows and hashes
part-00000.parquet       the cells of 5,000 rows, the standardised structure, status, reason and note of each
part-00000.safetensors   their features: a deflated piece for each chunk of 500 rows, reading and feature

A reading is how stereo was taken: "drawn" has each structure once, "isomers" has the stereoisomers that undefined
centres stand for. Chunks are those in which a table is scored, so a model sees the same arrays either way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from molkit.data.exact import read_exact
from molkit.data.table import Source, Table
from molkit.errors import InputError

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 500
PART_ROWS = 10 * CHUNK
READINGS = ("drawn", "isomers")
ADDED = ("smiles_std", "status", "reason", "note", "fault", "remark")  # columns of a part beside those of the table


@dataclass(frozen=True)
class Part:
    """One part: its number, the 1-based row of the library it begins at, and the SHA-256 of each of its files."""

    number: int
    first_row: int
    rows: int
    statuses: Mapping[str, int]
    sha256: Mapping[str, str]  # by suffix

    def path(self, folder: Path, suffix: str) -> Path:
        """Its "parquet" or "safetensors" file."""
        return folder / f"part-{self.number:05d}.{suffix}"


@dataclass(frozen=True)
class PreparedLibrary:
    """An opened library; reading its parts checks their hashes."""

    folder: Path
    names: tuple[str, ...]  # of the table's columns
    added: Mapping[str, str]  # each of ADDED -> what it is called, as the table may have such a column
    smiles: str
    table_format: str  # of the table it was made of; mol blocks if "sdf"
    policy: Mapping[str, Any]
    options: Mapping[str, Mapping[str, Any]]  # of featurizers, by kind
    features: tuple[str, ...]  # such as "drug/graph"
    readings: tuple[str, ...]
    versions: Mapping[str, str]
    source: Mapping[str, Any]  # the table's files with sizes and times
    parts: tuple[Part, ...] = field(repr=False)
    sha256: str  # of everything: the manifest holds the hashes of the parts

    @property
    def row_count(self) -> int:
        """Rows, readable or not."""
        return sum(part.rows for part in self.parts)


def is_prepared(path: str | Path) -> bool:
    """Whether a path is a folder that claims to be a prepared library."""
    return (Path(path) / MANIFEST).is_file()


def open_prepared(folder: str | Path) -> PreparedLibrary:
    """Read what a library says of itself; raises InputError for a newer format or what is no such library."""
    folder = Path(folder)
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); is {folder} a prepared library?") from None
    try:
        content = json.loads(data)
        if content["kind"] != "molkit library":
            raise KeyError("kind")
        if content["format"] > FORMAT:
            raise InputError(
                f"{folder}: library format {content['format']}, this molkit reads formats up to {FORMAT}; update molkit"
            )
        return _library(folder, content, hashlib.sha256(data).hexdigest())
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{path}: damaged, or not the manifest of a prepared library; prepare it again") from None


def _library(folder: Path, content: dict[str, Any], sha256: str) -> PreparedLibrary:
    parts, first = [], 1
    for number, part in enumerate(content["parts"]):
        parts.append(Part(number, first, int(part["rows"]), part["statuses"], part["sha256"]))
        first += int(part["rows"])
    for before in parts[:-1]:
        if before.rows != PART_ROWS:
            raise ValueError(f"part {before.number} has {before.rows} rows")
    said = ("added", "smiles", "table_format", "policy", "options", "versions", "source")
    fields: dict[str, Any] = {name: tuple(content[name]) for name in ("names", "features", "readings")}
    fields |= {name: content[name] for name in said}
    return PreparedLibrary(folder, parts=tuple(parts), sha256=sha256, **fields)


def read_table_part(library: PreparedLibrary, part: int) -> Table:
    """The cells of part number `part` (from 0) as they were in the table; raises InputError if it was changed."""
    found = library.parts[part]
    fault, remark = library.added["fault"], library.added["remark"]
    columns = read_part_columns(library, part, (*library.names, fault, remark))
    said = [
        {row: text for row, text in enumerate(columns.pop(name), found.first_row) if text is not None}
        for name in (fault, remark)
    ]
    return Table(library.names, columns, found.first_row, *said)


def read_part_columns(library: PreparedLibrary, part: int, names: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns of a part, those of `library.added` too."""
    found = library.parts[part]
    return read_exact(checked_bytes(found.path(library.folder, "parquet"), found.sha256["parquet"]), names)


def prepared_source(library: PreparedLibrary) -> Source:
    """The cells of a library as a table, for reading it as one."""

    def pieces(rows: int) -> Iterator[Table]:
        for part in library.parts:
            table = read_table_part(library, part.number)
            for start in range(0, len(table), rows):
                columns = {name: values[start : start + rows] for name, values in table.columns.items()}
                first = table.first_row + start
                said = [
                    {row: text for row, text in found.items() if first <= row < first + rows}
                    for found in (table.faults, table.remarks)
                ]
                yield Table(table.names, columns, first, *said)

    note = f"Prepared library with {library.row_count:,} rows."
    names, path = library.names, library.folder
    return Source(path, library.table_format, names, library.smiles, (note,), library.row_count, pieces)


def checked_bytes(path: Path, sha256: str) -> bytes:
    """A file of a library; raises InputError if it does not have the hash that the manifest says."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; prepare the library again") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(f"{path}: damaged or changed, it does not match its hash; prepare the library again")
    return data
