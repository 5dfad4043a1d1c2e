"""A table with one column per variable, such as a vital-signs sheet, as events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.data.columns import find_column
from molkit.data.events import Events, pack_events
from molkit.data.hours import read_hours
from molkit.data.table import Table
from molkit.errors import InputError

# How a text of a column becomes a code, as MEDS data sets write it.
MARK = "//"


def wide_events(
    table: Table, subject: str, time: str | None = None, variables: Sequence[str] | None = None, path: str | Path = ""
) -> Events:
    """One event for each filled cell of the columns `variables` (all others if None); a row without a time is static.

    Numbers are events of their column's name; a text `yes` of a column `smoker` is an event `smoker//yes` without a
    number. Raises InputError for a missing column, a row without a subject and a time that cannot be read.

    >>> found = wide_events(Table(("id", "h", "HR"), {"id": [7, 7], "h": [2, 1], "HR": [80, 90]}, 1), "id", "h")
    >>> found.names, found.hours.tolist(), found.values.tolist()
    (('HR',), [1.0, 2.0], [90.0, 80.0])
    """
    subject = find_column(table.names, subject, "--subject")
    time = None if time is None else find_column(table.names, time, "--time-column")
    chosen = [find_column(table.names, name, "a variable:") for name in variables or ()]
    chosen = chosen or [name for name in table.names if name not in (subject, time)]
    subjects = table.columns[subject]
    for row, cell in enumerate(subjects):
        if is_blank(cell):
            raise InputError(f"{path}, row {row + 1}: the column '{subject}' is blank; each row needs its subject.")
    hours = read_hours(table.columns[time] if time else [None] * len(subjects))
    if hours.wrong.any():
        row = int(np.flatnonzero(hours.wrong)[0])
        raise InputError(f"{path}, row {row + 1}: expected a time, got {str(table.columns[time or ''][row])[:60]!r}.")
    owners, codes, values = _events(table, chosen)
    names = tuple(dict.fromkeys(codes))
    place = {name: number for number, name in enumerate(names)}
    texts = [str(cell).strip() for cell in subjects]
    known = sorted(set(texts))
    owner = np.searchsorted(known, texts)[owners] if known else owners
    coded = np.array([place[code] for code in codes], np.int32)
    return pack_events((known, owner), hours.values[owners], (names, coded), values, hours.dated)


def _events(table: Table, chosen: Sequence[str]) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Row, code and number of every filled cell."""
    rows, codes, values = [], [], []
    for name in chosen:
        for row, cell in enumerate(table.columns[name]):
            reading = read_number(cell)
            if reading.kind == "blank":
                continue
            number = reading.kind == "number"
            rows.append(row)
            codes.append(name if number else f"{name}{MARK}{str(cell).strip()}")
            values.append(reading.value if number else np.nan)
    return np.array(rows, np.int64), codes, np.array(values, np.float32)
