"""What an ensemble gains and costs: told to the user, and nothing measured in the model file."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from trained import run

from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.data.cards import shipped_path
from molkit.pipeline.comparing import Comparison
from molkit.pipeline.gain import Cost, cost_sentences
from molkit.pipeline.train import TrainResult, train_bundle

COSTS = (Cost("boosting", 6, 2, 30.0), Cost("forest", 3, 1, 10.0))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    pd.read_csv(shipped_path("solubility")).sample(100, random_state=1).to_csv(path, index=False)
    return path


def train(table: Path, folder: Path, **options: object) -> TrainResult:
    given = {"targets": ("logS",), "learners": ("linear", "forest"), "fold_models": 2, "workers": 1, **options}
    return train_bundle(table, folder / "m.molkit", RunConfig(**given), overwrite=True)  # type: ignore[arg-type]


def test_the_gain_is_the_difference_to_the_best_learner_out_of_fold(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, combine="mean", ensemble_size=4)
    own = {c.learner: c.value for c in result.findings.contributions}
    best = min(("linear", "forest"), key=lambda name: own[name] or 0.0)
    alone, seeds = result.findings.gains
    assert (alone.first, alone.second) == ("the mean", f"{best} alone")
    assert own["molkit"] is not None
    assert alone.value == pytest.approx(own["molkit"] - (own[best] or 0.0))
    assert (seeds.first, seeds.second) == ("the mean of 2 seeds", "one seed")
    assert seeds.low <= seeds.value <= seeds.high
    assert [(cost.learner, cost.models, cost.seeds) for cost in result.costs] == [("linear", 2, 1), ("forest", 4, 2)]
    for gain in result.findings.gains:
        assert gain.sentence.removeprefix("logS: ") in result.card
    assert read_bundle(result.path).model["gains"][0]["second"] == f"{best} alone"


def test_measured_times_are_told_and_not_stored(table: Path, tmp_path: Path) -> None:
    first = train(table, tmp_path, combine="greedy")
    again = train(table, tmp_path, combine="greedy")
    assert first.sha256 == again.sha256
    assert any(sentence.startswith("Fitting took") for sentence in first.sentences)
    assert not any(sentence.startswith("Fitting took") for sentence in first.findings.sentences)
    assert [cost.seconds for cost in first.costs] != [cost.seconds for cost in again.costs]


def test_one_learner_is_not_compared_with_itself(table: Path, tmp_path: Path) -> None:
    for options in ({"combine": "best"}, {"learners": ("forest",)}):
        result = train(table, tmp_path, **options)
        assert result.findings.gains == ()
        assert [sentence for sentence in result.sentences if "models" in sentence]


def test_without_folds_nothing_is_compared(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table).assign(series="one")
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = train(tmp_path / "t.csv", tmp_path, group="series", split="none", ensemble_size=4)
    assert [cost.models for cost in result.costs] == [1, 2]
    assert result.findings.gains == ()


@pytest.mark.parametrize(
    ("better", "said"),
    [("the stack", "is better than"), ("forest alone", "is worse than"), ("neither", "is not better for certain than")],
)
def test_a_sentence_says_whether_an_ensemble_was_worth_its_time(better: str, said: str) -> None:
    gain = Comparison("logS", "the stack", "forest alone", "RMSE", -0.02, -0.03, 0.01, 80, better)
    total, worth = cost_sentences([gain], COSTS)
    assert total == (
        "Fitting took 40 core-seconds: boosting 75% (6 models), forest 25% (3 models); "
        "each compound is predicted by 9 models."
    )
    assert worth == (
        f"logS: the stack {said} forest alone (RMSE -0.020 [-0.030, +0.010] out of fold, n 80), "
        "for 4 times the fitting time and 9 models per compound instead of 3."
    )


def test_the_price_of_seeds_is_that_beside_one_seed_of_each_learner() -> None:
    gain = Comparison("logS", "the mean of 2 seeds", "one seed", "RMSE", -0.02, -0.03, -0.01, 80, "the mean of 2 seeds")
    _, worth = cost_sentences([gain], COSTS)
    assert worth.endswith("for 1.6 times the fitting time and 9 models per compound instead of 6.")  # 40 / (15 + 10)


def test_the_command_prints_gain_and_cost(table: Path, tmp_path: Path) -> None:
    options = ["--learner", "linear", "--learner", "forest", "--ensemble-size", 3, "--combine", "mean", "--no-plot"]
    ran = run("train", table, "-t", "logS", "-o", tmp_path / "c.molkit", *options, "--no-html", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [cost["models"] for cost in found["costs"]] == [3, 3]
    assert found["gains"][0]["first"] == "the mean"
    refused = run("train", table, "-t", "logS", "-o", tmp_path / "d.molkit", "--combine", "gredy")
    assert refused.code == 2
    assert "greedy" in refused.err
