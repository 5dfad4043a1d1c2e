"""Scores of tables and of models on tables: every row accounted for, and the numbers right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from sklearn import metrics as sk
from trained import folder, solubility, tree_model, write_csv

from molkit.bundle import read_bundle
from molkit.errors import InputError, MolkitError
from molkit.evaluation.noise import LabelNoise, NumberNoise
from molkit.evaluation.scores import AVERAGE, Score
from molkit.pipeline.evaluate import EvaluateResult, evaluate_model, evaluate_table
from molkit.pipeline.scored import EvaluateOptions


def options(**changes: object) -> EvaluateOptions:
    return EvaluateOptions(workers=1, **changes)  # type: ignore[arg-type]


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def find(result: EvaluateResult, metric: str, method: str = "predictions", target: str | None = None) -> Score:
    return next(s for s in result.scores if (s.metric, s.method) == (metric, method) and target in (None, s.target))


TABLE = "name,y,y_pred\n" + "".join(f"m{i},{i * 0.5},{i * 0.5 + (-1) ** i * 0.25}\n" for i in range(20))


def test_a_table_of_values_and_predictions(tmp_path: Path) -> None:
    result = evaluate_table(csv(tmp_path / "t.csv", TABLE))
    assert find(result, "RMSE").value == find(result, "MAE").value == pytest.approx(0.25)
    assert (find(result, "MAE").n, result.rows, result.failures) == (20, 20, {"y": {}})
    assert any("No structure column" in note for note in result.notes)
    named = csv(tmp_path / "n.csv", TABLE.replace("y_pred", "docking"))
    told = evaluate_table(named, options(targets=("Y",), prediction="docking"))
    assert [s.value for s in told.scores] == [s.value for s in result.scores]


def test_rows_without_a_prediction_are_counted_with_their_reason(tmp_path: Path) -> None:
    rows = [("1.5", "1.4", "ok", ""), ("2.5", "", "invalid_syntax", "a ring is open"), ("", "3", "ok", ""),
            ("3.5", "inf", "ok", ""), ("4.5", "nan", "timeout", ""), ("0.5", "0.7", "ok", "")]  # fmt: skip
    text = "y,y_pred,status,reason\n" + "".join(",".join(row) + "\n" for row in rows)
    result = evaluate_table(csv(tmp_path / "t.csv", text))
    assert result.failures == {"y": {2: "invalid_syntax: a ring is open", 4: "no finite number", 5: "timeout"}}
    assert (find(result, "MAE").n, find(result, "MAE").failed) == (2, 3)
    assert find(result, "MAE").value == pytest.approx(0.15)


def test_bounds_are_not_scored(tmp_path: Path) -> None:
    result = evaluate_table(csv(tmp_path / "t.csv", "y,y_pred\n1,1.5\n>2,9\n3,3.5\n<4,9\n"))
    assert (find(result, "MAE").n, find(result, "MAE").value) == (2, 0.5)
    assert any("2 bounds" in note for note in result.notes)


def test_logarithms_are_taken_of_both_sides(tmp_path: Path) -> None:
    table = csv(tmp_path / "t.csv", "y (nM),y (nM)_pred\n10,100\n1000,100\n100,-3\n")
    result = evaluate_table(table, options(log=True))
    assert (find(result, "MAE").value, find(result, "MAE").unit) == (pytest.approx(1.0), "log10 nM")
    assert result.failures["y (nM)"] == {3: "the prediction is not above 0, so it has no logarithm"}
    with pytest.raises(InputError, match=r"row 2.*above 0"):
        evaluate_table(csv(tmp_path / "z.csv", "y,y_pred\n1,1\n0,1\n3,1\n"), options(log=True))


def test_classes_and_their_threshold(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y, p = rng.random(50) < 0.4, rng.random(50)
    lines = [f"{'active' if a else 'inactive'},{b:.6f}" for a, b in zip(y, p, strict=True)]
    table = csv(tmp_path / "t.csv", "\n".join(["y,y_pred", *lines]))
    for threshold in (None, 0.2):
        result = evaluate_table(table, options(threshold=threshold))
        label = p >= (threshold or 0.5)
        assert find(result, "MCC").value == pytest.approx(sk.matthews_corrcoef(y, label))
        assert find(result, "ROC-AUC").value == pytest.approx(sk.roc_auc_score(y, p))
        assert find(result, "PR-AUC").prevalence == pytest.approx(y.mean())
        assert any("0.5 or more" in note for note in result.notes) == (threshold is None)


@pytest.mark.parametrize(
    ("cells", "task", "metric", "value"),
    [
        ("1,0.9|1,0.2", None, "recall", 0.5),
        ("active,0.9|active,0.2", None, "recall", 0.5),
        ("0,0.9|0,0.2", "binary", "recall", None),
        ("2.5,2.5|2.5,3.5", None, "MAE", 0.5),
        ("1,2|1,4", "regression", "MAE", 2.0),
        ("3,4", None, "RMSE", 1.0),
    ],
)
def test_one_value_is_enough_to_be_scored(
    cells: str, task: str | None, metric: str, value: float | None, tmp_path: Path
) -> None:
    table = csv(tmp_path / "t.csv", "y,y_pred\n" + cells.replace("|", "\n") + "\n")
    score = find(evaluate_table(table, options(task=task)), metric)
    assert score.value == value
    assert bool(score.reason) == (value is None)


def test_several_classes_by_probability_or_by_name(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names, y, p = ("low", "mid", "high"), rng.integers(0, 3, 60), rng.dirichlet((1, 1, 1), 60)
    y[:3] = 0, 1, 2
    rows = [f"{names[a]},{b[2]:.9f},{b[0]:.9f},{b[1]:.9f}" for a, b in zip(y, p, strict=True)]
    table = csv(tmp_path / "p.csv", "\n".join(["y,y_pred_high,y_pred_low,y_pred_mid", *rows]))
    result = evaluate_table(table, options(targets=("y",)))
    assert find(result, "accuracy").value == pytest.approx((p.argmax(1) == y).mean())
    assert find(result, "macro ROC-AUC").value == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"), abs=1e-6)
    label = p.argmax(axis=1)
    rows = [f"{names[a]},{names[b]}" for a, b in zip(y, label, strict=True)]
    table = csv(tmp_path / "n.csv", "\n".join(["y,y_pred", *rows]))
    named = evaluate_table(table, options(task="multiclass"))
    assert find(named, "macro F1").value == pytest.approx(sk.f1_score(y, label, average="macro"))
    assert find(named, "log loss").reason == "needs probabilities that sum to 1"


def test_none_is_scored_as_a_class_where_the_task_says_so(tmp_path: Path) -> None:
    rows = ["none,none"] * 4 + ["mild,none"] * 2 + ["mild,mild"] * 3 + ["severe,severe"] * 3
    table = csv(tmp_path / "n.csv", "\n".join(["y,y_pred", *rows]))
    found = find(evaluate_table(table, options(task="multiclass")), "accuracy")
    assert (found.n, found.value) == (12, pytest.approx(10 / 12))


def test_several_targets_are_averaged(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [",".join(f"{v:.4f}" for v in rng.normal(size=4)) for _ in range(30)]
    table = csv(tmp_path / "t.csv", "\n".join(["a,b,a_pred,b_pred", *lines]))
    result = evaluate_table(table)
    mean = (find(result, "Pearson", target="a").value + find(result, "Pearson", target="b").value) / 2  # type: ignore[operator]
    assert find(result, "Pearson", target=AVERAGE).value == pytest.approx(mean)


def test_repeats_give_a_noise_floor_and_scaffolds_make_series(tmp_path: Path) -> None:
    rows = [("Cc1ccccc1", 1.0, 1.2), ("C1=CC=CC=C1C", 2.0, 1.2), ("CCc1ccccc1", 3.0, 2.0), ("CCCc1ccccc1", 4.0, 3.0),
            ("CC", 9.0, 0.0), ("not a molecule", 5.0, 5.0)]  # fmt: skip
    table = write_csv(tmp_path / "t.csv", [dict(zip(("smiles", "y", "y_pred"), row, strict=True)) for row in rows])
    result = evaluate_table(table, options())
    floor = result.noise["y"]
    assert isinstance(floor, NumberNoise)
    assert (floor.sd**2, floor.repeats, floor.compounds) == (pytest.approx(0.5), 2, 1)
    assert (find(result, "pair order").value, find(result, "pair order").n) == (pytest.approx(5.5 / 6), 4)
    assert find(result, "MAE").n == 6  # a structure that cannot be read is scored all the same
    grouped = evaluate_table(
        csv(tmp_path / "g.csv", "y,y_pred,g\n1,1,a\n2,2,a\n3,9,b\n4,8,b\n5,5,\n"), options(group="g")
    )
    assert (find(grouped, "pair order").value, find(grouped, "pair order").n) == (0.5, 4)


def test_repeated_labels_that_disagree(tmp_path: Path) -> None:
    table = csv(tmp_path / "t.csv", "smiles,y,y_pred\nCCO,0,0.2\nOCC,1,0.2\nCCC,1,0.8\nCCCC,0,0.1\n")
    assert evaluate_table(table, options()).noise["y"] == LabelNoise(1.0, 2, 1, None)


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("y,p\n1,2\n2,3\n", {}, "name the column of measured values with --target"),
        ("y,p\n1,2\n2,3\n", {"targets": ("y",)}, "no column 'y_pred'.*--prediction"),
        ("y,y_pred\n1,2\n2,3\n", {"targets": ("z",)}, "--target 'z'.*no such column"),
        ("y,y_pred\n1,2\n2,3\n", {"prediction": "z", "targets": ("y",)}, "--prediction 'z'.*no such column"),
        ("y,y_pred\n1,2\n2,high\n", {}, "row 2, column 'y_pred': 'high' is no predicted number"),
        ("y,y_pred\n1,2\n2,>3\n", {}, "row 2, column 'y_pred': '>3'"),
        ("y,y_pred\n1,2\nbig,3\n3,3\n", {}, "row 2: 'big'"),
        ("y,y_pred\n,2\n,3\n", {}, "column 'y' has no measured value"),
        ("y,y_pred\n1,2\n2,3\n", {"task": "ranking"}, "--task 'ranking'"),
        ("y,y_pred\n1,2\n2,3\n", {"threshold": float("nan")}, "--threshold"),
        ("y,y_pred\n1,2\n2,3\n", {"seed": -1}, "--seed"),
        ("y,y_pred\n1,2\n2,3\n", {"targets": ("y", "y")}, "named twice"),
        ("y,z,p\n1,2,3\n2,3,4\n", {"targets": ("y", "z"), "prediction": "p"}, "one --target"),
        ("y,y_pred\nx,1\nx,0\n", {"task": "binary"}, "whether it is the positive"),
        ("y,y_pred_a,y_pred_b\na,1,0\nc,1,0\n", {"targets": ("y",)}, "'c', for which there is no column y_pred_c"),
        ("y,y_pred,g\n1,2,a\n2,3,b\n", {"group": "h"}, "--group 'h'"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_its_place(
    text: str, changes: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        evaluate_table(csv(tmp_path / "t.csv", text), options(**changes))


@pytest.fixture(scope="module")
def on_all() -> EvaluateResult:
    rows = [*solubility(10), {"name": "bad", "smiles": "C((", "logS": "-1"}, *solubility(8)]
    return evaluate_model(tree_model(), write_csv(folder() / "evaluated.csv", rows), options())


def test_a_model_is_scored_with_and_without_what_it_was_trained_on(on_all: EvaluateResult) -> None:
    known = set(read_bundle(tree_model()).json("training.json")["smiles"])
    everything, unseen = find(on_all, "RMSE", "molkit"), find(on_all, "RMSE", "unseen compounds")
    assert 0 < unseen.n < everything.n == on_all.rows - 1
    assert unseen.value is not None
    assert everything.value is not None
    assert unseen.value > everything.value
    assert (everything.failed, list(on_all.failures["logS"])) == (1, [len(solubility(10)) + 1])
    assert everything.unit == "log mol/L"
    note = next(note for note in on_all.notes if "was trained on" in note)
    assert f"{everything.n - unseen.n} rows" in note
    assert len(known) >= everything.n - unseen.n


def test_a_models_own_test_part_gives_the_scores_it_was_stored_with() -> None:
    """Nearly: prediction averages over undefined stereocentres, training takes a structure as it is written."""
    bundle = read_bundle(tree_model())
    known = set(bundle.json("training.json")["smiles"])
    rows = [row for row in solubility() if Chem.CanonSmiles(row["smiles"]) not in known]
    result = evaluate_model(tree_model(), write_csv(folder() / "own-test.csv", rows), options())
    for metric in ("RMSE", "Spearman"):
        stored = next(s for s in bundle.model["scores"] if (s["method"], s["metric"]) == ("molkit", metric))
        found = find(result, metric, "molkit")
        assert found.n == stored["n"]
        assert found.value == pytest.approx(stored["value"], rel=0.01)
    assert all(score.method != "unseen compounds" for score in result.scores)


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("smiles,y\nCCO,1\nCCC,2\n", {}, "no column called 'logS'"),
        ("smiles,logS\nCCO,1\nCCC,2\n", {"prediction": "logS"}, "the model makes the predictions"),
        ("name,logS\nethanol,1\npropane,2\n", {}, "no SMILES column"),
        ("smiles,logS\nCCO,high\nCCC,2\n", {}, "row 1: 'high'"),
    ],
)
def test_a_table_that_a_model_cannot_be_scored_on(
    text: str, changes: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(MolkitError, match=said):
        evaluate_model(tree_model(), csv(tmp_path / "t.csv", text), options(**changes))


def test_a_column_of_another_name_is_taken_when_told(tmp_path: Path) -> None:
    table = csv(tmp_path / "t.csv", "smiles,measured\nCCO,1\nCCC,-2\nCCCCN,0\n")
    result = evaluate_model(tree_model(), table, options(targets=("measured",)))
    assert (find(result, "MAE", "molkit").n, find(result, "MAE", "molkit").target) == (3, "measured")
