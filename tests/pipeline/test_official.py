"""Scores on data outside of training, in a finished model file and its card."""

from __future__ import annotations

from pathlib import Path

import pytest

import molkit
from molkit.bundle import read_bundle
from molkit.data.cards import shipped_path
from molkit.pipeline.evaluate import evaluate_model
from molkit.pipeline.official import add_scores
from molkit.pipeline.scored import EvaluateOptions


@pytest.fixture
def model(tmp_path: Path) -> Path:
    rows = shipped_path("solubility").read_text().splitlines()
    (tmp_path / "train.csv").write_text("\n".join(rows[:81]))
    (tmp_path / "new.csv").write_text("\n".join([rows[0], *rows[81:121]]))
    options = {"boosting": {"trees": 20}}
    molkit.train(
        tmp_path / "train.csv", "logS", tmp_path / "m.molkit", learners=["boosting"], options=options, split="none"
    ).close()
    return tmp_path / "m.molkit"


def test_scores_are_added_and_replaced_and_nothing_else_changes(model: Path) -> None:
    before = read_bundle(model)
    result = evaluate_model(model, model.with_name("new.csv"), EvaluateOptions(targets=("logS",)))
    for title in ("first file", "second file", "first file"):
        sha256 = add_scores(model, result, title)
    after = read_bundle(model)
    assert after.sha256 == sha256 != before.sha256
    assert {name: data for name, data in after.entries.items() if name not in ("model.json", "card.md")} == {
        name: data for name, data in before.entries.items() if name not in ("model.json", "card.md")
    }
    assert {key: value for key, value in after.model.items() if key != "outside"} == before.model
    kept = {score["metric"]: score["value"] for score in after.model["outside"]["first file"]["scores"]}
    assert kept["RMSE"] == next(score.value for score in result.scores if score.metric == "RMSE")
    heads = [line for line in after.card.splitlines() if line.startswith("## ")]
    added = ["## Scores on the second file", "## Scores on the first file"]
    place = heads.index("## What it is good for")
    assert heads[place - 2 : place] == added
    assert [head for head in heads if head not in added] == [
        line for line in before.card.splitlines() if line.startswith("## ")
    ]
