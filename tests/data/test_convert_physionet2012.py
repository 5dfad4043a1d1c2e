"""scripts/convert_physionet2012.py writes MEDS tables that hold what the files of the challenge hold."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loaded import load
from pyarrow import parquet

from molkit.data.events import read_events
from molkit.data.records import Record, records_of
from molkit.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MOLKIT_SHARED", ROOT.parent / "shared")) / "datasets" / "physionet2012_a"
STAY = """Time,Parameter,Value
00:00,RecordID,7
00:00,Age,54
00:00,Gender,-1
00:00,Height,-1
00:00,ICUType,4
00:00,Weight,80.5
00:00,HR,73
07:37,Temp,-17.8
48:00,Weight,81
"""
OUTCOMES = "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n7,6,1,5,-1,1\n"


@pytest.fixture(scope="module")
def script() -> Any:
    return load("scripts/convert_physionet2012.py")


def packed(folder: Path, name: str = "7") -> tuple[Path, Path]:
    with tarfile.open(folder / "set.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo(f"set-a/{name}.txt")
        entry.size = len(STAY)
        archive.addfile(entry, io.BytesIO(STAY.encode()))
    (folder / "outcomes.txt").write_text(OUTCOMES)
    return folder / "set.tar.gz", folder / "outcomes.txt"


def test_a_stay_becomes_a_record_of_48_hours(script: Any, tmp_path: Path) -> None:
    assert script.convert(*packed(tmp_path), tmp_path / "meds") == (6, 1)
    labels = parquet.read_table(tmp_path / "meds" / "labels.parquet")
    assert labels.column("boolean_value").to_pylist() == [True]
    events = read_events(tmp_path / "meds" / "events.parquet")
    (record,) = records_of(events, *(labels.column(name).to_pylist() for name in ("subject_id", "prediction_time")))
    assert isinstance(record, Record)
    found = [
        (record.names[code], hours, value)
        for code, hours, value in zip(record.codes, record.hours, record.values, strict=True)
    ]
    assert [(name, value) for name, hours, value in found if np.isnan(hours) and name != "ICUType//4"] == [
        ("Age", 54),
        ("Weight", 80.5),
    ]
    assert [(name, round(float(hours), 3), round(float(value), 1)) for name, hours, value in found if hours >= 0] == [
        ("HR", 48, 73),
        ("Temp", 40.383, -17.8),
        ("Weight", 0, 81),
    ]


def test_a_stay_of_another_set_is_refused_and_nothing_written(script: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stay 8 has no row"):
        script.convert(*packed(tmp_path, "8"), tmp_path / "meds")
    assert not (tmp_path / "meds").exists()


def test_the_tables_have_the_columns_that_meds_asks_for(script: Any) -> None:
    """The package `meds` is no dependency; where it is installed it is asked."""
    meds = pytest.importorskip("meds")
    data, label = meds.DataSchema.schema(), meds.LabelSchema.schema()
    assert all(data.field(field.name).type == field.type for field in script.EVENTS)
    assert all(label.field(field.name).type == field.type for field in script.LABELS)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
def test_set_a_has_its_published_counts(script: Any, tmp_path: Path) -> None:
    """4,000 stays, 554 deaths, 1,757,980 measurements with what is counted apart taken off."""
    events, labels = script.convert(SHARED / "set-a.tar.gz", SHARED / "Outcomes-a.txt", tmp_path / "meds")
    table = parquet.read_table(tmp_path / "meds" / "labels.parquet")
    assert (labels, sum(table.column("boolean_value").to_pylist())) == (4000, 554)
    missing = 3 + 1894 + 326
    assert events == 1_757_980 - 4000 - missing
    found = read_events(tmp_path / "meds" / "events.parquet")
    assert (len(found.subjects), len(found)) == (4000, events)
