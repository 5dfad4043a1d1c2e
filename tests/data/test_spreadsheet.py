"""Formulas in text cells: inert in a spreadsheet, unchanged when they are read again."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molkit.data.spreadsheet import protected, restored
from molkit.data.tables import open_table, read_table
from molkit.data.write import open_writer

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FORMULAS = ["=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1",
            '=HYPERLINK("http://x","y")', "-A1", "+A1", "=A1", "-1-1", '=""', "=(1)", "-5 to -3", "=5.3"]  # fmt: skip
PLAIN = ["-3.2", "+1e5", "-", "--", "=", "'='", "-1", "+1", "-.5", "-1,5", "-1 000", "-1.000,5", "- 3", "-inf", "-7 %",
         "C=O", "[Na+]", "'CCO'", "5'-AMP", "<5", ">=", "", "0012", "plain", "'", "''"]  # fmt: skip
CELL = st.text(st.sampled_from("'=+-@\t\r\n 1aA.,;|\"(＝\u200b"), max_size=8) | st.sampled_from(FORMULAS + PLAIN)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert protected(text).startswith("'" + text[:1])
    assert protected("'" + text).startswith("''" + text[:1])
    assert protected(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert protected(text) == restored(text) == text


@given(CELL, st.sampled_from(";\t\r\n"))
def test_no_part_of_a_cell_calls_anything(text: str, cut: str) -> None:
    """Where a spreadsheet cuts at another sign than the delimiter, an attacker chooses how a cell begins."""
    for attack in ("=cmd|' /C calc'!A0", "@SUM(1)", "-2+cmd|' /C calc'!A0", "+A1(", "\u200b =1"):
        whole = f"x{text}{cut}{attack}{cut}{text}"
        written = protected(whole)
        assert restored(written) == whole
        assert not any(
            part.lstrip(" \u200b")[:1] in ("=", "@") and computes(part) for part in re.split("[;\t\r\n]", written)
        )
        assert cut + attack not in written


@pytest.mark.parametrize(
    "text", ["- soluble\n- stable", "=;=;<", "a; -5; +3.2", "a;b", "x;y;-CH3", "&lt;5", "C |$;;R1$|"]
)
def test_ordinary_text_with_semicolons_and_line_ends_is_left_alone(text: str) -> None:
    assert protected("x" + text) == "x" + text


@given(st.floats() | st.integers())
def test_numbers_are_left_alone(value: float) -> None:
    assert protected(str(value)) == str(value)


@given(CELL | st.text(max_size=12))
def test_every_text_comes_back(text: str) -> None:
    assert restored(protected(text)) == text
    assert protected(restored(text)).replace("'", "") == text.replace("'", "")


def computes(cell: str) -> bool:
    """Whether a spreadsheet could see an operator with something to compute, and no number."""
    text = cell.lstrip("\t\r\n \u200b")
    if text[:1] not in ("=", "+", "-", "@", "＝") or not any(c.isalnum() or c in '"(' for c in text):
        return False
    try:
        float("".join(c for c in text if c not in "., %"))
    except ValueError:
        return True
    return False


@given(CELL)
def test_what_is_written_computes_nothing(text: str) -> None:
    assert not computes(protected(text))


@SLOW
@example(["='='"])
@given(st.lists(CELL, min_size=1, max_size=6))
@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "xlsx", "parquet", "sdf"])
def test_tables_come_back(tmp_path: Path, suffix: str, cells: list[str]) -> None:
    if suffix in ("xlsx", "sdf"):  # which hold no carriage returns, and no blank lines in a data item
        cells = ["".join(c for c in cell if c not in "\r\n").strip() for cell in cells]
    path, row = tmp_path / f"out.{suffix}", {"smiles": ["CCO"] * len(cells), "text": cells}
    structure = None
    if suffix == "sdf":
        row["smiles"], structure = [Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))] * len(cells), "smiles"
    with open_writer(path, list(row), True, structure) as writer:
        writer.write(row)
    found = read_table(open_table(path)).columns["text"] if any(cells) or suffix != "sdf" else cells
    found = [cell or "" for cell in found]
    assert ([cell.strip() for cell in found] if suffix == "sdf" else found) == cells


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "parquet"])
def test_column_names_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    columns = {"smiles": ["CCO"], "=1+1": ["a"], "'=1+1": ["b"], "@x": ["c"], "-": ["d"]}
    with open_writer(path, list(columns)) as writer:
        writer.write(columns)
    assert read_table(open_table(path)).columns == columns
    if suffix == "csv":
        with path.open(newline="") as stream:
            assert next(csv.reader(stream)) == ["smiles", "'=1+1", "''=1+1", "'@x", "-"]


def test_numbers_in_columns_stay_numbers(tmp_path: Path) -> None:
    values = [-3.2, -7, np.float32(-0.1), float("-inf"), None, True]
    with open_writer(tmp_path / "out.csv", ["x"]) as writer:
        writer.write({"x": values})
    assert (tmp_path / "out.csv").read_text() == "x\n-3.2\n-7\n-0.1\n-inf\n\ntrue\n"


def test_an_excel_file_holds_text_where_a_formula_stood(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    with open_writer(path, ["x"]) as writer:
        writer.write({"x": FORMULAS[:5]})
    cells = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in FORMULAS[:5]]


def test_a_table_protected_by_others_is_read_as_it_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress(b"smiles,note,relation\nCCO,'=1+1,'='\nCCN,\"'@x, y\",\n"))
    table = read_table(open_table(path))
    assert table.columns["note"] == ["=1+1", "@x, y"]
    assert table.columns["relation"] == ["'='", ""]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_computes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with open_writer(path, ["x"]) as writer:
        writer.write({"x": FORMULAS})
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "xlsx", "--outdir", tmp_path, path], check=True, timeout=120
    )
    for row in openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows():
        assert row[0].data_type != "f"
