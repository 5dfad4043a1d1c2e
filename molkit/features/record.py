"""Health records as items of a fixed vocabulary of codes: what a reader makes of a record, and how one is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from molkit.data.records import Record
from molkit.types import Identity, Problem

MOST_CODES = 256
# A code that fewer records have than this share tells little; one of few subjects may name them.
RAREST = 0.005
FEWEST = 20
FEWEST_OF_FEW = 5  # where there are fewer records than
FEW = 400
# Networks see at most this many steps of a record; a step is as long as covers the usual record.
MOST_STEPS = 48


@dataclass(frozen=True)
class RecordReader:
    """Keeps of a record the events of the codes it knows, not older than `hours` (0: however old), and static ones.

    Codes of `marks` come without a number: one of their events counts as 1. Other events without a number are left
    out. `step_hours` is the width of the steps in which a network sees a record.
    """

    codes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    hours: float = 0.0
    step_hours: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(self.codes))  # JSON gives lists
        object.__setattr__(self, "marks", tuple(self.marks))
        if self.hours < 0 or self.step_hours <= 0:
            raise ValueError(f"hours should be 0 or more and step_hours above 0, got {self.hours}, {self.step_hours}")

    def __call__(self, cell: Record | Problem) -> Record | Problem:
        """The record with `codes` as its table of names, or why it cannot be read."""
        if isinstance(cell, Problem):
            return cell
        places = _places(self.codes)
        codes = np.array([places.get(name, -1) for name in cell.names], np.int32)[cell.codes]
        marked = np.array([name in self.marks for name in cell.names], bool)[cell.codes]
        values = np.where(marked & np.isnan(cell.values), 1, cell.values)
        known = (codes >= 0) & ~np.isnan(values)
        if self.hours > 0:
            known &= ~(cell.hours > self.hours)
        if not known.any():
            window = f" of the last {self.hours:g} hours" if self.hours > 0 else ""
            reason = f"no event{window} of this record has one of the {len(self.codes)} codes that the model knows."
            return Problem("unsupported", reason)
        values = values[known].astype(np.float32)
        return replace(cell, names=self.codes, codes=codes[known], hours=cell.hours[known], values=values)

    @property
    def feature_options(self) -> dict[str, dict[str, Any]]:
        """The options of the featurizers that fit the items of this reader."""
        codes = list(self.codes)
        return {"summary": {"codes": codes}, "events": {"codes": codes, "step_hours": self.step_hours}}

    def variables(self, item: Record) -> dict[str, float]:
        """What is known of a patient: the last value of each code."""
        return {self.codes[code]: float(value) for code, value in zip(item.codes, item.values, strict=True)}

    def without(self, item: Record, variable: str) -> Record:
        """The same patient, had this never been recorded."""
        return _chosen(item, item.codes != self.codes.index(variable))

    def replaced(self, item: Record, variable: str, value: float) -> Record:
        """The same patient with another last value."""
        place = int(np.flatnonzero(item.codes == self.codes.index(variable))[-1])
        values = item.values.copy()
        values[place] = value
        return replace(item, values=values)


def _chosen(item: Record, kept: np.ndarray) -> Record:
    return replace(item, codes=item.codes[kept], hours=item.hours[kept], values=item.values[kept])


@lru_cache(maxsize=8)
def _places(codes: tuple[str, ...]) -> dict[str, int]:
    return {code: place for place, code in enumerate(codes)}


def identify(item: Record) -> Identity:
    """Subject and time; no split may part what is of one subject, and no measured value is told."""
    return Identity(item.subject, f"{item.subject} at {item.time:g}", (item.subject,))


def record_options(
    records: Sequence[Record | Problem],
    hours: float = 0.0,
    most: int = MOST_CODES,
    owners: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Options of a reader that suit these records; no label is looked at.

    The `most` codes that the most records have, of those that more than one record in 200 has, and at least 20
    subjects, or 5 where there are under 400 records (`owners` are other groups to be counted instead of subjects); as
    marks those of whose events most have no number; steps so long that 48 of them cover 19 of 20 records.
    """
    known = [record for record in records if isinstance(record, Record)]
    having: Counter[str] = Counter(name for record in known for name in record.names)
    whose = [record.subject if owners is None else owners[row]
             for row, record in enumerate(records) if isinstance(record, Record)]  # fmt: skip
    pairs = {(name, owner) for record, owner in zip(known, whose, strict=True) for name in record.names}
    subjects = Counter(name for name, _ in pairs)
    fewest = FEWEST if len(known) >= FEW else FEWEST_OF_FEW
    common = [name for name, count in having.most_common() if count > RAREST * len(known) and subjects[name] >= fewest]
    codes = tuple(sorted(common[:most]))
    events, bare = Counter[str](), Counter[str]()
    for record in known:
        total = np.bincount(record.codes, minlength=len(record.names))
        missing = np.bincount(record.codes[np.isnan(record.values)], minlength=len(record.names))
        events.update(dict(zip(record.names, total.tolist(), strict=True)))
        bare.update(dict(zip(record.names, missing.tolist(), strict=True)))
    marks = [code for code in codes if 2 * bare[code] > events[code]]
    timed = [record.hours[~np.isnan(record.hours)] for record in known]
    spans = np.array([own.max(initial=0) for own in timed])
    longest = float(np.quantile(spans, 0.95)) if len(spans) else 0.0
    longest = min(longest, hours) if hours > 0 else longest
    step = float(f"{max(longest / MOST_STEPS, 1e-3):.2g}") if longest else 1.0
    return {"codes": list(codes), "marks": marks, "hours": hours, "step_hours": step}
