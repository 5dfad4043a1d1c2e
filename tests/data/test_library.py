"""A folder of tables is read as its tables one after the other."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from molkit.data.library import estimated_rows, library_files, open_library
from molkit.data.table import read_table
from molkit.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.csv").write_text("id,smiles\n3,CCO\n4,CCN,extra\n5,C\n")
    with gzip.open(tmp_path / "c.csv.gz", "wt") as stream:
        stream.write("smiles,id\nCC,6\n")
    (tmp_path / "a.csv").write_text("id,smiles\n1,CO\n2,CN\n")
    (tmp_path / "notes.pdf").write_text("no table")
    (tmp_path / ".hidden.csv").write_text("x\n")
    return tmp_path


def test_rows_are_numbered_through_in_the_order_of_names(folder: Path) -> None:
    source = open_library(folder)
    table = read_table(source)
    assert table.columns["id"] == ["1", "2", "3", "4", "5", "6"]
    assert [cell for row, cell in enumerate(table.columns["smiles"], 1) if row not in table.faults] == [
        "CO", "CN", "CCO", "C", "CC",
    ]  # fmt: skip
    assert list(table.faults) == [4]
    assert [piece.first_row for piece in source.pieces(2)] == [1, 3, 5, 6]
    assert [path.name for path in library_files(source)] == ["a.csv", "b.csv", "c.csv.gz"]
    assert estimated_rows(source) >= 6


def test_one_file_is_its_own_library(folder: Path) -> None:
    source = open_library(folder / "a.csv")
    assert read_table(source).columns["id"] == ["1", "2"]
    assert estimated_rows(source) == 2  # the header is no row
    assert library_files(open_library(folder / "a.csv")) == [folder / "a.csv"]


def test_what_does_not_fit_together_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "d.csv").write_text("smiles,name\nC,x\n")
    with pytest.raises(InputError, match=r"d\.csv: has the columns smiles, name where a\.csv has id, smiles"):
        open_library(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="holds no table"):
        open_library(empty)
