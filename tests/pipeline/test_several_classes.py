"""A target of several classes from a table to a card, predictions and scores, alone and beside a number."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sk
from trained import read_csv, write_csv

import molkit
from molkit.config import RunConfig
from molkit.data.quantities import quantities
from molkit.errors import InputError
from molkit.pipeline.evaluate import evaluate_model, evaluate_table
from molkit.pipeline.scored import EvaluateOptions
from molkit.pipeline.train import TrainResult, train_bundle
from molkit.report.train_page import train_page

HEADS = {"acid": "OC(=O)C{}", "amine": "NC{}", "arene": "c1ccccc1C{}", "ether": "COC{}"}
TAILS = ("C", "CC", "CCC", "C(C)C", "CCCC", "CC(C)C", "CF", "CCF", "CCl", "CCCl")
CLASSES = tuple(HEADS)


def rows() -> list[dict[str, object]]:
    """Forty compounds of four classes, every ninth unlike its name, and a number that says how long they are."""
    found: list[dict[str, object]] = []
    for place, (name, tail) in enumerate(product(HEADS, TAILS)):
        said = CLASSES[(CLASSES.index(name) + 1) % 4] if place % 9 == 4 else name
        shape = "" if place % 13 == 5 else said
        found.append({"smiles": HEADS[name].format(tail), "shape": shape, "length": len(tail) + 0.1 * (place % 3)})
    found.append({"smiles": "COCC", "shape": "acid", "length": ""})  # a repeat whose classes are even: left out
    return found


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("several") / "table.csv", rows())


@pytest.fixture(scope="module")
def trained(table: Path) -> TrainResult:
    config = RunConfig(
        targets=("shape", "length"), learners=("boosting", "linear"), fold_models=2, split="none", workers=1
    )
    return train_bundle(table, table.with_name("both.molkit"), config)


def test_classes_are_recognised_and_stand_as_columns(trained: TrainResult) -> None:
    names = [target.name for target in trained.targets]
    assert names == ["shape=acid", "shape=amine", "shape=arene", "shape=ether", "length"]
    assert [(own.target.name, own.target.kind) for own in quantities(trained.targets)] == [
        ("shape", "multiclass"), ("length", "regression")]  # fmt: skip
    assert any("'shape' has 4 classes" in note for note in trained.notes)
    assert any("1 compounds measured equally often" in note for note in trained.notes)


def test_probabilities_of_every_method_sum_to_one(trained: TrainResult) -> None:
    truth, predicted = trained.test
    np.testing.assert_allclose(predicted[:, :4].sum(axis=1), 1, atol=1e-9)
    sums = truth[:, :4].sum(axis=1)
    assert set(sums[~np.isnan(sums)]) == {1.0}


def test_scores_are_those_of_scikit_learn_and_say_nothing_of_single_columns(trained: TrainResult) -> None:
    own = quantities(trained.targets)[0]
    y, p = own.labels(trained.test[0]), own.predictions(trained.test[1])
    y, p = y[~np.isnan(y)], p[~np.isnan(y)]
    scores = {s.metric: s for s in trained.scores if (s.target, s.method) == ("shape", "molkit")}
    assert scores["accuracy"].value == pytest.approx(sk.accuracy_score(y, p.argmax(axis=1)))
    assert scores["macro F1"].value == pytest.approx(sk.f1_score(y, p.argmax(axis=1), average="macro"))
    assert scores["macro ROC-AUC"].value == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"))
    assert scores["log loss"].value == pytest.approx(sk.log_loss(y, p))
    assert {s.target for s in trained.scores} == {"shape", "length"}
    assert {s.method for s in trained.scores} == {"molkit", "boosting", "linear", "nearest compound", "training mean"}
    (confusion,) = trained.findings.confusions
    np.testing.assert_array_equal(confusion.counts, sk.confusion_matrix(y, p.argmax(axis=1)))
    assert not trained.findings.calls


def test_the_card_and_the_page_speak_of_classes(trained: TrainResult) -> None:
    assert "shape: which of 4 classes it is (acid, amine, arene, ether)" in trained.card
    assert "### shape: classes" in trained.card
    assert "called acid" in trained.card
    assert "shape=" not in trained.card
    page = train_page("t", trained)
    assert "shape: classes" in page
    assert "how each class is called" in page


def test_a_prediction_has_a_class_its_set_and_all_probabilities(trained: TrainResult, table: Path) -> None:
    model = molkit.load(trained.path)
    found = model.predict({"smiles": [str(row["smiles"]) for row in rows()] + ["nonsense"]}, workers=1).columns
    names = [f"shape={name}_pred" for name in CLASSES]
    assert list(found)[1:8] == [*names, "shape_label", "shape_set90", "length_pred"]
    chances = np.array([found[name][:-1] for name in names], float)
    np.testing.assert_allclose(chances.sum(axis=0), 1, atol=1e-6)
    assert list(found["shape_label"][:-1]) == [CLASSES[code] for code in chances.argmax(axis=0)]
    for label, classes in zip(found["shape_label"][:-1], found["shape_set90"][:-1], strict=True):
        assert label in classes.split(" or ")
    assert [found[name][-1] for name in (*names, "shape_label", "shape_set90")] == [None] * 6
    assert set(found["nearest_train_shape"][:-1]) <= {*CLASSES, None}
    model.close()


def test_a_model_and_the_table_of_its_predictions_are_scored_alike(trained: TrainResult, table: Path) -> None:
    out = table.with_name("predicted.csv")
    molkit.load(trained.path)
    from molkit.pipeline.score import score_table

    score_table(trained.path, table, out, workers=1)
    options = EvaluateOptions(targets=("shape", "length"), workers=1)
    direct, read = evaluate_model(trained.path, table, options), evaluate_table(out, options)
    scores = [
        {s.metric: s.value for s in result.scores if s.target == "shape" and s.method in ("molkit", "predictions")}
        for result in (direct, read)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    table_of = read_csv(out)
    known = [row for row in table_of if row["shape"]]
    assert scores[0]["accuracy"] == np.mean([row["shape"] == row["shape_label"] for row in known])
    (sets,) = read.trust.sets
    assert sets.share == np.mean([row["shape"] in row["shape_set90"].split(" or ") for row in known])
    assert direct.trust.sets[0].n == sets.n  # every row was seen, so all are told of
    assert read.confusions == direct.confusions


def test_the_same_from_numbers_with_a_rare_class_by_a_network(tmp_path: Path) -> None:
    given = [{"smiles": row["smiles"], "code": CLASSES.index(str(row["shape"]))} for row in rows()[:-1] if row["shape"]]
    given[0]["code"] = 7
    path = write_csv(tmp_path / "codes.csv", given)
    options = {"boosting": {"trees": 5}}
    result = train_bundle(path, tmp_path / "codes.molkit", RunConfig(
        targets=("code",), task="multiclass", learners=("dmpnn", "boosting"), fold_models=2,
        epochs=2, width=16, split="random", workers=1, options=options, metric="balanced accuracy",
    ))  # fmt: skip
    assert result.targets[-1].name == "code=7"
    assert any("fewer than 5 rows are '7'" in note for note in result.notes)
    np.testing.assert_allclose(result.test[1].sum(axis=1), 1, atol=1e-6)
    again = molkit.load(result.path).predict(str(given[3]["smiles"]))
    assert again["code_label"][0] in {"0", "1", "2", "3", "7"}
    json.dumps(result.card)


def test_what_cannot_be_said_of_classes(table: Path, trained: TrainResult) -> None:
    with pytest.raises(InputError, match="PR-AUC"):
        train_bundle(table, table.with_name("no.molkit"), RunConfig(targets=("shape",), metric="PR-AUC", workers=1))
    with pytest.raises(InputError, match="shape"):
        molkit.load(trained.path).predict("CCO", prevalence={"shape=acid": 0.5})


def test_classes_that_a_model_does_not_know_are_refused_with_their_rows(trained: TrainResult, tmp_path: Path) -> None:
    other = [row | {"shape": "ester" if place in (2, 4) else row["shape"]} for place, row in enumerate(rows())]
    with pytest.raises(InputError, match=r"2 cells of a class.*\(row 3: 'ester', row 5: 'ester'\).*blank them") as told:
        evaluate_model(trained.path, write_csv(tmp_path / "other.csv", other), EvaluateOptions(targets=("shape",)))
    assert "it knows 'acid' and 'amine' and 'arene' and 'ether'." in str(told.value)
