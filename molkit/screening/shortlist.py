"""The best rows of a stream, kept in bounded memory, and kept again after an interruption."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from molkit.data.formats import cell_text
from molkit.data.library import estimated_rows
from molkit.data.table import MOST_REMARKS, Source, Table, remark_lines
from molkit.pipeline.progress import Progress, quiet
from molkit.screening.criteria import Criteria, judge

Piece = tuple[Table, Mapping[str, Sequence[Any]]]
Cell = str | float | bool | None


class Predictions(Protocol):
    """Pieces of a library with their predictions, from a row on; see `molkit.pipeline.stream`."""

    @property
    def source(self) -> Source: ...

    def pieces(self, first_row: int = 1) -> Iterator[Piece]: ...


class Entries(Protocol):
    """What an interrupted run has noted, and a place to note more; see `molkit.data.journal`."""

    def entries(self) -> Iterator[Any]: ...

    def append(self, entry: Any) -> None: ...


@dataclass(frozen=True, order=True)
class Candidate:
    """A row among the best: the higher the better, of equals the earlier row.

    `cells` are those of its columns in the library, texts or numbers, `predicted` the decisive numbers by column.
    """

    key: float
    before: int  # minus the 1-based row
    score: float = field(compare=False)
    cells: tuple[Cell, ...] = field(compare=False)
    predicted: dict[str, float | None] = field(compare=False)

    @property
    def row(self) -> int:
        return -self.before


@dataclass
class Shortlist:
    """The best `most` rows so far, and how many rows had which status, met all limits and can be hits.

    `remarks` are the first ones on rows of the library.
    """

    most: int
    rows: int = 0
    met: int = 0
    eligible: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    heap: list[Candidate] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def offer(self, candidate: Candidate) -> bool:
        """Take a candidate if it is among the best; whether it was."""
        if len(self.heap) < self.most:
            heapq.heappush(self.heap, candidate)
            return True
        return candidate > self.heap[0] and heapq.heapreplace(self.heap, candidate) is not candidate

    def best(self) -> list[Candidate]:
        """Best first."""
        return sorted(self.heap, reverse=True)


def collect(
    stream: Predictions, criteria: Criteria, most: int, journal: Entries, progress: Progress = quiet
) -> Shortlist:
    """The best `most` rows of a stream; what the journal holds of an interrupted run is not computed again.

    After each piece the rows that entered and the counts are noted, so that the result does not depend on
    interruptions.
    """
    shortlist, finished = Shortlist(most), False
    for entry in journal.entries():
        finished = _replay(shortlist, entry)
    if finished:
        return shortlist
    total = estimated_rows(stream.source)
    for table, columns in stream.pieces(shortlist.rows + 1):
        entry = _judge_piece(shortlist, criteria, table, columns)
        journal.append(entry)
        progress("rows", shortlist.rows, total, {})
    journal.append({"end": True})
    return shortlist


def _judge_piece(
    shortlist: Shortlist, criteria: Criteria, table: Table, columns: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Offer the rows of a piece; returns what the journal has to know of it."""
    judged = judge(criteria, columns)
    names = decisive_columns(criteria, columns)
    entered = []
    for place in np.flatnonzero(judged.eligible).tolist():
        key, row = float(judged.key[place]), table.first_row + place
        if len(shortlist.heap) == shortlist.most and (key, -row) < (shortlist.heap[0].key, shortlist.heap[0].before):
            continue
        cells = tuple(_cell(table.columns[name][place]) for name in table.names)
        predicted = {name: columns[name][place] for name in names}
        candidate = Candidate(key, -row, float(judged.score[place]), cells, predicted)
        if shortlist.offer(candidate):
            entered.append([key, row, candidate.score, cells, predicted])
    counts = {
        "rows": len(table),
        "met": int(judged.met.sum()),
        "eligible": int(judged.eligible.sum()),
        "statuses": dict(Counter(columns["status"])),
        "remarks": remark_lines(table, MOST_REMARKS - len(shortlist.remarks)),
    }
    _count(shortlist, counts)
    return {**counts, "entered": entered}


def decisive_columns(criteria: Criteria, columns: Mapping[str, Any]) -> list[str]:
    """The prediction columns that the order rests on."""
    names = [f"{target.name}_{end}" for target in criteria.targets for end in ("pred", "lo90", "hi90")]
    return [name for name in names if name in columns]


def _cell(cell: Any) -> Cell:
    """A cell as the journal can hold it: numbers stay numbers, what else is no text becomes one."""
    if cell is None or (isinstance(cell, float) and cell != cell):
        return None
    return cell if type(cell) in (str, bool, int, float) else cell_text(cell)


def _replay(shortlist: Shortlist, entry: Mapping[str, Any]) -> bool:
    """Do again what was noted; whether that was the end of the library."""
    if "end" in entry:
        return True
    for key, row, score, cells, predicted in entry["entered"]:
        shortlist.offer(Candidate(key, -row, score, tuple(cells), predicted))
    _count(shortlist, entry)
    return False


def _count(shortlist: Shortlist, counts: Mapping[str, Any]) -> None:
    shortlist.rows += counts["rows"]
    shortlist.met += counts["met"]
    shortlist.eligible += counts["eligible"]
    shortlist.statuses.update(counts["statuses"])
    shortlist.remarks += counts["remarks"]
