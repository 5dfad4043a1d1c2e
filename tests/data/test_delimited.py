from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molkit.data.delimited import choose_delimiter, read_records, split_record
from molkit.data.lines import Line
from molkit.data.tables import open_table, read_table
from molkit.errors import InputError

SLOW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=8)


def lines(text: str) -> list[Line]:
    return [(number, line, None) for number, line in enumerate(io.StringIO(text, newline=""), 1)]


@SLOW
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6), st.sampled_from([",", "\t", ";", "|"]))
def test_reads_what_the_csv_module_writes(tmp_path: Path, rows: list[list[str]], mark: str) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([["smiles", "name"], *rows])
    table = read_table(open_table(path, delimiter=mark))
    assert [list(row) for row in zip(table.columns["smiles"], table.columns["name"], strict=True)] == rows
    assert not table.faults


@given(st.text('a",;\t ', max_size=12))
def test_a_whole_record_is_split_as_the_csv_module_does(text: str) -> None:
    cells, state = split_record(text, ",")
    if state == "whole" and text:
        assert cells == next(csv.reader([text], strict=True))


@SLOW
@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    """Without quotes, every line is a row with all of its cells."""
    path = tmp_path / "table.csv"
    path.write_bytes(b"smiles,name\n" + content)
    try:
        table = read_table(open_table(path, encoding="utf-8"))
    except InputError:
        return
    assert len({len(column) for column in table.columns.values()}) == 1
    if b'"' not in content:
        assert len(table) == len(content.splitlines())


@SLOW
@given(st.integers(1, 7), st.lists(CELL, min_size=1, max_size=20))
def test_pieces_are_the_table_cut(tmp_path: Path, size: int, cells: list[str]) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["smiles"], *([cell] for cell in cells)])
    source = open_table(path)
    pieces = list(source.pieces(size))
    assert [cell for piece in pieces for cell in piece.columns["smiles"]] == cells
    assert [piece.first_row for piece in pieces] == list(range(1, len(cells) + 1, size))
    assert [len(piece) for piece in source.pieces(size)] == [len(piece) for piece in pieces]


def test_an_unclosed_quote_costs_its_own_row_only() -> None:
    text = 'CCO,"open,1\n' + "".join(f"C,name {n},2\n" for n in range(5000)) + 'CCN,"quo""ted",3\n'
    records = list(read_records(iter(lines(text)), ",", 3))
    assert len(records) == 5002
    assert [number for number, _, damage in records if damage] == [1]
    assert records[-1][1] == ["CCN", 'quo"ted', "3"]


def test_two_unclosed_quotes_do_not_swallow_the_rows_between() -> None:
    """The cell between the two quotes would end like a quoted one, but the record would be too short."""
    text = 'CCO,"open,1\nC,b,2\nCC,c,3\nCCN,d",4\n'
    records = list(read_records(iter(lines(text)), ",", 4))
    assert [number for number, _, _ in records] == [1, 2, 3, 4]
    assert [number for number, _, damage in records if damage] == [1]


def test_many_unclosed_quotes_take_linear_time() -> None:
    records = list(read_records(iter(lines('CCO,"open\n' * 20_000)), ",", 2))
    assert len(records) == 20_000
    assert all(damage for _, _, damage in records[:-1])


def test_text_after_a_closing_quote_is_kept_as_it_is() -> None:
    (_, cells, damage), *_ = read_records(iter(lines('CCO,"tert"-butanol\n')), ",", 2)
    assert cells == ["CCO", '"tert"-butanol']
    assert damage is not None
    assert not damage.cut


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_beside_names_with_others(mark: str) -> None:
    rows = [["smiles", "name", "y"], ["CCO", "a;b c", "1"], ["CCN", "2-x|y", "2"], ["CCC", "q", "3"]]
    text = "".join(mark.join(row) + "\n" for row in rows)
    assert choose_delimiter(lines(text), ",") == mark


def test_a_single_column_has_no_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("smiles\nCCO\nCCN\n")
    assert read_table(open_table(path)).columns == {"smiles": ["CCO", "CCN"]}


def test_blank_lines_are_rows_and_blank_extra_cells_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("smiles,y\nCCO,1,\n\nCCN,2,,\n")
    table = read_table(open_table(path))
    assert table.columns == {"smiles": ["CCO", "", "CCN"], "y": ["1", "", "2"]}
    assert not table.faults


def test_rows_one_wider_than_the_header_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("smiles,y\n1,CCO,5\n2,CCN,6\n3,CCC,7\n")
    with pytest.raises(InputError, match="first column has no name"):
        open_table(path)
