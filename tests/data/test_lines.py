from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molkit.data import lines
from molkit.data.lines import read_lines

SLOW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.lists(st.sampled_from(["C", "é", "\n", "\r", "\r\n", ",", "\u2028", "\x0b", "\x85"]), max_size=40)


@SLOW
@given(PIECES, st.integers(1, 9))
def test_lines_do_not_depend_on_the_blocks_they_are_read_in(tmp_path: Path, pieces: list[str], block: int) -> None:
    text = "".join(pieces)
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        found = list(read_lines(path, "utf-8"))
    assert [line for _, line, _ in found] == list(io.StringIO(text, newline=""))
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))


@SLOW
@given(st.lists(st.integers(0, 40), max_size=12), st.sampled_from(["\n", "\r", "\r\n"]), st.integers(1, 9))
def test_long_lines_are_cut_alone(tmp_path: Path, lengths: list[int], end: str, block: int) -> None:
    path = tmp_path / "text"
    path.write_text("".join("C" * length + end for length in lengths), newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        patch.setattr(lines, "LINE_LIMIT", 20)
        patch.setattr(lines, "SHOWN", 5)
        found = list(read_lines(path, "utf-8"))
    assert len(found) == len(lengths)
    for (_, text, damage), length in zip(found, lengths, strict=True):
        if length < 20 - len(end):
            assert (text, damage) == ("C" * length + end, None)
        elif length > 20:
            assert text == "CCCCC"
            assert damage is not None
            assert damage.cut


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark(tmp_path: Path, encoding: str) -> None:
    from molkit.data.tables import open_table, read_table

    path = tmp_path / "table.csv"
    path.write_bytes("smiles,name\r\nCCO,Äthanol α\r\n".encode(encoding))
    assert read_table(open_table(path)).columns == {"smiles": ["CCO"], "name": ["Äthanol α"]}


def test_windows_1252_as_a_whole_and_by_line(tmp_path: Path) -> None:
    from molkit.data.tables import open_table, read_table

    path = tmp_path / "table.csv"
    path.write_bytes("smiles,name\nCCO,5 µM\nCCN,–\n".encode("cp1252"))
    source = open_table(path)
    assert any("Windows-1252" in note for note in source.notes)
    table = read_table(source)
    assert table.columns["name"] == ["5 µM", "–"]
    assert not table.faults
    assert not table.remarks
    path.write_bytes(b"smiles,name\nCC\xe9O,x\n\xc3\xa9,y\n")
    assert set(read_table(open_table(path)).faults) == {1}


def test_utf_16_without_a_mark_is_named(tmp_path: Path) -> None:
    from molkit.data.tables import open_table, read_table
    from molkit.errors import InputError

    path = tmp_path / "table.csv"
    path.write_bytes("smiles\nCCO\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="utf-16-le"):
        open_table(path)
    assert read_table(open_table(path, encoding="utf-16-le")).columns == {"smiles": ["CCO"]}
