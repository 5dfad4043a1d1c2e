"""Which cells the inputs of a model read of a table, and what is said if they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trained import write_csv

from molkit.config import RunConfig
from molkit.data.table import Source, read_table
from molkit.data.tables import open_table
from molkit.errors import InputError
from molkit.features.inputs import Input, molecules, read_inputs
from molkit.pipeline.cells import learned_rows, rows_of, stored_columns, with_reading
from molkit.pipeline.identity import library_identity
from molkit.pipeline.makers import columns_read

NAMES = ("smiles", "sequence", "id", "path", "t0", "t1", "x", "y", "part", "w")
TABLE = Input("patient", "table", "x,w", {"columns": ["x", "w"], "categories": {}})


@pytest.fixture
def opened(tmp_path: Path) -> Source:
    (tmp_path / "p.fasta").write_text(">0\nMKTAYIAKQR\n")
    return open_table(write_csv(tmp_path / "in.csv", [{name: str(row) for name in NAMES} for row in range(3)]),
                      smiles_column="smiles")  # fmt: skip


def columns(opened: Source, *inputs: str, **options: Any) -> list[list[str]]:
    """What each input reads, to learn `y`."""
    config = RunConfig(inputs=inputs, targets=("y",), **options)
    rows = learned_rows(read_table(opened), "", opened.path.parent, config)
    return [columns_read(one, NAMES) for one in rows.inputs]


@pytest.mark.parametrize(
    ("other", "read"),
    [
        ("drug=smiles", ["smiles"]),
        ("protein=sequence", ["sequence"]),
        ("protein=id@p.fasta", ["id"]),
        ("scan=path", ["path"]),
        ("ecg=t0..t1", ["t0", "t1"]),
        ("record=id,t0@events.csv", ["id", "t0"]),
        ("second:table=x,sequence", ["x", "sequence"]),
    ],
)
def test_all_columns_are_those_that_nothing_else_reads(opened: Source, other: str, read: list[str]) -> None:
    (opened.path.parent / "events.csv").write_text("subject_id,time,code,numeric_value\n0,0,a,1\n")
    everything, own = columns(opened, "patient=*", other, split_column="part", weight="w")
    assert own == read
    assert everything == [name for name in NAMES if name not in (*read, "y", "part", "w")]


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("patient=x,y", {}, "'y' is that of --target"),
        ("patient=t0..part", {}, "'y' is that of --target"),
        ("patient=x,w", {"weight": "w"}, "'w' is that of --weight"),
        ("patient=x,w", {"relation": "w"}, "'w' is that of --relation"),
        ("drug=part", {"split_column": "part"}, "'part' is that of --split-column"),
        ("patient=x,x", {}, "'x' is named twice"),
        ("patient=t0..x,X", {}, "'x' is named twice"),
    ],
)
def test_columns_that_no_input_may_read(opened: Source, source: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        columns(opened, source, **options)


def test_a_missing_column_can_be_fixed_only_where_there_is_a_model(opened: Source) -> None:
    with pytest.raises(InputError, match="no such column") as learning:
        columns(opened, "protein=residues")
    assert "--fix" not in str(learning.value)
    with pytest.raises(InputError, match=r"no such column.* --fix protein=VALUE"):
        rows_of(read_inputs(["protein=residues"]), NAMES, Path(), {})
    with pytest.raises(InputError) as record:
        rows_of(read_inputs(["record=nobody,t0@events.csv"]), NAMES, Path(), {})
    assert "--fix" not in str(record.value)


def test_all_columns_of_a_model_are_those_it_learned_from() -> None:
    (everything,), (some,) = read_inputs(["patient=*"]), read_inputs(["patient=x,y"])
    assert stored_columns(everything, TABLE) == TABLE
    assert stored_columns(some, TABLE) == replace(TABLE, source="x,y")


def test_a_fixed_row_of_a_table_has_the_cells_of_its_columns(opened: Source) -> None:
    table = read_table(opened)
    rows = rows_of([TABLE], NAMES, Path(), {"patient": "64, f"})
    assert rows.cells(table)["patient"] == [("64", "f")] * 3
    for text in ("64", "64,f,1"):
        with pytest.raises(InputError, match=r"expected 2 values .* for x, w; got"):
            rows_of([TABLE], NAMES, Path(), {"patient": text})


@pytest.mark.parametrize("source", ["record=id,t0@events.csv", "ecg=t0,t1", "ecg=t0..t1"])
def test_what_cannot_be_fixed(source: str) -> None:
    (one,) = read_inputs([source])
    with pytest.raises(InputError, match=f"--fix {one.name}: a .* cannot be the same in all rows"):
        rows_of([one], NAMES, Path(), {one.name: "1"})


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("record=@e.csv", {"hours": "abc"}, r"record\.hours: expected a number, got 'abc'"),
        ("record=@e.csv", {"hours": True}, r"record\.hours: expected a number"),
        ("record=@e.csv", {"hours": float("nan")}, r"record\.hours: expected a number"),
        ("record=@e.csv", {"hours": -1}, "hours should be 0 or more"),
        ("record=@e.csv", {"step_hours": 0}, "step_hours above 0"),
        ("record=@e.csv", {"codes": "hr"}, r"record\.codes: there is no such option; .* hours, step_hours"),
        ("record=@e.csv", {"marks": ["hr"]}, r"record\.marks: there is no such option"),
        ("image=path", {"size": "abc"}, r"image\.size: expected a whole number, got 'abc'"),
        ("image=path", {"size": 9999}, "image: size should be from 1 to 1024"),
        ("image=path", {"equalise": 1}, r"image\.equalise: expected true or false"),
        ("image=path", {"siz": 1}, r"image\.siz: there is no such option; its options are size, channels"),
        ("ecg=t0", {"rate": "fast"}, r"ecg\.rate: expected a whole number or null"),
        ("ecg=t0", {"longest": 0}, "--reading ecg: longest should be above 0"),
        ("patient=x", {"columns": "z"}, r"patient\.columns: .* inputs of kind table have none"),
        ("patient=x", {"categories": {}}, r"patient\.categories: there is no such option"),
        ("drug=smiles", {"size": 1}, r"drug\.size: .* inputs of kind smiles have none"),
    ],
)
def test_options_of_reading_that_are_none(source: str, options: dict[str, Any], said: str) -> None:
    (one,) = read_inputs([source])
    with pytest.raises(InputError, match=said):
        with_reading([one], {one.name: options})


def test_options_of_reading_are_kept() -> None:
    for source, options in (("image=path", {"size": 32, "smooth": 1, "equalise": True}), ("ecg=t0", {"rate": None})):
        (one,) = read_inputs([source])
        assert with_reading([one], {one.name: options})[0].options == options


def test_a_journal_knows_what_is_read(opened: Source) -> None:
    def identity(one: Input, **fixed: str) -> dict[str, Any]:
        return library_identity(opened, rows_of([one], NAMES, opened.path.parent, fixed))

    (plain,) = molecules("smiles")
    assert identity(plain) == library_identity(opened)  # as it was before there were other inputs
    found = [identity(plain), identity(plain, drug="smiles"), identity(replace(plain, source="id")), identity(TABLE),
             identity(replace(TABLE, source="w,x")), identity(TABLE, patient="1,2"),
             identity(TABLE, patient="1,3")]  # fmt: skip
    assert all(one != other for place, one in enumerate(found) for other in found[:place])


def test_files_of_one_name_are_all_watched(opened: Source, tmp_path: Path) -> None:
    events = tmp_path / "other" / opened.path.name
    events.parent.mkdir()
    for path in (opened.path, events):
        events.write_text("subject_id,time,code,numeric_value\n0,0,a,1\n")
        rows = rows_of(read_inputs([f"record=id,t0@{events}"]), NAMES, tmp_path)
        before = library_identity(opened, rows)["library"]
        path.write_text(path.read_text() + "\n")
        assert library_identity(opened, rows)["library"] != before
