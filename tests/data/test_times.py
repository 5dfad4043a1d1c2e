"""Times: ISO dates and numbers keep their order, anything else is refused with its place."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.times import parse_times
from molkit.errors import InputError


@given(st.lists(st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(2200, 1, 1)), min_size=2, max_size=30))
def test_dates_keep_their_order(moments: list[datetime.datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    times = parse_times([moment.isoformat(sep=" ") for moment in moments], "when")
    assert np.argsort(times, kind="stable").tolist() == sorted(range(len(moments)), key=moments.__getitem__)
    assert [int(time) for time in times] == [moment.year for moment in moments]
    days = parse_times([moment.date().isoformat() for moment in moments], "when")
    assert (
        np.unique(days, return_inverse=True)[1] == np.unique([m.date() for m in moments], return_inverse=True)[1]
    ).all()


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_numbers_are_as_they_are(numbers: list[float]) -> None:
    assert parse_times(numbers, "n").tolist() == numbers
    assert parse_times([repr(number) for number in numbers], "n").tolist() == numbers


def test_blank_cells_are_unknown() -> None:
    assert np.isnan(parse_times(["", None, "NA", float("nan"), " "], "when")).all()


def test_time_zones_count() -> None:
    east, west, plain = parse_times(["2020-06-01T00:00+05:00", "2020-06-01T00:00-05:00", "2020-06-01T00:00"], "when")
    assert east < plain < west
    assert west - east == pytest.approx(10 / 24 / 366)


def test_years_and_months_stand_beside_dates() -> None:
    times = parse_times(["2019", "2019-01", "2019-02-01", "2019-02", 2020, "2020-01-01"], "when")
    assert times[0] == times[1] == 2019
    assert times[2] == times[3] == pytest.approx(2019 + 31 / 365)
    assert times[4] == times[5] == 2020


@pytest.mark.parametrize("cell", ["31/05/2019", "2019-13-01", "May 2019", "inf", ">2019", "1,5", "x", True])
def test_other_cells_are_refused_with_their_place(cell: object) -> None:
    with pytest.raises(InputError, match="row 12, column 'when': expected an ISO date"):
        parse_times(["2019-05-31", "", cell], "when", 10)


@pytest.mark.parametrize("cell", ["17", "20190531", 2019.5])
def test_a_number_beside_dates_must_be_a_year(cell: object) -> None:
    with pytest.raises(InputError, match=r"row 2, .* must be a year"):
        parse_times(["2019-05-31", cell], "when")
