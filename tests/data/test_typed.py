from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from molkit.data.tables import open_table, read_table
from molkit.errors import InputError


def workbook(path: Path, rows: list[list[object]], extra_sheet: bool = False) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    if extra_sheet:
        book.create_sheet("other")
    book.save(path)
    return path


def test_excel_values(tmp_path: Path) -> None:
    rows = [
        ["SMILES", "id", "y", "when", "flag"],
        ["CCO", "007", 7, datetime.datetime(2026, 1, 2), True],
        [],
        ["CCN", "1e5", 7.25, datetime.datetime(2026, 1, 2, 3, 4), None],
    ]
    source = open_table(workbook(tmp_path / "in.xlsx", rows, extra_sheet=True))
    table = read_table(source)
    assert source.smiles == "SMILES"
    assert table.columns["SMILES"] == ["CCO", None, "CCN"]
    assert table.columns["id"] == ["007", None, "1e5"]
    assert table.columns["y"] == [7, None, 7.25]
    assert table.columns["when"] == ["2026-01-02", None, "2026-01-02T03:04:00"]
    assert table.columns["flag"] == ["TRUE", None, None]
    assert any("'Sheet'" in note and "other" in note for note in source.notes)


def test_formulas_without_a_stored_value_are_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", [["smiles", "y"], ["CCO", "=1+1"], ["CCN", 3]])
    source = open_table(path)
    assert any("1 formulas" in note for note in source.notes)
    assert read_table(source).columns["y"] == [None, 3]


def test_blank_rows_around_an_excel_table_are_not_part_of_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", [[], [], ["smiles", "y"], ["CCO", 1], [], ["CCN", 2], [], []])
    assert read_table(open_table(path)).columns == {"smiles": ["CCO", None, "CCN"], "y": [1, None, 2]}


def test_excel_without_a_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", [["CCO", "a", 1], ["c1ccccc1", "b", 2], ["CC(=O)O", "c", 3]])
    source = open_table(path)
    assert source.names == ("smiles", "name", "column_3")
    assert len(read_table(source)) == 3


def test_excel_rows_wider_than_the_header_are_faults(tmp_path: Path) -> None:
    rows: list[list[object]] = [["smiles", "y"], *([["CCO", 1]] * 1500), ["CCN", 2, "stray"]]
    table = read_table(open_table(workbook(tmp_path / "in.xlsx", rows)))
    assert len(table) == 1501
    assert set(table.faults) == {1501}


def test_parquet_without_rows(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    empty = pyarrow.table({"smiles": pyarrow.array([], pyarrow.string()), "y": pyarrow.array([], pyarrow.float64())})
    parquet.write_table(empty, tmp_path / "in.parquet")
    assert read_table(open_table(tmp_path / "in.parquet")).columns == {"smiles": [], "y": []}


def test_excel_pieces(tmp_path: Path) -> None:
    rows = [["smiles", "y"], *([f"{'C' * n}O", n] for n in range(1, 6))]
    source = open_table(workbook(tmp_path / "in.xlsx", rows))
    assert [len(piece) for piece in source.pieces(2)] == [2, 2, 1]
    assert [cell for piece in source.pieces(2) for cell in piece.columns["y"]] == [1, 2, 3, 4, 5]


def test_empty_and_damaged_workbooks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        open_table(workbook(tmp_path / "empty.xlsx", []))
    good = workbook(tmp_path / "good.xlsx", [["smiles"], ["CCO"]]).read_bytes()
    refused = 0
    for size in range(0, len(good), 97):
        (tmp_path / "cut.xlsx").write_bytes(good[:size])
        with pytest.raises(InputError):
            read_table(open_table(tmp_path / "cut.xlsx"))
        refused += 1
    assert refused > 40


def test_parquet_types(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "smiles": pyarrow.array(["CCO", None], pyarrow.large_string()),
            "n": [1, None],
            "flag": [True, False],
            "day": [datetime.date(2026, 1, 2), None],
            "list": [[1, 2], None],
            "blob": [b"\xff", None],
        }
    )
    parquet.write_table(table, tmp_path / "in.parquet")
    source = open_table(tmp_path / "in.parquet")
    assert source.row_count == 2
    assert read_table(source).columns == {
        "smiles": ["CCO", None], "n": [1, None], "flag": [True, False], "day": ["2026-01-02", None],
        "list": ["[1, 2]", None], "blob": ["\\xff", None],
    }  # fmt: skip


def test_damaged_parquet_is_never_a_traceback(tmp_path: Path) -> None:
    import random

    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"smiles": ["CCO", "CCN"] * 20, "y": [0.5, 1.5] * 20}), tmp_path / "good.parquet")
    good = (tmp_path / "good.parquet").read_bytes()
    chance = random.Random(0)
    for _ in range(200):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        (tmp_path / "bad.parquet").write_bytes(bad)
        try:
            assert len(read_table(open_table(tmp_path / "bad.parquet"))) >= 0
        except InputError:
            continue
