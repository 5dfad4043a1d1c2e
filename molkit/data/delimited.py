"""Delimited text (csv, tsv and their kin): records, delimiter, header, and the reader.

Quoting is that of RFC 4180: a cell that begins with `"` runs to the next single `"`, line ends
included. A quote that is never closed costs its own row, not those after it. The apostrophe before what would be
a formula in a spreadsheet is taken away (`molkit.data.spreadsheet`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from molkit.data.lines import Damage, Line, read_lines
from molkit.data.pieces import Row, row_pieces
from molkit.data.spreadsheet import restored
from molkit.data.table import Table

RECORD_LINES = 2000  # a quoted cell over more lines, or more characters, is taken for an unclosed quote
RECORD_CHARACTERS = 1 << 18
CANDIDATES = (",", "\t", ";", "|")
DELIMITER_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", " ": "space"}

Record = tuple[int, list[str], Damage | None]
"""The number of its first line, the cells, the damage."""


def split_record(text: str, delimiter: str) -> tuple[list[str], str]:
    """The cells of a record without its line end, and "whole", "open" (a quote is not closed) or "junk".

    >>> split_record('CCO,"1,2-diol",3', ",")
    (['CCO', '1,2-diol', '3'], 'whole')
    """
    cells: list[str] = []
    start = 0
    while True:
        if not text.startswith('"', start):
            stop = text.find(delimiter, start)
            cells.append(text[start:] if stop < 0 else text[start:stop])
            if stop < 0:
                return cells, "whole"
            start = stop + 1
            continue
        stop = text.find('"', start + 1)
        while stop >= 0 and text.startswith('"', stop + 1):
            stop = text.find('"', stop + 2)
        if stop < 0:
            return cells, "open"
        cells.append(text[start + 1 : stop].replace('""', '"'))
        if stop + 1 == len(text):
            return cells, "whole"
        if text[stop + 1] != delimiter:
            return cells, "junk"
        start = stop + 2


def read_records(lines: Iterator[Line], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """The records of `lines`; one over several lines must have `width` cells, if that is given."""
    ahead: deque[Line] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        number, text, damage = line
        if '"' not in text:
            cells = text.rstrip("\r\n").split(delimiter)
            yield number, _restored(cells) if "'" in text else cells, damage
            continue
        bare = text.rstrip("\r\n")
        cells, state = split_record(bare, delimiter)
        if state == "whole":
            yield number, _restored(cells), damage
        elif state == "junk":
            yield _literal(number, bare, delimiter, width)
        else:
            number, cells, damage = _several_lines(line, lines, ahead, delimiter, width)
            yield number, _restored(cells), damage


def _restored(cells: list[str]) -> list[str]:
    return [restored(cell) for cell in cells]


def _literal(number: int, text: str, delimiter: str, width: int | None) -> Record:
    """A line whose quotes do not fit the rule, its quotes read as plain characters."""
    cells = text.split(delimiter)
    usable = width is None or len(cells) == width
    return (
        number,
        cells,
        Damage("has text after a closing quote; its quotes are kept as they are", cut=not usable),
    )


def _several_lines(first: Line, lines: Iterator[Line], ahead: deque[Line], delimiter: str, width: int | None) -> Record:
    """The record that begins with `first`, whose quote is open; lines taken in vain go to `ahead`."""
    number, text, damage = first
    taken: list[Line] = []
    parts, size = [text], len(text)
    while len(taken) < RECORD_LINES and size < RECORD_CHARACTERS:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            break
        taken.append(line)
        parts.append(line[1])
        size += len(line[1])
        if '"' not in line[1]:
            continue
        cells, state = split_record("".join(parts).rstrip("\r\n"), delimiter)
        if state == "whole" and width in (None, len(cells)):
            return number, cells, damage or next((other[2] for other in taken if other[2]), None)
        if state != "open":
            break
    ahead.extendleft(reversed(taken))
    return (
        number,
        text.rstrip("\r\n").split(delimiter),
        Damage("opens a quote that is never closed", cut=True),
    )


@dataclass(frozen=True)
class Layout:
    """How a delimited file is laid out: `skipped` is the number of records before the first data row."""

    delimiter: str
    width: int
    skipped: int


def choose_delimiter(lines: Sequence[Line], preferred: str) -> str:
    """The candidate that cuts the first line into several cells and most other lines into as many."""
    best, best_score = preferred, (0.0, 0)
    order = [preferred, *(mark for mark in CANDIDATES if mark != preferred)]
    for mark in order:
        widths = [len(cells) for _, cells, _ in read_records(iter(lines), mark) if cells != [""]]
        if not widths or widths[0] < 2:
            continue
        score = (round(sum(width == widths[0] for width in widths) / len(widths), 1), widths[0])
        if score > best_score:
            best, best_score = mark, score
    return best


def read_delimited(
    rows: int, *, path: Path, encoding: str, layout: Layout, names: tuple[str, ...], structure: int | None
) -> Iterator[Table]:
    """The pieces of a delimited file; `structure` is the place of the structure column."""
    records = read_records(read_lines(path, encoding), layout.delimiter, layout.width)
    for _ in range(layout.skipped):
        next(records, None)
    return row_pieces((_fit(record, layout) for record in records), names, rows, structure)


def _fit(record: Record, layout: Layout) -> Row:
    """A record with exactly as many cells as the header; what does not fit is a fault, never a shift."""
    number, cells, damage = record
    width = layout.width
    if len(cells) == width:
        return cells, damage, number
    found = len(cells)
    if found < width:
        cells = cells + [""] * (width - found)
        blank = not "".join(cells).strip()
        return cells, damage if blank else damage or _ragged(found, width), number
    if not "".join(cells[width:]).strip():
        return cells[:width], damage, number
    kept = [*cells[: width - 1], layout.delimiter.join(cells[width - 1 :])]
    return kept, Damage(f"{_ragged(found, width).sentence}{_and(damage)}", cut=True), number


def _ragged(found: int, width: int) -> Damage:
    cells = "1 cell" if found == 1 else f"{found} cells"
    advice = "quote cells that contain the delimiter" if found > width else "add the missing ones"
    return Damage(f"has {cells} where the header has {width}; {advice}", cut=True)


def _and(damage: Damage | None) -> str:
    return f", and {damage.sentence}" if damage else ""
