"""SD files: a mol block and data items per record, read as a stream.

Source of the format: BIOVIA CTfile formats (2020), chapter "SDfiles". A record ends at a line that
holds `$$$$` alone (white space after it allowed), so `$$$$ is money` inside a data item is text, and
a data item with a line of `$$$$` alone cannot be told from the end of the record. A last record
needs no `$$$$`. A data item ends at a blank line; text that follows it without a header still
belongs to it, and text between `M  END` and the first data item to the mol block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from molkit.data.lines import Damage, Line, read_lines
from molkit.data.pieces import Row, row_pieces
from molkit.data.table import Table
from molkit.errors import InputError

STRUCTURE = "molblock"
TITLE = "name"
END = "M  END"
MAX_TAGS = 5000
RECORD_LINES = 100_000  # a record over this many lines is cut and reported
_HEADER = re.compile(r">.*?<(.*)>")


@dataclass(frozen=True)
class Overview:
    """What a first pass over an SD file finds: its tags in order, and the number of records."""

    tags: tuple[str, ...]
    records: int


def scan_sdf(path: Path, encoding: str) -> Overview:
    """The tags and records of an SD file, from one pass over its lines."""
    tags: dict[str, None] = {}
    records, since, filled = 0, 0, False
    for _, text, _ in read_lines(path, encoding):
        since += 1
        if text[0] == "$" and _is_end(text):
            records, since, filled = records + 1, 0, False
            continue
        filled = filled or not text.isspace()
        if text[0] == ">" and since > 1 and (match := _HEADER.match(text)):
            tags[match[1].strip()] = None
            if len(tags) > MAX_TAGS:
                raise InputError(f"{path}: has more than {MAX_TAGS:,} different data tags; it is no SD file.")
    return Overview(tuple(tags), records + filled)


def tag_names(tags: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """The column name of each tag, and notes on those that clash with the title or the mol block."""
    names: dict[str, str] = {}
    notes: list[str] = []
    for tag in tags:
        name = tag or "unnamed"
        while name in (TITLE, STRUCTURE) or name in names.values() or (name != tag and name in tags):
            name += "_2"
        if name != tag:
            notes.append(f"The data tag '{tag}' is column '{name}'.")
        names[tag] = name
    return names, notes


def read_sdf(rows: int, *, path: Path, encoding: str, tags: dict[str, str], names: tuple[str, ...]) -> Iterator[Table]:
    """The pieces of an SD file; a missing data item is None, one without text is ""."""
    places = {tag: names.index(name) for tag, name in tags.items()}
    stream = (_row(record, places, len(names)) for record in _records(read_lines(path, encoding)))
    return row_pieces(stream, names, rows, None)


def _is_end(text: str) -> bool:
    return text.startswith("$$$$") and text.rstrip() == "$$$$"


def _records(lines: Iterator[Line]) -> Iterator[list[Line]]:
    record: list[Line] = []
    for line in lines:
        if line[1][0] == "$" and _is_end(line[1]):
            yield record or [(line[0], "", None)]
            record = []
        elif len(record) < RECORD_LINES:
            record.append(line)
        else:
            record[-1] = (
                line[0],
                "",
                Damage(f"is beyond the limit of {RECORD_LINES:,} lines a record", cut=True),
            )
    if any(not text.isspace() for _, text, _ in record):
        yield record


def _row(record: list[Line], places: dict[str, int], width: int) -> Row:
    texts = [text.rstrip("\r\n") for _, text, _ in record]
    end = next((index for index, text in enumerate(texts) if text.startswith(END)), None)
    cells: list[str | None] = [None] * width
    cells[0] = texts[0]
    if end is None:
        cells[-1] = "\n".join(texts)
        return (
            cells,
            Damage(f"begins a record without '{END}'; the file is cut or damaged there", cut=True),
            record[0][0],
        )
    first = next((index for index, text in enumerate(texts) if index > end and _HEADER.match(text)), len(texts))
    cells[-1] = "\n".join(texts[:first]).rstrip("\n") + "\n"
    for tag, value in _items(texts[first:]):
        place = places[tag]
        before = cells[place]
        cells[place] = value if before is None else f"{before}\n{value}"
    return cells, _damage(record, end), record[0][0]


def _damage(record: list[Line], end: int) -> Damage | None:
    """Damage of the atom and bond lines cuts the structure; that of other lines leaves it whole."""
    for place, (_, _, damage) in enumerate(record):
        if damage:
            return Damage(f"begins a record in which a line {damage.sentence}", cut=3 <= place <= end)
    return None


def _items(texts: list[str]) -> Iterator[tuple[str, str]]:
    """The data items of a record, from the header of the first one on.

    A line that looks like a header is one unless the value before it has not been ended by a blank line.
    """
    tag = ""
    value: list[str] | None = None
    ended = True
    for text in texts:
        match = _HEADER.match(text) if ended or not value else None
        if match is None:
            assert value is not None  # the first text is a header
            value.append(text)
            ended = ended or not text.strip()
            continue
        if value is not None:
            yield tag, "\n".join(value).rstrip("\n")
        tag, value, ended = match[1].strip(), [], False
    if value is not None:
        yield tag, "\n".join(value).rstrip("\n")
