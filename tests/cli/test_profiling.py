"""`molkit admet` on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from trained import run

from molkit.profile.endpoints import ENDPOINTS

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_one_structure_is_printed_with_every_endpoint() -> None:
    shown = run("admet", ASPIRIN)
    assert shown.code == 0, shown.err
    for endpoint in ENDPOINTS.values():
        assert endpoint.title in shown.out
    assert "phenol_ester" in shown.out


def test_json_has_the_columns_of_the_table(tmp_path: Path) -> None:
    found = json.loads(run("admet", ASPIRIN, "--json", "--endpoints", "hERG", "-o", tmp_path / "o.csv").out)
    with (tmp_path / "o.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row.pop("smiles") == ASPIRIN
    assert list(row) == list(found)
    assert float(row["hERG"]) == found["hERG"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["C1CC"], 3, "no profile"),
        ([""], 2, "expected a table, a folder of tables or a SMILES"),
        (["none.csv"], 2, "there is no such table"),
        ([ASPIRIN, "--html"], 2, "name it with -o"),
        ([ASPIRIN, "--long"], 2, "--long and --top are for tables"),
        ([ASPIRIN, "--endpoints", "hERGG"], 2, "did you mean"),
        ([ASPIRIN, "--level", "20"], 2, "--level: expected a whole percentage"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(words: list[str], code: int, said: str) -> None:
    shown = run("admet", *words)
    assert shown.code == code
    assert said in shown.err
    assert shown.clean


def test_a_page_of_a_table_holds_every_row(tmp_path: Path) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text(f"smiles,name\n{ASPIRIN},<b>aspirin</b>\nnonsense,x\n")
    shown = run("admet", table, "-o", out, "--html", "--endpoints", "Toxicity")
    assert shown.code == 0, shown.err
    page = out.with_suffix(".html").read_text()
    assert "&lt;b&gt;aspirin&lt;/b&gt;" in page
    assert "<b>aspirin" not in page
    assert "invalid_syntax" in page
    again = run("admet", table, "-o", tmp_path / "other.csv", "--html", "--long")
    assert again.code == 2
    assert "leave --long out" in again.err


def test_shipped_models_go_by_name(tmp_path: Path) -> None:
    assert "# Model card" in run("card", "herg").out
    assert "hERG" in run("predict", "hERG", ASPIRIN).out
    (tmp_path / "in.smi").write_text(f"{ASPIRIN} a\nCCO b\n")
    shown = run("screen", tmp_path / "in.smi", "-m", "HERG", "-o", tmp_path / "hits.csv", "--no-html", "--top", "1")
    assert shown.code == 0, shown.err
    assert "hERG_pred" in (tmp_path / "hits.csv").read_text()
