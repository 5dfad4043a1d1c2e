"""`molkit evaluate` from the command line to files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trained import run, solubility, tree_model, write_csv

GOOD = "y,y_pred\n" + "".join(f"{i / 3},{i / 3 + (-1) ** i / 9}\n" for i in range(30))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    return path


def test_what_predict_writes_can_be_scored(tmp_path: Path) -> None:
    rows = [*solubility(25), {"name": "bad", "smiles": "C((", "logS": "-1"}]
    table, predicted = write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv"
    assert run("predict", tree_model(), table, "-o", predicted, "--workers", 1).code == 0
    first = run("evaluate", predicted, "-t", "logS", "--json", "--workers", 1)
    second = run("evaluate", tree_model(), table, "--json", "--workers", 1)
    assert (first.code, second.code, first.clean, second.clean) == (0, 0, True, True)
    both = [json.loads(ran.out) for ran in (first, second)]
    values = [[s["value"] for s in found["scores"] if s["method"] in ("molkit", "predictions")] for found in both]
    assert values[0] == pytest.approx(values[1], rel=2e-4)  # the table holds rounded predictions
    assert list(both[0]["failures"]["logS"]) == list(both[1]["failures"]["logS"]) == [str(len(rows))]


def test_scores_are_printed_written_and_drawn(table: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "scores.json", tmp_path / "deep" / "plots"
    ran = run("evaluate", table, "-o", out, "--plots", folder)
    assert (ran.code, ran.clean) == (0, True)
    assert "y: 30 compounds" in ran.out
    assert "RMSE" in ran.out
    found = json.loads(out.read_text())
    assert found["scores"][0]["value"] == pytest.approx(1 / 9, rel=1e-3)
    assert {path.name for path in folder.iterdir()} == {
        f"y-{name}.{suffix}" for name in ("parity", "residuals") for suffix in ("png", "svg")
    }
    assert str(folder / "y-parity.png") in ran.out


def test_plots_leave_out_what_the_model_learned_from(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "in.csv", [*solubility(3)[:120]])
    ran = run("evaluate", tree_model(), table, "-o", tmp_path / "s.json", "--plots", tmp_path / "p", "--workers", 1)
    assert (ran.code, ran.clean) == (0, True)
    assert "not learned from" in ran.err
    scores = [score for score in json.loads((tmp_path / "s.json").read_text())["scores"] if score["metric"] == "RMSE"]
    everything, unseen = (
        next(s["n"] for s in scores if ("unseen" in s["method"]) == wanted) for wanted in (False, True)
    )
    assert 1 < unseen < everything
    assert f"n = {unseen} " in (tmp_path / "p" / "logS-parity.svg").read_text(encoding="utf-8")


def test_failures_are_listed(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(GOOD + "7,\n" * 12)
    ran = run("evaluate", table)
    assert "12 measured rows have no prediction" in ran.err
    assert "row 31: no finite number" in ran.err
    assert "and 2 more" in ran.err
    assert "12 measured rows have no prediction" in ran.out


def test_existing_files_are_safe(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    out.write_text("precious")
    ran = run("evaluate", table, "-o", out)
    assert (ran.code, out.read_text()) == (2, "precious")
    assert run("evaluate", table, "-o", table, "--overwrite").code == 2
    assert table.read_text() == GOOD
    assert run("evaluate", table, "-o", out, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.csv"], 2, "none.csv"),
        (["MODEL"], 2, "name the table"),
        (["TABLE", "TABLE"], 2, "is a model, named NAME.molkit"),
        (["MODEL", "TABLE", "TABLE"], 2, "got 3 files"),
        (["none.molkit", "TABLE"], 2, "none.molkit"),
        (["TABLE", "-o", "s.csv"], 2, "written as .json"),
        (["TABLE", "-o", "nowhere/s.json"], 4, "folder"),
        (["TABLE", "--plots", "TABLE"], 4, "folder for plots"),
        (["TABLE", "-t", "x"], 2, "no such column"),
        (["MODEL", "TABLE"], 2, "no SMILES column"),
        (["BLANK"], 3, "no row has both"),
    ],
)
def test_refusals_are_one_sentence(
    arguments: list[str], code: int, said: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blank.csv").write_text("y,y_pred\n1,\n2,\n")
    places = {"MODEL": tree_model(), "TABLE": table, "BLANK": Path("blank.csv")}
    ran = run("evaluate", "--quiet", *(places.get(word, word) for word in arguments))
    assert (ran.code, ran.clean) == (code, True)
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_intervals_without_an_end_are_written_as_null(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "s.json"
    table.write_text("y,y_pred,y_lo90,y_hi90\n1,1.2,0.5,\n2,1.9,-1,2.5\n3,3.9,1.5,4\n")
    for more in ([], ["--log"]):  # the logarithm of -1 has no end either
        ran = run("evaluate", table, "-o", out, "--json", "--overwrite", *more)
        assert (ran.code, ran.clean) == (0, True)
        overall = json.loads(out.read_text())["trust"]["intervals"][0]["overall"]
        assert (overall["n"], overall["covered"], overall["width"], overall["score"]) == (3, 3, None, None)
