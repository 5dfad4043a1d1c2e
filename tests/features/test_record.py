"""Health records: reading, identity, summaries and steps, each against a plain computation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from molkit.data.records import Record
from molkit.features.events import EventFeaturizer
from molkit.features.record import RecordReader, identify, record_options
from molkit.features.summary import STATISTICS, SummaryFeaturizer
from molkit.types import Problem

NAN = float("nan")
CODES = ("a", "b", "c", "d")


def of_subjects(count: int, one: Record) -> list[Record]:
    """The same record of as many subjects."""
    return [replace(one, subject=f"subject {number}") for number in range(count)]


def record(*events: tuple[str, float, float], subject: str = "7") -> Record:
    """From code, hours before the prediction and value."""
    names = tuple(sorted({name for name, _, _ in events}))
    return Record(
        subject,
        10.0,
        names,
        np.array([names.index(name) for name, _, _ in events], np.int32),
        np.array([hours for _, hours, _ in events], np.float32),
        np.array([value for _, _, value in events], np.float32),
    )


ONE = record(("age", NAN, 61), ("HR", 30, 80), ("note", 20, NAN), ("HR", 5, 90), ("yes", 5, NAN), ("odd", 1, 3))


def test_a_reader_keeps_what_it_knows_of_its_window() -> None:
    reader = RecordReader(codes=("HR", "age", "note", "yes"), marks=("yes",), hours=24)
    item = reader(ONE)
    assert isinstance(item, Record)
    assert item.names == reader.codes
    assert [(item.names[code], value) for code, value in zip(item.codes, item.values, strict=True)] == [
        ("age", 61),
        ("HR", 90),
        ("yes", 1),
    ]
    assert len(reader(ONE).values) == 3  # type: ignore[union-attr]
    assert len(RecordReader(codes=reader.codes, marks=("yes",))(ONE).values) == 4  # type: ignore[union-attr]


def test_a_record_without_a_known_code_is_told() -> None:
    problem = RecordReader(codes=("HR",), hours=2)(ONE)
    assert isinstance(problem, Problem)
    assert problem.status == "unsupported"
    assert "last 2 hours" in problem.reason
    assert RecordReader()(problem) is problem


def test_its_options_survive_json() -> None:
    reader = RecordReader(**record_options([ONE] * 3))
    assert RecordReader(**json.loads(json.dumps(vars(reader)))) == reader


def test_no_value_is_told_of_a_record_and_its_subject_is_not_parted() -> None:
    identity = identify(ONE)
    assert (identity.text, identity.leak_keys) == ("7", ("7",))
    assert identity.key == identify(record(("HR", 1, 1))).key != identify(record(("HR", 1, 1), subject="8")).key


def test_options_are_the_common_codes_and_their_kinds() -> None:
    rare = record(("rare", 1, 1), ("HR", 96, 1))
    options = record_options([*of_subjects(300, ONE), rare, Problem("empty", "nothing")])
    assert options["codes"] == ["HR", "age", "note", "odd", "yes"]
    assert options["marks"] == ["note", "yes"]
    assert options["step_hours"] == pytest.approx(30 / 48, rel=0.02)
    assert record_options(of_subjects(10, ONE), most=1)["codes"] == ["HR"]
    assert record_options([])["codes"] == []


@pytest.mark.parametrize(("records", "fewest"), [(399, 5), (400, 20)])
def test_a_code_of_few_subjects_is_not_known_however_many_records_they_have(records: int, fewest: int) -> None:
    common, rare = record(("HR", 1, 1)), record(("HR", 1, 1), ("rare", 1, 1))
    for subjects in (fewest - 1, fewest):
        having = [replace(rare, subject=f"rare {row % subjects}") for row in range(100)]
        known = record_options([*having, *of_subjects(records - 100, common)])["codes"]
        assert known == ["HR", "rare"][: 1 + (subjects == fewest)]
        one = record_options([*having, *of_subjects(records - 100, common)], owners=["one"] * records)
        assert one["codes"] == []


def plain(item: Record, code: int) -> dict[str, float]:
    own = item.codes == code
    values, hours = item.values[own].astype(np.float64), item.hours[own].astype(np.float64)
    if not len(values):
        return {"count": 0.0}
    found = {"first": values[0], "last": values[-1], "mean": values.mean(), "least": values.min(), "most": values.max()}
    found |= {"count": len(values), "hours_since": hours[-1]}
    timed = ~np.isnan(hours)
    if len(values) > 1:
        found["spread"] = values.std()
    if len(set(hours[timed])) > 1:
        found["trend"] = np.polyfit(-hours[timed], values[timed], 1)[0]
    return found


def test_summaries_are_what_numpy_says_of_each_record(records: list[Record]) -> None:
    featurizer = SummaryFeaturizer(CODES)
    found = featurizer(records).reshape(len(records), len(CODES), len(STATISTICS))
    assert featurizer.names[:2] == ("a first", "a last")
    assert len(featurizer.names) == found[0].size
    for row, item in enumerate(records):
        for code in range(len(CODES)):
            expected = plain(item, code)
            np.testing.assert_allclose(
                found[row, code], [expected.get(name, NAN) for name in STATISTICS], rtol=2e-4, atol=1e-6
            )


def test_a_step_is_a_stretch_of_time_that_has_an_event() -> None:
    item = RecordReader(codes=CODES)(record(("d", NAN, 9), ("a", 5.5, 1), ("a", 5.1, 3), ("b", 5.0, 7), ("d", 0.5, 4)))
    steps = EventFeaturizer(CODES, step_hours=1.0)([item])
    expected = [[5, 2, 7, NAN, 9], [0, NAN, NAN, NAN, 4]]
    np.testing.assert_array_equal(steps.values, np.array(expected, np.float32))
    assert steps.offsets.tolist() == [0, 2]


def test_what_is_older_than_the_most_steps_is_kept_in_the_oldest() -> None:
    item = RecordReader(codes=CODES)(record(("a", 9, 1), ("a", 7, 5), ("b", 4, 2), ("a", 2, 3)))
    steps = EventFeaturizer(CODES, step_hours=1.0, most=2)([item])
    np.testing.assert_array_equal(steps.values[:, :3], np.array([[4, 3, 2], [2, 3, NAN]], np.float32))


def test_static_values_alone_are_one_step() -> None:
    item = RecordReader(codes=CODES)(record(("c", NAN, 2)))
    np.testing.assert_array_equal(EventFeaturizer(CODES)([item]).values, np.array([[0, NAN, NAN, 2, NAN]], np.float32))


def test_a_record_can_be_changed_and_stays_as_it_was() -> None:
    reader: Any = RecordReader(codes=("HR", "age", "odd"))
    item = reader(ONE)
    assert reader.variables(item) == {"age": 61, "HR": 90, "odd": 3}
    assert reader.variables(reader.without(item, "HR")) == {"age": 61, "odd": 3}
    changed = reader.replaced(item, "HR", 120)
    assert changed.values.tolist() == [61, 80, 120, 3]
    assert reader.variables(item)["HR"] == 90
