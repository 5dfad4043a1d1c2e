"""From a table to a tuned model: an ordinary model file, and an outer score that is what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trained import folder, solubility, write_csv

import molkit
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.learners.space import Choice, Span
from molkit.pipeline.train import train_bundle
from molkit.tuning.importance import FEWEST_TRIALS, option_importance
from molkit.tuning.search import Limits
from molkit.tuning.study import Trial
from molkit.tuning.tune import TuneResult, tune_bundle

# so bad by default that any search finds something better
FEW = {"forest": {"trees": 5}, "boosting": {"trees": 3}}
CONFIG = RunConfig(targets=("logS",), learners=("boosting",), fold_models=2, options=FEW, workers=1)


@pytest.fixture(scope="module")
def rows() -> Path:
    return write_csv(folder() / "tuned.csv", solubility(12))


@pytest.fixture(scope="module")
def tuned(rows: Path) -> TuneResult:
    return tune_bundle(rows, folder() / "tuned.molkit", CONFIG, Limits(trials=5))


def test_the_model_is_that_of_a_run_with_the_options_found(tuned: TuneResult, rows: Path, tmp_path: Path) -> None:
    (found,) = tuned.found
    best = min((t for t in tuned.trials if t.state == "complete"), key=lambda trial: trial.value or np.inf)
    assert (found.options, found.best) == (best.options, best.value)
    assert found.default is not None
    assert best.value is not None
    assert best.value < found.default
    model = molkit.load(folder() / "tuned.molkit")
    stored = model.bundle.model["config"]["options"]
    assert stored == {**FEW, "boosting": {"trees": 3, **best.options}}
    same = train_bundle(rows, tmp_path / "same.molkit", replace(CONFIG, options=stored))
    both = [molkit.load(path).predict(["CCO", "c1ccccc1O"], exact=True)["logS_pred"]
            for path in (tmp_path / "same.molkit", folder() / "tuned.molkit")]  # fmt: skip
    assert both[0] == both[1]
    np.testing.assert_array_equal(same.test[1], tuned.trained.test[1])


def test_the_outer_score_is_tuned_less_default_on_the_test_part(tuned: TuneResult, rows: Path, tmp_path: Path) -> None:
    usual = train_bundle(rows, tmp_path / "usual.molkit", CONFIG)
    truth, said = tuned.trained.test
    errors = [float(np.sqrt(np.mean((p - truth) ** 2))) for p in (said[:, 0:1], usual.test[1][:, 0:1])]
    (difference,) = tuned.differences
    assert difference.value == pytest.approx(errors[0] - errors[1])
    assert difference.low <= difference.value <= difference.high
    assert (difference.metric, difference.where, difference.n) == ("RMSE", "on the test part", len(truth))
    assert difference.sentence in tuned.trained.notes
    assert "the tuned options" in tuned.trained.card
    assert any(note.startswith("Tuning boosting: ") for note in tuned.trained.notes)


def test_where_nothing_is_better_the_model_is_the_default_one(rows: Path, tmp_path: Path) -> None:
    found = tune_bundle(rows, tmp_path / "m.molkit", CONFIG, Limits(trials=1))
    assert (found.found[0].options, found.differences) == ({}, ())
    assert any("nothing better than the default options" in note for note in found.trained.notes)
    assert molkit.load(tmp_path / "m.molkit").bundle.model["config"]["options"] == FEW


def test_without_a_test_part_there_is_no_outer_score(rows: Path, tmp_path: Path) -> None:
    found = tune_bundle(rows, tmp_path / "m.molkit", replace(CONFIG, split="none"), Limits(trials=3))
    assert found.found[0].options
    assert found.differences == ()
    assert any("there is no outer score" in note for note in found.trained.notes)


@pytest.mark.parametrize("change", [{"folds": 3}, {"repeats": 2}])
def test_scores_of_rows_that_the_search_saw_are_refused(change: dict[str, int], rows: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave folds and repeats out"):
        tune_bundle(rows, tmp_path / "m.molkit", replace(CONFIG, **change), Limits(trials=1))
    assert not list(tmp_path.iterdir())


def test_options_that_are_told_are_not_searched(rows: Path, tmp_path: Path) -> None:
    everything = {"trees": 3, "columns_per_split": 0.2, "rows_per_leaf": 2}
    config = replace(CONFIG, learners=("forest",), options={"forest": everything})
    with pytest.raises(InputError, match="every option that could be searched is given"):
        tune_bundle(rows, tmp_path / "m.molkit", config, Limits(trials=1))
    some = replace(CONFIG, learners=("forest", "boosting"), options={**FEW, "forest": everything})
    found = tune_bundle(rows, tmp_path / "m.molkit", some, Limits(trials=1))
    assert [each.learner for each in found.found] == ["boosting"]
    assert [learner["name"] for learner in molkit.load(tmp_path / "m.molkit").bundle.model["learners"]] == [
        "forest",
        "boosting",
    ]


def test_classes_from_python(tmp_path: Path) -> None:
    frame = pd.DataFrame(solubility(12))
    frame["soluble"] = np.where(frame.pop("logS").astype(float) > -3, "yes", "no")
    out = tmp_path / "odd name?#%20&.molkit"
    arguments = {"learners": ["boosting"], "options": FEW, "fold_models": 2, "split": "random", "workers": 1}
    model = molkit.tune(frame, "soluble", out, trials=4, budget="10m", **arguments)
    assert (tmp_path / "odd name?#%20&.study.db").stat().st_size
    assert model.targets[0].classes == ("no", "yes")
    said = model.predict("CCO", columns="pred")
    assert 0 <= said["soluble_pred"][0] <= 1
    notes = model.bundle.model["notes"]
    assert any("log loss out of fold" in note for note in notes)
    for metric in ("log loss", "PR-AUC"):  # what was searched by, and what is told first
        assert any(f"soluble: {metric} of the tuned options" in note for note in notes)
    with pytest.raises(InputError, match="exists; add --overwrite"):
        molkit.tune(frame, "soluble", out, trials=4, **arguments)
    with pytest.raises(InputError, match="expected a table file or a DataFrame, got list"):
        molkit.tune(["CCO"], "soluble", trials=1)  # type: ignore[arg-type]


def test_the_option_that_matters_has_the_largest_share() -> None:
    space = {"matters": Span(0.0, 1.0), "hardly": Span(1, 100, log=True, whole=True), "never": Choice((1, 2))}
    rng = np.random.default_rng(0)
    trials = []
    for place in range(40):
        options = {"matters": float(rng.random()), "hardly": int(rng.integers(1, 101)), "never": place % 2 + 1}
        value = 5 * options["matters"] + 0.01 * options["hardly"]
        trials.append(Trial("boosting", place, "complete", value, 3, options, 0.0, ""))
    shares = option_importance(trials, space)
    assert max(shares, key=shares.__getitem__) == "matters"
    assert min(shares, key=shares.__getitem__) == "never"
    assert sum(shares.values()) == pytest.approx(1)
    assert option_importance(trials, space) == shares
    assert option_importance(trials[: FEWEST_TRIALS - 1], space) == {}
    assert option_importance([replace(trial, value=1.0) for trial in trials], space) == {}
    assert option_importance([replace(trial, state="pruned") for trial in trials], space) == {}


def test_what_else_the_run_was_told_stays(rows: Path, tmp_path: Path) -> None:
    """An imbalance method is among the options of learners, and stays where others were found better."""
    frame = pd.read_csv(rows)
    frame["soluble"] = np.where(frame.pop("logS") > -1, "yes", "no")
    frame.to_csv(tmp_path / "classes.csv", index=False)
    config = replace(CONFIG, targets=("soluble",), split="random", imbalance="class-weights")
    found = tune_bundle(tmp_path / "classes.csv", tmp_path / "m.molkit", config, Limits(trials=3))
    assert found.found[0].options
    plan = molkit.load(tmp_path / "m.molkit").bundle.model["plan"]
    assert plan["options"]["boosting"] == {"trees": 3, "imbalance": "class-weights", **found.found[0].options}


def test_a_search_keeps_to_the_imbalance_methods_of_the_default_options(rows: Path, tmp_path: Path) -> None:
    """What trials fit is what the model is made of."""
    table = pd.read_csv(rows)
    table["active"] = (table["logS"] > table["logS"].quantile(0.85)).astype(int)
    path = tmp_path / "rare.csv"
    table.to_csv(path, index=False)
    config = replace(
        CONFIG, targets=("active",), learners=("forest",), options={"forest": {"trees": 20}}, split="random"
    )
    found = tune_bundle(path, tmp_path / "rare.molkit", config, Limits(trials=4))
    notes = [note for note in found.trained.notes if note.startswith("Imbalance: forest ")]
    assert len(notes) == 1
    stored = molkit.load(tmp_path / "rare.molkit").bundle.json("learners/0/0/config.json")["options"]
    assert (stored["imbalance"] == "class-weights") == ("forest with " in notes[0])
    assert found.found[0].options == {name: stored[name] for name in found.found[0].options}
