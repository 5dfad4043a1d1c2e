"""How tables and records are read is learned from rows that are not for testing, and keeps names to itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from molkit.config import RunConfig
from molkit.data.records import Record
from molkit.data.table import Table
from molkit.errors import InputError
from molkit.features.inputs import Input
from molkit.pipeline.cells import learned_rows
from molkit.pipeline.material import Ready, prepare
from molkit.pipeline.progress import quiet
from molkit.pipeline.settling import settled
from molkit.types import Problem

N = 600
NUMBERS = np.random.default_rng(0).normal(size=N).round(1)
PART = ["train" if row < 500 else "test" for row in range(N)]


def table(**columns: list[str]) -> Table:
    own = {"x": [str(number) for number in NUMBERS], "part": PART, "y": [str(row) for row in range(N)], **columns}
    return Table(tuple(own), own)


def ready(data: Table, notes: list[str], source: str = "*", **told: object) -> Ready:
    config = RunConfig(inputs=(f"patient={source}",), targets=("y",), split_column="part", workers=1,
                       learners=("linear",), **told)  # type: ignore[arg-type]  # fmt: skip
    rows = learned_rows(data, "", Path(), config)
    notes += rows.notes
    return prepare(data, rows.inputs, rows.cells(data), config, quiet, notes)


def test_words_of_the_test_part_are_not_known() -> None:
    words = ["a" if row % 2 else "b" for row in range(500)] + ["unseen"] * 100
    material, _, split, _ = ready(table(word=words), notes := [])
    assert material.dataset.inputs[0].options["categories"] == {"word": ["a", "b"]}
    column = material.dataset.columns["patient/values"]
    values = np.asarray(column.values)[column.index]
    np.testing.assert_array_equal(values[list(split.test)][:, 1:], np.tile([0, 0, 1], (100, 1)))
    assert len(split.test) == 100
    assert not any("was chosen from all rows" in note for note in notes)


def test_a_row_that_only_the_second_reading_refuses_shifts_no_other() -> None:
    odd = [str(number) for number in NUMBERS]
    for row in (510, 555, 599):
        odd[row] = "odd"
    material, _, split, _ = ready(table(x=odd), [])
    data = material.dataset
    assert data.inputs[0].options["categories"] == {}  # one of words to all rows, of numbers to those of training
    assert sorted(data.rejected) == [511, 556, 600]
    assert [row for (row,) in data.rows] == [row for row in range(1, N + 1) if row not in data.rejected]
    assert [data.rows[place][0] for place in split.train] == list(range(1, 501))
    assert [data.rows[place][0] for place in split.test] == [r for r in range(501, N + 1) if r not in data.rejected]
    column = data.columns["patient/values"]
    known = np.asarray(column.values)[column.index][:, 0]
    np.testing.assert_array_equal(known, NUMBERS[[row - 1 for (row,) in data.rows]].astype(np.float32))
    np.testing.assert_array_equal(data.measurements.values[:, 0], [row - 1 for (row,) in data.rows])
    assert len(material.rows) == len(data)


def test_a_row_that_only_the_first_reading_refuses_keeps_its_reason() -> None:
    odd = [str(number) for number in NUMBERS]
    odd[0] = "odd"  # one of 600 is too many, one of 1,000 is not
    data = Table(("x", "y"), {"x": odd + odd[1:] * 2, "y": [str(row) for row in range(3 * N - 2)]})
    cells = {"patient": [(cell,) for cell in data.columns["x"]]}
    inputs = settled((Input("patient", "table", "x"),), data, cells, RunConfig())
    assert inputs[0].options["categories"] == {}
    config = RunConfig(targets=("y",), split="random", inputs=("patient=x",), workers=1, learners=("linear",))
    material, _, split, _ = prepare(data, inputs, cells, config, quiet, [])
    used = {row for part in (split.train, split.valid, split.test) for place in part
            for row in material.dataset.rows[place]}  # fmt: skip
    assert used == set(range(2, 3 * N - 1))
    assert list(material.dataset.rejected) == [1]


def test_folds_are_said_to_share_how_rows_are_read() -> None:
    data = table()
    config = RunConfig(inputs=("patient=x",), targets=("y",), folds=3, workers=1, learners=("linear",))
    rows = learned_rows(data, "", Path(), config)
    notes: list[str] = []
    prepare(data, rows.inputs, rows.cells(data), config, quiet, notes)
    assert any("held-out folds and repeats share it" in note for note in notes)


def test_columns_of_names_are_left_out_with_a_note() -> None:
    names = [f"Jane Doe {row}" for row in range(N)]
    material, _, _, _ = ready(table(name=names), notes := [])
    assert material.dataset.inputs[0].source == "x"
    assert "Jane" not in str(material.dataset.inputs)
    assert any(note.startswith("Left out of patient: name:") for note in notes)
    with pytest.raises(InputError, match="name other columns"):
        ready(table(name=names), [], "name")


def test_words_are_counted_by_group_or_id() -> None:
    data = table(word=["a", "b"] * 300, who=[f"p{row % 38}" for row in range(N)])
    inputs, cells = (Input("patient", "table", "word"),), {"patient": [(word,) for word in data.columns["word"]]}
    for config in (RunConfig(group="who"), RunConfig(id="who")):
        assert settled(inputs, data, cells, config)[0].options["categories"] == {"word": []}  # 19 people each
    assert settled(inputs, data, cells, RunConfig())[0].options["categories"] == {"word": ["a", "b"]}
    found = settled(inputs, data, cells, RunConfig(reading={"patient": {"categories": {"word": ["b"]}}}))
    assert found[0].options["categories"] == {"word": ["b"]}


def test_codes_of_records_are_those_of_the_rows_asked_for() -> None:
    def record(row: int) -> Record | Problem:
        names = ("HR", "late") if row >= 300 else ("HR",)
        events = np.arange(len(names), dtype=np.int32)
        return Record(f"s{row}", 0.0, names, events, np.full(len(names), 1.0, np.float32), np.ones(len(names)))

    data, cells = table(), {"record": [record(row) for row in range(N)]}
    one = (Input("record", "record", "@e.csv"),)
    assert settled(one, data, cells, RunConfig())[0].options["codes"] == ["HR", "late"]
    assert settled(one, data, cells, RunConfig(), range(300))[0].options["codes"] == ["HR"]
    image = (Input("scan", "image", "path", {"size": 28}),)
    assert settled(image, data, {}, RunConfig(), range(300)) == image
