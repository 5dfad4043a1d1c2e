"""PhysioNet/CinC Challenge 2012 as MEDS tables: events.parquet and labels.parquet.

    python scripts/convert_physionet2012.py set-a.tar.gz Outcomes-a.txt -o FOLDER

Source: Silva et al., Computing in Cardiology 2012, 39, 245; one text file per stay with Time (HH:MM since admission),
Parameter and Value, over 48 hours. Descriptors at 00:00 (Age, Gender, Height, ICUType, Weight) are events without a
time, -1 in them is missing; a kind of unit is an event `ICUType//2` without a number. The admission stands at the
beginning of 1970, the prediction 48 hours later, for which only the death in hospital is a label: SAPS-I, SOFA, length
of stay and survival are left out, as they are outcomes themselves or made of the same values.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from molkit.data.write import atomic_paths
from molkit.errors import InputError

ADMISSION = datetime.datetime(1970, 1, 1)
HOURS = 48
DESCRIPTORS = ("Age", "Gender", "Height", "ICUType", "Weight")
LABEL = "In-hospital_death"
EVENTS = pyarrow.schema(
    [
        ("subject_id", pyarrow.int64()),
        ("time", pyarrow.timestamp("us")),
        ("code", pyarrow.string()),
        ("numeric_value", pyarrow.float32()),
    ]
)
LABELS = pyarrow.schema(
    [
        ("subject_id", pyarrow.int64()),
        ("prediction_time", pyarrow.timestamp("us")),
        ("boolean_value", pyarrow.bool_()),
    ]
)

Event = tuple[int, datetime.datetime | None, str, float | None]


def stay_events(subject: int, text: str) -> Iterator[Event]:
    """The events of one stay, from the text of its file."""
    for row in csv.DictReader(io.StringIO(text)):
        name, value = row["Parameter"], float(row["Value"])
        if name in ("RecordID", "") or (row["Time"] == "00:00" and name in DESCRIPTORS and value == -1):
            continue
        if row["Time"] == "00:00" and name in DESCRIPTORS:
            unit = name == "ICUType"
            yield (subject, None, f"{name}//{value:g}" if unit else name, None if unit else value)
        elif value != -1:
            hours, minutes = map(int, row["Time"].split(":"))
            yield (subject, ADMISSION + datetime.timedelta(hours=hours, minutes=minutes), name, value)


def convert(records: Path, outcomes: Path, folder: Path, overwrite: bool = False) -> tuple[int, int]:
    """Write both tables; the numbers of events and of labels. Raises InputError for stays without an outcome."""
    deaths = read_outcomes(outcomes)
    events: list[Event] = []
    with tarfile.open(records) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".txt") else None
            if stream is None:
                continue
            subject = int(Path(member.name).stem)
            if subject not in deaths:
                raise InputError(f"{records}: stay {subject} has no row in {outcomes}; give the file of the same set.")
            events += stay_events(subject, stream.read().decode())
    end = ADMISSION + datetime.timedelta(hours=HOURS)
    labels = [(subject, end, death) for subject, death in deaths.items()]
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_paths([folder / "events.parquet", folder / "labels.parquet"], overwrite) as paths:
        for path, rows, schema in zip(paths, (events, labels), (EVENTS, LABELS), strict=True):
            parquet.write_table(as_table(rows, schema), path)
    return len(events), len(labels)


def read_outcomes(path: Path) -> dict[int, bool]:
    """Whether each stay ended in death in hospital."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {int(row["RecordID"]): row[LABEL].strip() == "1" for row in csv.DictReader(stream)}


def as_table(rows: list[Any], schema: pyarrow.Schema) -> pyarrow.Table:
    """Rows as an Arrow table."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pyarrow.Table.from_arrays(
        [pyarrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def main() -> None:
    """Read the arguments and convert."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path, help="set-a.tar.gz")
    parser.add_argument("outcomes", type=Path, help="Outcomes-a.txt")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the two tables")
    parser.add_argument("--overwrite", action="store_true")
    given = parser.parse_args()
    events, labels = convert(given.records, given.outcomes, given.output, given.overwrite)
    print(f"{events:,} events and {labels:,} labels in {given.output}")


if __name__ == "__main__":
    main()
