"""`molkit prepare` and `molkit similar`: what is printed, exit codes, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trained import read_csv, run

LINES = ["CCO ethanol", "CCN amine", "c1ccccc1 benzene", "xx broken", "CC(F)Cl halide"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.smi"
    path.write_text("\n".join(LINES) + "\n")
    return path


def test_prepare_and_search_again(table: Path, tmp_path: Path) -> None:
    lib, out = tmp_path / "lib", tmp_path / "hits.csv"
    ran = run("prepare", table, "-o", lib, "--workers", 1)
    assert (ran.code, ran.clean) == (0, True), ran.err
    assert "5 rows (1 invalid_syntax, 4 ok)" in ran.out
    assert "bytes a row" in ran.err
    ran = run("similar", "OCC", lib, "--top", 2, "-o", out, "--workers", 1)
    assert (ran.code, ran.out, ran.clean) == (0, "", True), ran.err
    assert "rows 5 = 4 ok + 1 invalid_syntax" in ran.err
    best = read_csv(out)[0]
    assert (best["library_row"], best["rank"], best["name"]) == ("1", "1", "ethanol")
    again = run("similar", "OCC", lib, "-o", out)
    assert (again.code, again.clean) == (2, True)
    assert "--overwrite" in again.err


def test_hits_are_printed_where_no_file_is_named(table: Path) -> None:
    ran = run("similar", "CCO", table, "--threshold", 0.99, "--workers", 1)
    assert ran.code == 0
    header, *rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [dict(zip(header, row, strict=True))["name"] for row in rows] == ["ethanol"]
    ran = run("similar", table, table, "--top", 1, "--json", "--quiet", "--workers", 1)
    found = json.loads(ran.out)
    assert (found["rows"], found["queries"], found["hits"]) == (5, 5, 4)
    assert found["query_statuses"] == found["statuses"] == {"ok": 4, "invalid_syntax": 1}
    assert [hit["similarity"] for hit in found["found"]] == [1.0] * 4
    assert "Row 4" in found["query_problems"][0]


def test_a_folder_that_looks_like_smiles_is_read_as_a_folder(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("CCO").mkdir()
    ran = run("similar", "CCO", table)
    assert (ran.code, ran.clean) == (2, True), ran.err
    assert "CCO: the folder holds no table" in ran.err
    (Path("CCO") / "q.smi").write_text("c1ccccc1 q\n")
    ran = run("similar", "CCO", table, "--top", 10**12, "--workers", 1, "--json")
    assert (ran.code, ran.clean) == (0, True), ran.err
    assert [hit["query_smiles"] for hit in json.loads(ran.out)["found"]][:1] == ["c1ccccc1"]


@pytest.mark.parametrize(("bad", "said"), [(10, False), (13, True)])
def test_queries_that_cannot_be_read_are_counted(bad: int, said: bool, table: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.csv"
    queries.write_text("smiles,n\n" + "".join(f"xx,{i}\n" for i in range(bad)) + "CCO,1\n")
    ran = run("similar", queries, table, "--workers", 1)
    assert (ran.code, ran.clean) == (0, True), ran.err
    assert ran.err.count("Row ") == 10
    assert ("and 3 more queries" in ran.err) == said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("similar", "xx", "in.smi"), 3, "Row 1"),
        (("similar", "CCO", "broken.smi"), 3, "none of the 2 rows"),
        (("similar", "none.csv", "in.smi"), 2, "no such table"),
        (("similar", "CCO", "none.csv"), 2, "no such file"),
        (("similar", "CCO", "in.smi", "--top", 0), 2, "--top"),
        (("similar", "CCO", "in.smi", "-o", "no/out.csv"), 4, "folder does not exist"),
        (("similar", "CCO", "tables", "-o", "tables/out.csv"), 2, "would stand in the library"),
        (("prepare", "tables", "-o", "tables/lib"), 2, "would stand in the library"),
        (("prepare", "in.smi", "-o", "."), 2, "is the current folder"),
        (("prepare", "in.smi", "-o", ".."), 2, "around the current one"),
        (("prepare", "in.smi", "-o", "no/lib"), 4, "folder does not exist"),
        (("prepare", "none.smi", "-o", "lib"), 2, "no such file"),
        (("prepare", "broken.smi", "-o", "lib"), 3, "none of the 2 rows"),
        (("prepare", "in.smi", "-o", "in.smi", "--overwrite"), 2, "is a file"),
        (("prepare", "in.smi", "-o", "lib", "-m", "none.molkit"), 2, "none.molkit"),
        (("prepare", "in.smi", "-o", "lib", "--mixtures", "some"), 2, "mixtures"),
        (("prepare", "in.smi", "-o", "lib", "-m", "a.molkit", "--mixtures", "largest"), 2, "--mixtures"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: tuple[object, ...], code: int, said: str, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    Path("broken.smi").write_text("xx a\nyy b\n")
    Path("tables").mkdir()
    Path("tables/t.smi").write_text("CCO\n")
    ran = run(*words)
    assert (ran.code, ran.clean) == (code, True), ran.err
    assert said in ran.err
    assert table.read_text().splitlines() == LINES
    assert not list(Path().glob("*.unfinished"))
    assert not list(Path().glob("*.parts"))
