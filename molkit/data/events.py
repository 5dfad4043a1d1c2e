"""Health records as a table of events in the MEDS layout, in memory as compact arrays.

MEDS 0.4 (Arnrich et al., ICLR 2024 workshop on time series for health; https://medical-event-data-standard.github.io):
one row per event with `subject_id`, `time` (null for what never changes), `code` and `numeric_value` (may be null).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.cells import BLANKS
from molkit.data.columns import find_column
from molkit.data.hours import hours_since_1970, read_hours
from molkit.errors import InputError

COLUMNS = ("subject_id", "time", "code", "numeric_value")
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Events:
    """Events of all subjects, sorted by subject, time (those without one first), code and number (none is last).

    So what is made of them does not depend on the order of the rows of a file.

    Events of subject i are `offsets[i]:offsets[i + 1]`. `dated` says that times were dates, see `Hours`.
    """

    subjects: tuple[str, ...]  # sorted
    offsets: np.ndarray  # int64 [subjects + 1]
    hours: np.ndarray  # float64 [E], NaN = holds at any time
    codes: np.ndarray  # int32 [E], places in `names`
    values: np.ndarray  # float32 [E], NaN = no number
    names: tuple[str, ...]  # sorted
    dated: bool | None = None

    def __len__(self) -> int:
        return len(self.codes)


def read_events(path: str | Path, columns: Mapping[str, str] | None = None) -> Events:
    """Events from a Parquet or CSV file, or from all Parquet files below a folder.

    `columns` says what stands for a name of `COLUMNS` that the table calls otherwise. Raises InputError for a missing
    column, a time or a number that cannot be read (with its row), an event without subject or code, and an empty table.
    """
    path = Path(path)
    table = _read(path, {name: name for name in COLUMNS} | dict(columns or {}))
    subjects, codes = (_coded(table, name, path) for name in ("subject_id", "code"))
    hours, dated = _hours(table.column("time"), path)
    return pack_events(subjects, hours, codes, _numbers(table.column("numeric_value"), path), dated)


def pack_events(
    subjects: tuple[Sequence[str], np.ndarray],
    hours: np.ndarray,
    codes: tuple[Sequence[str], np.ndarray],
    values: np.ndarray,
    dated: bool | None,
) -> Events:
    """Events in any order as sorted arrays; subjects and codes are texts and the place of each event among them."""
    names, place = np.unique(np.array(subjects[0], dtype=object), return_inverse=True)
    owner = place[subjects[1]]
    known, code = np.unique(np.array(codes[0], dtype=object), return_inverse=True)
    numbers, values = code[codes[1]], values.astype(np.float32)
    order = np.lexsort((values, numbers, np.where(np.isnan(hours), -np.inf, hours), owner))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(names)))]).astype(np.int64)
    return Events(
        tuple(names.tolist()),
        offsets,
        hours[order],
        numbers[order].astype(np.int32),
        values[order],
        tuple(known.tolist()),
        dated,
    )


def _read(path: Path, wanted: Mapping[str, str]) -> Any:
    """The wanted columns under their MEDS names, as an Arrow table."""
    import pyarrow

    try:
        table = _read_parquet(path, wanted) if path.is_dir() or path.suffix == ".parquet" else _read_csv(path, wanted)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path}: expected a table of events as Parquet or CSV, but it cannot be read ({reason})."
        ) from None
    if not table.num_rows:
        raise InputError(f"{path}: the table of events has no row.")
    return table.rename_columns(list(wanted))


def _found(names: Sequence[str], wanted: Mapping[str, str], path: Path) -> list[str]:
    try:
        return [find_column(names, name, f"the column for {meds}:") for meds, name in wanted.items()]
    except InputError as error:
        raise InputError(f"{path}: {error} A table of events has the columns {', '.join(COLUMNS)}.") from None


def _read_parquet(path: Path, wanted: Mapping[str, str]) -> Any:
    import pyarrow
    from pyarrow import parquet

    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: the folder holds no .parquet file with events.")
    parts = []
    for file in files:
        names = _found(parquet.read_schema(file).names, wanted, file)
        parts.append(parquet.read_table(file, columns=names, read_dictionary=names[2:3]).select(names))
    return pyarrow.concat_tables(parts, promote_options="permissive")


def _read_csv(path: Path, wanted: Mapping[str, str]) -> Any:
    import pyarrow
    from pyarrow import csv

    with csv.open_csv(path) as reader:
        names = _found(reader.schema.names, wanted, path)
    texts = dict.fromkeys(names, pyarrow.string())
    options = csv.ConvertOptions(include_columns=names, column_types=texts, null_values=[""], strings_can_be_null=True)
    return csv.read_csv(path, convert_options=options).select(names)


def _coded(table: Any, name: str, path: Path) -> tuple[list[str], np.ndarray]:
    """A column of texts as its distinct ones and the place of each row among them."""
    import pyarrow
    from pyarrow import compute

    column = table.column(name)
    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise InputError(f"{path}, row {row}: an event needs a {name}; fill the cell or remove the row.")
    coded = compute.dictionary_encode(column.cast(pyarrow.string())).combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pyarrow.ChunkedArray) else coded
    return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)


def _hours(column: Any, path: Path) -> tuple[np.ndarray, bool | None]:
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) or pyarrow.types.is_date(column.type):
        return hours_since_1970(column.to_pandas()), True
    found = read_hours(column.to_pylist())
    if found.wrong.any():
        row = int(np.flatnonzero(found.wrong)[0])
        expected = "an ISO date such as 2019-05-31T12:00" if found.dated else "a number of hours"
        raise InputError(f"{path}, row {row + 1}: expected as time {expected}, or nothing, got {column[row]!s:.60}.")
    return found.values, found.dated


def _numbers(column: Any, path: Path) -> np.ndarray:
    """Values, float32 [E]; NaN where there is none, or none that is finite."""
    import pandas as pd
    import pyarrow

    cells = column.to_pandas()
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if pyarrow.types.is_string(column.type):
        for row in np.flatnonzero(np.isnan(values) & cells.notna().to_numpy()):
            if cells[row].strip().lower() not in BLANKS:
                raise InputError(
                    f"{path}, row {row + 1}: expected a number as numeric_value, or nothing, got {cells[row]!r:.60}; a"
                    " text belongs to the code, such as 'smoker//yes'."
                )
    return np.where(np.abs(values) < _LARGEST, values, np.nan).astype(np.float32)
