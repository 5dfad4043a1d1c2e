"""`molkit records`: a table of measurements becomes events that are read back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from trained import run, write_csv

from molkit.data.events import read_events

ROWS: list[dict[str, object]] = [
    {"id": "b", "when": "2020-01-01T06:00", "HR": "80", "smoker": "yes"},
    {"id": "a", "when": "2020-01-01T07:30", "HR": "", "smoker": "no"},
    {"id": "a", "when": "", "HR": "71.5", "smoker": ""},
]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_wide_table_becomes_events(tmp_path: Path, ending: str) -> None:
    table, out = write_csv(tmp_path / "wide.csv", ROWS), tmp_path / f"events.{ending}"
    words = ("records", table, "-o", out, "--subject", "id", "--time-column", "when")
    ran = run(*words)
    assert (ran.code, ran.clean) == (0, True)
    assert "4 events of 2 subjects, 3 codes" in ran.out
    found = read_events(out)
    assert (found.subjects, found.dated) == (("a", "b"), True)
    begin = (np.datetime64("2020-01-01") - np.datetime64(0, "s")) / np.timedelta64(1, "h")
    named = [found.names[code] for code in found.codes]
    rows = sorted(zip(named, (found.hours - begin).tolist(), found.values.tolist(), strict=True), key=str)
    np.testing.assert_equal(
        rows, [("HR", 6.0, 80.0), ("HR", np.nan, 71.5), ("smoker//no", 7.5, np.nan), ("smoker//yes", 6.0, np.nan)]
    )
    again = run(*words)
    assert again.code != 0
    assert "exists" in again.err


def test_hours_stay_hours_and_some_variables_can_be_chosen(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"subject_id": 1, "h": 1.5, "HR": 80, "name": "x"}]
    table, out = write_csv(tmp_path / "wide.csv", rows), tmp_path / "events.parquet"
    assert run("records", table, "-o", out, "--time-column", "h", "--variable", "HR", "--quiet").code == 0
    found = read_events(out)
    assert (found.names, found.dated, found.hours.tolist()) == (("HR",), False, [1.5])


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "wide.csv", ROWS)
    for words, said in (
        (("-o", tmp_path / "events.xlsx", "--subject", "id"), "events are written as .parquet or .csv"),
        (("-o", tmp_path / "events.csv", "--subject", "who"), "who"),
        (("-o", tmp_path / "events.csv", "--subject", "id", "--time-column", "smoker"), "expected a time, got 'yes'"),
    ):
        ran = run("records", table, *words)
        assert ran.code != 0
        assert ran.clean
        assert said in ran.err
