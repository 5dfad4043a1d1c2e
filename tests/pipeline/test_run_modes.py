"""What a run is scored on, and what it says of its own models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trained import run

from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.data.cards import shipped_path
from molkit.errors import InputError
from molkit.evaluation.regression import root_mean_squared_error
from molkit.pipeline.train import TrainResult, train_bundle

FRAME = pd.read_csv(shipped_path("solubility")).sample(130, random_state=1)
FAST = {"targets": ("logS",), "learners": ("linear",), "fold_models": 3, "workers": 1}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    FRAME.to_csv(path, index=False)
    return path


def train(table: Path, folder: Path, **options: object) -> TrainResult:
    config = RunConfig(**{**FAST, **options})  # type: ignore[arg-type]
    return train_bundle(table, folder / "m.molkit", config, overwrite=True)


def value(result: TrainResult, metric: str = "RMSE", method: str = "molkit") -> float:
    found = next(s.value for s in result.scores if (s.metric, s.method) == (metric, method))
    assert found is not None
    return found


def test_without_a_split_every_row_is_scored_by_models_that_did_not_see_it(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, split="none")
    truth, predicted = result.test
    assert result.findings.scored_on == "held-out folds"
    assert len(truth) == len(result.split.train) + len(result.split.valid) == 130
    assert value(result) == pytest.approx(root_mean_squared_error(truth[:, 0], predicted[:, 0]))
    assert {score.method for score in result.scores} == {"molkit", "nearest compound", "training mean"}
    assert value(result, method="training mean") > truth.std()  # a mean that has seen the row would be below


def test_outer_folds_score_every_row_and_the_model_is_fitted_on_all(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, folds=3)
    assert result.findings.scored_on == "3 outer folds"
    assert len(result.test[0]) == 130
    assert not result.split.test
    assert len(read_bundle(result.path).json("training.json")["smiles"]) == 130


def test_repeats_give_mean_and_spread_of_splits_with_other_seeds(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, repeats=3, split="random", seed=4)
    spread = next(s for s in result.findings.spreads if s.metric == "RMSE")
    assert spread.seeds == (4, 5, 6)
    alone = [value(train(table, tmp_path, split="random", seed=seed)) for seed in spread.seeds]
    assert spread.values == pytest.approx(alone)
    assert (spread.mean, spread.sd) == pytest.approx((np.mean(alone), np.std(alone, ddof=1)))
    assert spread.sentence.removeprefix("logS: ") in result.card


def test_a_saved_split_is_used_again_and_changed_data_are_refused(table: Path, tmp_path: Path) -> None:
    saved = tmp_path / "split.json"
    ran = run("split", table, "-o", tmp_path / "s.csv", "--split", "random", "--seed", 3, "--save", saved)
    assert ran.code == 0, ran.err
    result = train(table, tmp_path, split_file=str(saved))
    part = pd.read_csv(tmp_path / "s.csv")["split"]
    assert len(result.split.test) == (part == "test").sum()
    truth = sorted(FRAME["logS"].to_numpy()[(part == "test").to_numpy()])
    assert sorted(result.test[0][:, 0]) == pytest.approx(truth)
    other = tmp_path / "other.csv"
    pd.read_csv(shipped_path("solubility")).sample(130, random_state=2).to_csv(other, index=False)
    with pytest.raises(InputError, match="split"):
        train(other, tmp_path, split_file=str(saved))


def test_learners_are_told_apart_by_out_of_fold_scores(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, learners=("linear", "dmpnn"), epochs=2, metric="MAE")
    own = {c.learner: c for c in result.findings.contributions}
    assert set(own) == {"linear", "dmpnn", "molkit"}
    assert {c.metric for c in own.values()} == {"MAE"}
    assert own["linear"].weight == own["dmpnn"].weight == 0.5  # few compounds: equal
    comparison = result.findings.comparisons[0]
    assert (comparison.first, comparison.second, comparison.better) == ("dmpnn", "linear", "linear")
    network, line = own["dmpnn"].value, own["linear"].value
    assert network is not None
    assert line is not None
    assert comparison.value == pytest.approx(network - line)
    assert comparison.low <= comparison.value <= comparison.high
    assert comparison.sentence.removeprefix("logS: ") in result.card
    model = read_bundle(result.path).model
    assert [learner["name"] for learner in model["learners"]] == ["linear", "dmpnn"]
    assert result.histories
    assert {len(losses) for _, losses in result.histories} == {2}


def test_a_budget_that_allows_no_network_leaves_it_out(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, learners=("auto",), budget=0.1)
    names = [learner["name"] for learner in read_bundle(result.path).model["learners"]]
    assert names
    assert "dmpnn" not in names
    assert any("core-minutes" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"folds": 1}, "--folds"),
        ({"budget": -1.0}, "--budget"),
        ({"metric": "magic"}, "magic"),
        ({"split": "time"}, "--time"),
        ({"split": "none", "repeats": 2}, "--repeats"),
        ({"split": "group", "folds": 3}, "--group"),
        ({"split": "dissimilarity", "repeats": 2}, "--repeats"),
        ({"metric": "ROC-AUC"}, "--metric ROC-AUC"),
        ({"split_column": "part", "folds": 3}, "--split-column"),
        ({"learners": ("auto", "forest")}, "auto"),
        ({"fold_models": 1}, "fold_models"),
        ({"ensemble_size": 1}, "ensemble_size"),
        ({"ensemble_size": 3, "fold_models": 4}, "--ensemble-size 3"),
        ({"combine": "magic"}, "--combine"),
    ],
)
def test_what_cannot_be_is_refused_before_work(
    table: Path, tmp_path: Path, options: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        train(table, tmp_path, **options)
    assert not (tmp_path / "m.molkit").exists()


def test_classes_are_called_by_a_threshold_from_rows_that_were_not_seen(tmp_path: Path) -> None:
    table = tmp_path / "c.csv"
    FRAME.assign(active=(FRAME["logS"] > -1).astype(int)).to_csv(table, index=False)
    result = train(table, tmp_path, targets=("active",), task="binary", split="random")
    assert 0 < result.targets[0].threshold < 1
    assert {s.metric for s in result.scores} > {"ROC-AUC", "BEDROC", "calibration slope"}
    stored = json.loads(json.dumps(read_bundle(result.path).model))
    assert len(stored["calibration"]) == 1


def test_compounds_of_one_group_have_no_folds(tmp_path: Path) -> None:
    """Benzenes alone: one scaffold. A model is made, and says that it has no scores; outer folds are refused."""
    table = tmp_path / "b.csv"
    rows = [f"{'C' * (1 + n % 6)}c1ccc({'ONF'[n % 3]}{'C' * (n // 6)})cc1,{n % 7}" for n in range(40)]
    table.write_text("\n".join(["smiles,y", *[row.replace("F)", "F)").replace("(FC", "(CF") for row in rows]]) + "\n")
    result = train(table, tmp_path, targets=("y",), task="regression", split="none")
    assert not any(score.n for score in result.scores)
    assert "could not be put into folds" in result.card
    assert "a common rule" in result.card
    assert any("Too few groups" in note for note in result.notes)
    with pytest.raises(InputError, match="--folds: all compounds are one group"):
        train(table, tmp_path, targets=("y",), task="regression", folds=3)


def test_weights_that_leave_a_target_nothing_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "w.csv"
    other = FRAME["logS"].where(np.arange(len(FRAME)) % 3 == 0)
    weights = other.isna().astype(int)
    FRAME.assign(other=other, w=weights).to_csv(table, index=False)
    with pytest.raises(InputError, match="--weight: all rows of the training part with a measured other"):
        train(table, tmp_path, targets=("logS", "other"), weight="w", split="random")


def test_a_learner_is_called_at_the_threshold_before_calibration() -> None:
    """Of one learner alone the calibrated stack and the learner itself call the same compounds."""
    from molkit.evaluation.recalibrate import Calibration
    from molkit.learners.stack import calibrated, uncalibrated

    calibration, binary = (Calibration("isotonic", (-3.0, 0.0, 2.0), (-2.0, 0.3, 0.4)),), np.array([True])
    p = np.linspace(0.01, 0.99, 99)[:, None]
    cut = np.array([[0.37]])
    above = calibrated(p, calibration, binary) >= cut
    np.testing.assert_array_equal(p >= uncalibrated(cut, calibration, binary), above)


def test_a_constant_per_fold_is_not_scored_as_a_ranking(table: Path, tmp_path: Path) -> None:
    result = train(table, tmp_path, folds=4)
    constant = {score.metric: score for score in result.scores if score.method == "training mean"}
    assert constant["RMSE"].value is not None
    assert constant["Spearman"].value is None
    assert constant["Spearman"].reason
