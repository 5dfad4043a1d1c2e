"""Events as a file in the MEDS layout, which `molkit.data.events` reads back."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.events import COLUMNS, Events
from molkit.data.write import atomic_path
from molkit.errors import InputError

FORMATS = (".parquet", ".csv")
_MICROSECONDS = 3.6e9  # in an hour


def check_event_path(path: Path) -> None:
    """Raise InputError for a file that events cannot be written to."""
    if path.suffix not in FORMATS:
        raise InputError(f"{path}: events are written as {' or '.join(FORMATS)}; name the output so")


def write_events(events: Events, path: Path, overwrite: bool = False, inputs: Collection[Path] = ()) -> None:
    """One row per event: `subject_id`, `time` (a date or hours, empty for what never changes), `code`, `numeric_value`.

    Raises InputError for another ending than .parquet or .csv, and for a file that is there unless `overwrite`.
    """
    check_event_path(path)
    with atomic_path(path, overwrite, inputs) as unfinished:
        table = _arrow(events)
        if path.suffix == ".csv":
            from pyarrow import csv

            csv.write_csv(table, unfinished)
        else:
            from pyarrow import parquet

            parquet.write_table(table, unfinished)


def _arrow(events: Events) -> Any:
    import pyarrow

    owners = np.repeat(np.arange(len(events.subjects)), np.diff(events.offsets))
    static = np.isnan(events.hours)
    times = pyarrow.array(events.hours, mask=static)
    if events.dated:
        stamps = np.round(np.nan_to_num(events.hours) * _MICROSECONDS).astype(np.int64)
        times = pyarrow.array(stamps, pyarrow.timestamp("us"), mask=static)
    columns = (
        pyarrow.array(np.array(events.subjects, dtype=object)[owners], pyarrow.string()),
        times,
        pyarrow.array(np.array(events.names, dtype=object)[events.codes], pyarrow.string()),
        pyarrow.array(events.values, mask=np.isnan(events.values)),
    )
    return pyarrow.table(dict(zip(COLUMNS, columns, strict=True)))
