"""What is known of a subject at the time of a prediction, and nothing that came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.cells import is_blank
from molkit.data.events import Events
from molkit.data.hours import Hours, read_hours
from molkit.types import Problem


@dataclass(frozen=True, eq=False)
class Record:
    """The events of one subject up to a time, static ones first, then from the oldest to the newest."""

    subject: str
    time: float  # of the prediction, as `molkit.data.hours.Hours`
    names: tuple[str, ...]  # the codes of this record
    codes: np.ndarray  # int32 [E], places in `names`
    hours: np.ndarray  # float32 [E], before the prediction, at least 0; NaN = holds at any time
    values: np.ndarray  # float32 [E], NaN = no number

    def __len__(self) -> int:
        return len(self.codes)


def records_of(events: Events, subjects: Sequence[Any], times: Sequence[Any]) -> list[Record | Problem]:
    """One record for each row of a table of labels, from its cells for subject and time of prediction.

    An event at the very time of the prediction is known, a later one is never read. A row gets a Problem if its cells
    are blank or no time, if its time is a date where the events have plain hours, or the other way round, or if
    nothing is known of its subject by then.
    """
    hours = read_hours(times, events.dated)
    places = {subject: place for place, subject in enumerate(events.subjects)}
    return [_record(events, places, subject, row, times, hours) for row, subject in enumerate(subjects)]


def _record(
    events: Events, places: dict[str, int], subject: Any, row: int, times: Sequence[Any], hours: Hours
) -> Record | Problem:
    if is_blank(subject):
        return Problem("empty", "the row names no subject; fill in its subject_id.")
    if hours.wrong[row]:
        wrong = str(times[row])[:60]
        expected = "ISO date" if hours.dated else "number of hours"
        others = "the others are" if events.dated is None else "the times of the events are"
        return Problem("invalid_syntax", f"the time of prediction {wrong!r} is no {expected}, as {others}.")
    if np.isnan(hours.values[row]):
        return Problem("empty", "the row has no time of prediction; fill it in.")
    name = str(subject).strip()
    if name not in places:
        return Problem("unsupported", f"the table of events has no subject {name[:60]!r}; check subject_id.")
    start, stop = events.offsets[places[name] : places[name] + 2]
    return _up_to(events, name, float(hours.values[row]), int(start), int(stop))


def _up_to(events: Events, subject: str, time: float, start: int, stop: int) -> Record | Problem:
    static = int(np.isnan(events.hours[start:stop]).sum())
    stop = start + static + int(np.searchsorted(events.hours[start + static : stop], time, side="right"))
    if stop == start:
        reason = f"subject {subject[:60]!r} has no event at or before the time of prediction; nothing can be said yet."
        return Problem("empty", reason)
    codes, place = np.unique(events.codes[start:stop], return_inverse=True)
    before = (time - events.hours[start:stop]).astype(np.float32)
    names = tuple(events.names[code] for code in codes)
    return Record(subject, time, names, place.astype(np.int32), before, events.values[start:stop].copy())
