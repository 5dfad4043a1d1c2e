"""`molkit check` from the command line to files."""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from trained import run, small_table, solubility, write_csv

from molkit.report.escaped import escaped

QUICK = ("--no-learning-curve", "--workers", 1)
TABLES = Path(__file__).resolve().parents[1] / "robustness_tables"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: list[dict[str, object]] = [*solubility(12), {"name": "bad", "smiles": "C((", "logS": "-1"}]
    rows += [{"name": "=1+1<b>", "smiles": "CCO.CCCCCCN", "logS": "-2"}]
    return write_csv(tmp_path_factory.mktemp("check") / "in.csv", rows)


def test_text_json_and_page_say_the_same(table: Path, tmp_path: Path) -> None:
    outs = [tmp_path / f"a{suffix}" for suffix in (".txt", ".json", ".html")]
    words = [word for path in outs for word in ("-o", path)]
    ran = run("check", table, "-t", "logS", *words, *QUICK)
    assert (ran.code, ran.clean) == (0, True)
    assert outs[0].read_text() in ran.out
    found = json.loads(outs[1].read_text())
    page = outs[2].read_text()
    assert found["counts"]["rows"] == len(solubility(12)) + 2
    for finding in found["findings"]:
        assert finding["title"] in ran.out
        assert finding["title"] in page
        assert page.count(f"{escaped(finding['sentence'])}</td>") == 1  # whole in the table that lists all findings
    bad = next(finding for finding in found["findings"] if finding["kind"] == "unreadable")
    assert bad["rows"] == [len(solubility(12)) + 1]
    assert bad["table"]["status"] == ["invalid_syntax"]
    assert json.loads(run("check", table, "-t", "logS", "--json", *QUICK).out) == found


def test_the_curve_is_told_and_drawn(tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    ran = run("check", small_table(), "-t", "logS", "-o", out, "--workers", 2)
    assert (ran.code, ran.clean) == (0, True)
    assert "Learning curve of logS" in ran.out
    assert "data:image/" in out.read_text()


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.sources += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]


def test_hostile_cells_are_text_in_the_page(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    rows: list[dict[str, object]] = [{"smiles": row["smiles"], evil: row["logS"]} for row in solubility(20)]
    rows += [{"smiles": "<script>alert(2)</script>", evil: "-1"}, {"smiles": "C((\u202e", evil: "-2"}]
    out = tmp_path / "a.html"
    ran = run("check", write_csv(tmp_path / "t.csv", rows), "-t", evil, "-o", out, *QUICK)
    assert (ran.code, ran.clean) == (0, True)
    page = _Markup()
    page.feed(out.read_text())
    assert all(source.startswith("data:image/") for source in page.sources)
    assert page.handlers == []
    assert page.tags.count("script") == 1
    assert "\u202e" not in out.read_text() + ran.out


def test_existing_files_and_inputs_are_safe(table: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "a.json", table.read_bytes()
    out.write_text("precious")
    ran = run("check", table, "-o", out, *QUICK)
    assert (ran.code, out.read_text(), ran.out) == (2, "precious", "")
    assert run("check", table, "-o", out, "--overwrite", *QUICK).code == 0
    clash = table.rename(table.with_suffix(".txt"))
    try:
        assert run("check", clash, "-o", clash, "--overwrite", *QUICK).code == 2
        assert clash.read_bytes() == before
    finally:
        clash.rename(table)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "a.csv"], ".html, .json or .txt"),
        (["-o", "a.txt", "-o", "./a.txt"], "named twice"),
        (["-t", "logs2"], "no such column"),
        (["-t", "smiles"], "none of them the structures"),
        (["--task", "ranking"], "regression, binary or multiclass"),
        (["--mixtures", "some"], "reject"),
        (["--test", "none.csv"], "none.csv"),
    ],
)
def test_refusals_are_one_sentence(
    words: list[str], said: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("check", table, *words, "--quiet", *QUICK)
    assert (ran.code, ran.clean) == (2, True)
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", sorted(TABLES.iterdir()), ids=lambda path: path.name)
def test_hostile_tables_give_an_audit_or_one_line(path: Path, tmp_path: Path) -> None:
    ran = run("check", path, "-o", tmp_path / "a.html", "--quiet", *QUICK)
    assert ran.clean
    assert ran.code in (0, 2)
    assert (ran.code == 0) == (tmp_path / "a.html").exists()
    if ran.code:
        assert ran.err.count("\n") == 1


@pytest.mark.shared
def test_hostile_tables_of_the_data_folder() -> None:
    shared = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    folder = shared / "robustness" / "tables"
    if not folder.is_dir():
        pytest.skip("there is no data folder beside the repository")
    for path in sorted(folder.iterdir()):
        if "bomb" not in path.name:
            ran = run("check", path, "-t", "y", "--quiet", *QUICK)
            assert ran.clean, path.name
            assert ran.code in (0, 2), path.name
