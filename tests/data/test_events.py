"""MEDS events, what a prediction may see of them, and tables with one column per variable."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.events import Events, pack_events, read_events
from molkit.data.hours import read_hours
from molkit.data.records import Record, records_of
from molkit.data.table import Table
from molkit.data.wide_events import wide_events
from molkit.errors import InputError
from molkit.types import Problem

FRAME = pd.DataFrame(
    {
        "subject_id": [2, 1, 2, 1, 2],
        "time": pd.to_datetime(
            ["2020-01-02T12:00", "2020-01-01", "2020-01-01T06:00", None, "2020-01-03"], format="ISO8601"
        ),
        "code": ["HR", "HR", "smoker", "age", "HR"],
        "numeric_value": [80.0, 70.0, None, 61.0, 90.0],
    }
)


def flat(events: Events) -> list[tuple[str, float, str, float]]:
    owner = np.repeat(events.subjects, np.diff(events.offsets))
    names = [events.names[code] for code in events.codes]
    hours, values = np.nan_to_num(events.hours, nan=-1), np.nan_to_num(events.values, nan=-1)
    return list(zip(owner.tolist(), hours.tolist(), names, values.tolist(), strict=True))


def written(folder: Path, kind: str, frame: pd.DataFrame = FRAME) -> Path:
    path = folder / f"events.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_events_come_sorted_by_subject_and_time_static_ones_first(kind: str, tmp_path: Path) -> None:
    events = read_events(written(tmp_path, kind))
    start = (pd.Timestamp("2020-01-01") - pd.Timestamp(0)) / pd.Timedelta(hours=1)
    assert flat(events) == [
        ("1", -1, "age", 61),
        ("1", start, "HR", 70),
        ("2", start + 6, "smoker", -1),
        ("2", start + 36, "HR", 80),
        ("2", start + 48, "HR", 90),
    ]
    assert (events.dated, len(events)) == (True, 5)


def test_the_order_of_the_rows_means_nothing_at_equal_times(tmp_path: Path) -> None:
    rows = [(hour, code, value) for hour in (1, 1, None) for code in "cab" for value in (3.0, None, 1.0, 2.0)]
    frame = pd.DataFrame([("1", *row) for row in rows], columns=FRAME.columns)
    found = []
    for seed in (0, 1):
        found.append(read_events(written(tmp_path, "parquet", frame.sample(frac=1, random_state=seed))))
    assert found[0].names == found[1].names == ("a", "b", "c")
    for part in ("hours", "codes", "values"):
        np.testing.assert_array_equal(*(getattr(events, part) for events in found))
    assert [own[2:] for own in flat(found[0])[:4]] == [("a", 1), ("a", 2), ("a", 3), ("a", -1)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_value_that_is_not_finite_is_none_and_a_code_may_be_called_na(kind: str, tmp_path: Path) -> None:
    values, hours = [np.inf, 1e300, 140.0, None], [5.0, 6.0, 7.0, 8.0]
    frame = pd.DataFrame({"subject_id": 1, "time": hours, "code": "NA", "numeric_value": values})
    events = read_events(written(tmp_path, kind, frame))
    assert events.names == ("NA",)
    np.testing.assert_array_equal(events.values, np.array([np.nan, np.nan, 140, np.nan], np.float32))


def test_a_folder_of_shards_is_one_table(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    FRAME[:3].to_parquet(tmp_path / "train" / "0.parquet")
    FRAME[3:].to_parquet(tmp_path / "train" / "1.parquet")
    assert flat(read_events(tmp_path)) == flat(read_events(written(tmp_path, "csv")))


def test_other_names_of_columns_can_be_told(tmp_path: Path) -> None:
    named = FRAME.rename(columns={"subject_id": "patient", "numeric_value": "value"})
    path = written(tmp_path, "csv", named)
    with pytest.raises(InputError, match=r"'subject_id'.*Its columns are: 'patient'"):
        read_events(path)
    found = read_events(path, {"subject_id": "patient", "numeric_value": "value"})
    assert flat(found) == flat(read_events(written(tmp_path, "parquet")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,1,HR,high", "row 1: expected a number"),
        ("1,1,HR,5\n1,noon,HR,5", "row 2: expected as time a number of hours"),
        ("1,2020-01-01,HR,5\n1,5,HR,5", "row 2: expected as time an ISO date"),
        ("1,1,HR,5\n,1,HR,5", "row 2: an event needs a subject_id"),
        ("1,1,,5", "row 1: an event needs a code"),
        ("", "has no row"),
        ("1,1,HR,5,6,7", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_row(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"subject_id,time,code,numeric_value\n{text}\n" if text else "subject_id,time,code,numeric_value\n")
    with pytest.raises(InputError, match=said):
        read_events(path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read_events(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_events(tmp_path / "missing.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no \.parquet file"):
        read_events(tmp_path / "empty")


def some_events(subjects: list[int], hours: list[float | None], values: list[float]) -> Events:
    times = np.array([np.nan if hour is None else hour for hour in hours])
    return pack_events(
        ([str(n) for n in range(4)], np.array(subjects, np.int32)),
        times,
        (["a", "b"], np.arange(len(subjects), dtype=np.int32) % 2),
        np.array(values, np.float32),
        False,
    )


TIME = st.one_of(st.none(), st.integers(0, 40).map(lambda quarter: quarter / 4))


@given(st.lists(st.tuples(st.integers(0, 3), TIME), min_size=1, max_size=30), st.integers(0, 3), st.integers(0, 40))
def test_a_record_holds_what_was_known_by_then_and_nothing_else(
    rows: list[tuple[int, float | None]], subject: int, quarter: int
) -> None:
    """Against a filter of the rows; and what comes after the prediction can be anything."""
    time, values = quarter / 4, [float(place) for place in range(len(rows))]
    events = some_events([row[0] for row in rows], [row[1] for row in rows], values)
    (record,) = records_of(events, [subject], [time])
    before = [(h, v) for (s, h), v in zip(rows, values, strict=True) if s == subject and (h is None or h <= time)]
    expected = sorted(before, key=lambda pair: (-1 if pair[0] is None else pair[0], pair[1] % 2, pair[1]))
    if not expected:
        assert isinstance(record, Problem)
        return
    assert isinstance(record, Record)
    assert record.values.tolist() == [value for _, value in expected]
    assert [None if np.isnan(h) else time - h for h in record.hours.tolist()] == [hour for hour, _ in expected]
    assert [record.names[code] for code in record.codes] == ["ab"[int(value) % 2] for _, value in expected]
    later = [v if h is None or h <= time else 1e6 for (_, h), v in zip(rows, values, strict=True)]
    (again,) = records_of(some_events([row[0] for row in rows], [row[1] for row in rows], later), [subject], [time])
    assert pickle.dumps(again) == pickle.dumps(record)


@pytest.mark.parametrize(
    ("subject", "time", "status", "said"),
    [
        ("", 5, "empty", "names no subject"),
        (9, 5, "unsupported", "no subject '9'"),
        (1, "", "empty", "no time of prediction"),
        (1, "later", "invalid_syntax", "'later' is no number of hours"),
        (1, 2, "empty", "no event at or before"),
    ],
)
def test_a_row_without_a_record_gets_its_reason(subject: Any, time: Any, status: str, said: str) -> None:
    events = some_events([1, 1], [3.0, 4.0], [1.0, 2.0])
    good, problem, also = records_of(events, [1, subject, 1], [4, time, 3])
    assert isinstance(problem, Problem)
    assert problem.status == status
    assert said in problem.reason
    assert [len(record) for record in (good, also) if isinstance(record, Record)] == [2, 1]


@pytest.mark.parametrize("bad", [0, 1])
@pytest.mark.parametrize("dated", [True, False])
def test_a_time_of_the_other_kind_costs_its_own_row(dated: bool, bad: int) -> None:
    """Wherever it stands: rows are read in pieces, of which any may begin with it."""
    events = replace(some_events([1], [3.0], [1.0]), dated=dated)
    good, wrong, kind = ("2020-01-01", "48", "ISO date") if dated else ("48", "2020-01-01", "number of hours")
    rows = records_of(events, [1, 1], [wrong, good] if bad == 0 else [good, wrong])
    problem = rows[bad]
    assert isinstance(problem, Problem)
    assert problem.reason == f"the time of prediction '{wrong}' is no {kind}, as the times of the events are."
    assert isinstance(rows[1 - bad], Record)


def test_a_zone_is_taken_into_account() -> None:
    found = read_hours(["1970-01-01T02:00+02:00", "1970-01-01T02:00", "1970-01-01"])
    assert found.values.tolist() == [0, 2, 0]


def test_a_wide_table_gives_an_event_for_each_filled_cell() -> None:
    columns: dict[str, list[Any]] = {
        "stay": ["b", "a", "b", "a"],
        "hour": ["2", "1", "", "3"],
        "HR": ["80", "70", "NA", "75"],
        "smoker": ["", "", "yes", ""],
    }
    events = wide_events(Table(tuple(columns), columns), "stay", "Hour")
    assert flat(events) == [("a", 1, "HR", 70), ("a", 3, "HR", 75), ("b", -1, "smoker//yes", -1), ("b", 2, "HR", 80)]
    assert flat(wide_events(Table(tuple(columns), columns), "stay", "hour", ["smoker"])) == [
        ("b", -1, "smoker//yes", -1)
    ]


def test_a_wide_table_is_refused_where_it_cannot_be_read() -> None:
    columns: dict[str, list[Any]] = {"stay": ["a", ""], "hour": ["1", "x"], "HR": ["1", "2"]}
    with pytest.raises(InputError, match="row 2: the column 'stay' is blank"):
        wide_events(Table(tuple(columns), columns), "stay", "hour")
    columns["stay"][1] = "b"
    with pytest.raises(InputError, match="row 2: expected a time"):
        wide_events(Table(tuple(columns), columns), "stay", "hour")
    with pytest.raises(InputError, match="--subject 'patient'"):
        wide_events(Table(tuple(columns), columns), "patient")
