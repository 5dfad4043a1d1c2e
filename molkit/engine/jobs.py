"""What is sent to workers: chunks of structure cells. Loads nothing heavy, so a caller stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from molkit.types import Problem

Tick = Callable[[int], None]  # told the row under work, counted from 0 within a chunk
IDLE = -1  # or that no row is


def library_of(thing: str) -> str:
    """What reads a structure, or other thing, for sentences about it."""
    return "the chemistry library" if thing == "structure" else "the library that reads it"


@dataclass(frozen=True)
class Cells:
    """The structure cells of consecutive rows; `faults` (place -> Problem) could not even be read.

    `first_row` is the 1-based table row of the first cell.
    """

    texts: Sequence[Any]
    first_row: int = 1
    faults: Mapping[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class PreparedCells:
    """Rows `start` to `stop` - 1 of a part of a prepared library, whose manifest has the hash `sha256`."""

    folder: str
    sha256: str
    part: int
    start: int
    stop: int
    first_row: int  # 1-based, of the library


def cell_chunks(texts: Sequence[Any], faults: Mapping[int, str], size: int, first_row: int = 1) -> Iterator[Cells]:
    """Chunks of at most `size` cells; `faults` are sentences by 1-based table row."""
    for start in range(0, len(texts), size):
        first = first_row + start
        broken = {
            row - first: Problem("invalid_syntax", sentence)
            for row, sentence in faults.items()
            if first <= row < first + size
        }
        yield Cells(list(texts[start : start + size]), first, broken)
