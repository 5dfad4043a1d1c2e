"""The best of a stream against sorting all of it, however often it is interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.table import Source, Table
from molkit.screening.criteria import read_criteria
from molkit.screening.shortlist import Piece, Shortlist, collect
from molkit.types import Target

CRITERIA = read_criteria([Target("y", "regression")], {"y": 1.0}, ["y > 0"])


@dataclass
class Notes:
    """A journal in memory; entries go through JSON as they do in the file."""

    lines: list[str] = field(default_factory=list)

    def entries(self) -> Iterator[Any]:
        return map(json.loads, list(self.lines))

    def append(self, entry: Any) -> None:
        self.lines.append(json.dumps(entry, allow_nan=False))


class Library:
    """Rows whose prediction is known; None stands for a row that gives none. Stops after so many pieces."""

    def __init__(self, values: list[float | None], size: int, pieces: int | None = None) -> None:
        self.values, self.size, self.left = values, size, pieces
        self.source = Source(Path("lib.csv"), "csv", ("smiles", "n"), "smiles", (), len(values), lambda rows: iter(()))
        self.asked: list[int] = []

    def pieces(self, first_row: int = 1) -> Iterator[Piece]:
        self.asked.append(first_row)
        for start in range(first_row - 1, len(self.values), self.size):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left = None if self.left is None else self.left - 1
            values = self.values[start : start + self.size]
            rows = [str(start + place) for place in range(len(values))]
            columns = {"y_pred": values, "status": ["empty" if value is None else "ok" for value in values]}
            yield Table(("smiles", "n"), {"smiles": ["C"] * len(values), "n": rows}, start + 1), columns


def rows_of(shortlist: Shortlist) -> list[tuple[int, float]]:
    return [(candidate.row, candidate.score) for candidate in shortlist.best()]


VALUES = st.lists(st.one_of(st.none(), st.integers(-3, 6).map(float), st.floats(-1, 1)), max_size=60)


@given(VALUES, st.integers(1, 70), st.integers(1, 9), st.lists(st.integers(0, 5), max_size=4))
def test_the_best_are_those_of_sorting_and_do_not_depend_on_interruptions(
    values: list[float | None], most: int, size: int, stops: list[int]
) -> None:
    good = [(row, value) for row, value in enumerate(values, 1) if value is not None and value > 0]
    expected = sorted(good, key=lambda pair: (-pair[1], pair[0]))[:most]
    notes = Notes()
    for stop in stops:
        try:
            collect(Library(values, size, stop), CRITERIA, most, notes)
        except KeyboardInterrupt:
            notes.lines = notes.lines[:]  # what was noted stays
    found = collect(Library(values, size), CRITERIA, most, notes)
    assert rows_of(found) == expected
    assert (found.rows, found.met) == (len(values), len(good))
    assert {status: count for status, count in found.statuses.items() if count} == {
        status: count
        for status in ("ok", "empty")
        if (count := sum((v is None) == (status == "empty") for v in values))
    }
    assert [candidate.cells for candidate in found.best()] == [("C", str(row - 1)) for row, _ in expected]


def test_a_finished_library_is_not_read_again() -> None:
    notes, library = Notes(), Library([1.0, 2.0, 3.0], 2)
    first = collect(library, CRITERIA, 2, notes)
    again = collect(library, CRITERIA, 2, notes)
    assert rows_of(again) == rows_of(first) == [(3, 3.0), (2, 2.0)]
    assert library.asked == [1]


def test_only_rows_that_enter_are_noted_and_kept() -> None:
    notes = Notes()
    found = collect(Library([float(n % 1000) for n in range(20_000)], 500), CRITERIA, 5, notes)
    assert len(found.heap) == 5
    assert sum(len(json.loads(line).get("entered", ())) for line in notes.lines) < 1500
    assert max(map(len, notes.lines[5:])) < 1000


def test_numbers_stay_numbers_and_what_json_cannot_hold_becomes_text() -> None:
    import datetime

    class Odd(Library):
        def pieces(self, first_row: int = 1) -> Iterator[Piece]:
            cells = {"smiles": ["C"] * len(odd), "n": odd}
            yield Table(("smiles", "n"), cells), {"y_pred": [1.0] * len(odd), "status": ["ok"] * len(odd)}

    odd = [datetime.date(2026, 1, 2), None, 0.1, 7, True, float("nan"), "007"]
    expected = [("C", cell) for cell in ("2026-01-02", None, 0.1, 7, True, None, "007")]
    notes = Notes()
    for _ in range(2):  # the second time from the notes
        found = collect(Odd([1.0] * len(odd), len(odd)), CRITERIA, len(odd), notes)
        assert [candidate.cells for candidate in found.best()] == expected
        assert [type(candidate.cells[1]) for candidate in found.best()] == [type(cell) for _, cell in expected]


def test_the_first_remarks_are_kept_over_interruptions() -> None:
    class Remarked(Library):
        def pieces(self, first_row: int = 1) -> Iterator[Piece]:
            for table, columns in super().pieces(first_row):
                rows = range(table.first_row, table.first_row + len(table))
                yield Table(table.names, table.columns, table.first_row, {}, dict.fromkeys(rows, "odd")), columns

    notes = Notes()
    with pytest.raises(KeyboardInterrupt):
        collect(Remarked([1.0] * 20, 3, 2), CRITERIA, 2, notes)
    found = collect(Remarked([1.0] * 20, 3), CRITERIA, 2, notes)
    assert found.remarks == [f"Row {row}: odd" for row in range(1, 11)]


def test_progress_is_told_after_every_piece() -> None:
    told: list[tuple[str, int, int]] = []
    collect(Library([1.0] * 5, 2), CRITERIA, 2, Notes(), lambda *heard: told.append(heard[:3]))
    assert told == [("rows", 2, 5), ("rows", 4, 5), ("rows", 5, 5)]


def test_a_row_that_is_no_better_does_not_enter() -> None:
    best = collect(Library([2.0, 2.0, 1.0], 3), CRITERIA, 1, Notes())
    assert [candidate.row for candidate in best.best()] == [1]
