"""A column of dates or numbers as times that can be ordered."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.errors import InputError

_MONTH = re.compile(r"\d{4}-\d{2}")


def parse_times(cells: Sequence[Any], column: str, first_row: int = 1) -> np.ndarray:
    """Times, float64 [n], NaN where a cell is blank: plain numbers as they are, dates as years with a fraction.

    Dates are ISO 8601: a day, a day with a time (UTC unless it says otherwise), or a month such as 2019-05. A
    number beside dates must be a year. Raises InputError with row and column for any other cell.

    >>> parse_times(["2019", "2019-07-02", "", "2020-01-01T12:00"], "date").round(4).tolist()
    [2019.0, 2019.4986, nan, 2020.0014]
    """
    times = np.full(len(cells), np.nan)
    dated, numbers = False, []
    for place, cell in enumerate(cells):
        if is_blank(cell):
            continue
        date = _year(cell)
        found = _number(cell) if date is None else date
        if found is None:
            raise InputError(_refusal(cell, column, first_row + place))
        times[place] = found
        dated |= date is not None
        if date is None:
            numbers.append(place)
    for place in numbers if dated else []:
        if not (times[place].is_integer() and 1000 <= times[place] <= 9999):
            hint = " (the column holds dates, so that a number must be a year)"
            raise InputError(_refusal(cells[place], column, first_row + place) + hint)
    return times


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool):
        return None
    reading = read_number(cell)
    return reading.value if reading.kind == "number" and not (reading.relation or reading.about) else None


def _year(cell: Any) -> float | None:
    """An ISO date as a year with a fraction; None if it is none, or reads as a number."""
    text = str(cell).strip()
    if not isinstance(cell, str) or _number(text) is not None:
        return None
    try:
        when = datetime.datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
        if when.tzinfo is not None:
            when = when.astimezone(datetime.UTC).replace(tzinfo=None)
        start = datetime.datetime(when.year, 1, 1)
        return when.year + (when - start) / datetime.timedelta(days=366 if calendar.isleap(when.year) else 365)
    except (ValueError, OverflowError):
        return None


def _refusal(cell: Any, column: str, row: int) -> str:
    return (
        f"row {row}, column '{column}': expected an ISO date such as 2019-05-31, or a number, got"
        f" {str(cell)[:60]!r}; correct it, or leave the cell empty"
    )
