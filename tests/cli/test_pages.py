"""The pages that commands write beside their outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trained import read_csv, run, small_table, tree_model, write_csv

HOSTILE = {"smiles": "CCO", "=1+1": "=cmd|' /C calc'!A0", "<script>": "<script>alert(1)</script>", "n": "-3.2"}


def test_train_writes_a_page_beside_the_model(tmp_path: Path) -> None:
    options = ("-t", "logS", "--learner", "boosting", "--fold-models", 2, "--workers", 1, "--no-plot")
    ran = run("train", small_table(), *options, "-o", tmp_path / "m.molkit")
    assert ran.code == 0, ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"m.molkit", "m.html"}
    assert str(tmp_path / "m.html") in ran.out
    assert "<h1>m: a model from small.csv</h1>" in (tmp_path / "m.html").read_text(encoding="utf-8")


def test_a_page_is_never_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "m.html").write_text("precious")
    for command in (
        ("train", small_table(), "-t", "logS", "-o", tmp_path / "m.molkit"),
        ("predict", tree_model(), small_table(), "-o", tmp_path / "m.csv", "--html"),
    ):
        ran = run(*command)
        assert (ran.code, ran.clean) == (2, True)
        assert "m.html: exists" in ran.err
        assert [path.name for path in tmp_path.iterdir()] == ["m.html"]
    assert (tmp_path / "m.html").read_text() == "precious"


@pytest.mark.parametrize("suffix", ["csv", "tsv.gz", "parquet", "xlsx", "sdf"])
def test_predict_makes_a_page_of_what_it_wrote(tmp_path: Path, suffix: str) -> None:
    table = write_csv(tmp_path / "in.csv", [HOSTILE, {**HOSTILE, "smiles": "C(("}])
    out = tmp_path / f"out.{suffix}"
    ran = run("predict", tree_model(), table, "-o", out, "--html", "--workers", 1, "--json")
    assert ran.code == 0, ran.err
    assert f"Page: {tmp_path / 'out.html'}" in json.loads(ran.out)["notes"]
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert text.count("<script>") == 1
    for said in ("invalid_syntax: 1 (50.0%)", "&lt;script&gt;alert(1)&lt;/script&gt;", "=cmd|&#x27; /C calc&#x27;!A0"):
        assert said in text
    assert 'alt="distribution of logS_pred"' in text
    assert ">Where it fails</h4>" in text  # of the model's card


def test_formulas_are_inert_in_the_output_and_come_back(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "in.csv", [HOSTILE])
    for source, name in ((table, "one.csv"), (tmp_path / "one.csv", "two.csv")):
        assert run("predict", tree_model(), source, "-o", tmp_path / name, "--columns", "inchikey").code == 0
    first, second = (read_csv(tmp_path / name)[0] for name in ("one.csv", "two.csv"))
    assert {name: first[name] for name in first if name != "inchikey"} == {
        "smiles": "CCO", "'=1+1": "'=cmd|' /C calc'!A0", "<script>": "<script>alert(1)</script>", "n": "-3.2",
    }  # fmt: skip
    assert {name: second[name] for name in first} == first


def test_one_structure_has_no_page() -> None:
    ran = run("predict", tree_model(), "CCO", "--html")
    assert (ran.code, ran.clean) == (2, True)
    assert "--html is for tables" in ran.err
