"""Health records and tables of patients from the command line to files: what is learned, told and kept at home."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from patients import FAST, QUICK, RECORDS, SUBJECTS, name, patients, record_model, records, table_model
from trained import folder, read_csv, run, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.data.table import read_table
from molkit.explain.explanation import NOT_ADVICE
from molkit.features.inputs import inputs_from_dict
from molkit.pipeline.cells import learned_rows, open_rows
from molkit.pipeline.material import prepare
from molkit.pipeline.patients import one_of_each
from molkit.pipeline.progress import quiet


def predicted(labels: Path, out: Path) -> list[dict[str, str]]:
    """What the model of records says of every row of a table."""
    ran = run("predict", record_model(), labels, "-o", out, "--workers", 1, "--quiet")
    assert (ran.code, ran.clean) == (0, True)
    return read_csv(out)


@cache
def usual() -> list[dict[str, str]]:
    """That of the table it learned from."""
    return predicted(records(), folder() / "records-predicted.csv")


def test_records_are_predicted_row_by_row_and_scored() -> None:
    rows, table = usual(), pd.read_parquet(records())
    assert [row["subject_id"] for row in rows] == table["subject_id"].tolist()
    assert {row["status"] for row in rows} == {"ok"}
    risks = np.array([float(row["boolean_value_pred"]) for row in rows])
    sick = table["boolean_value"].to_numpy(bool)
    assert risks[sick].mean() > 0.6 > 0.4 > risks[~sick].mean()
    found = json.loads(run("evaluate", record_model(), records(), "--workers", 1, "--json").out)
    assert any(score["metric"] == "ROC-AUC" and score["value"] > 0.9 for score in found["scores"])


def test_no_prediction_knows_what_comes_after_it_and_rows_without_a_record_come_back(tmp_path: Path) -> None:
    labels, events = pd.read_parquet(records()).iloc[:20], pd.read_parquet(records().parent / "events.parquet")
    late = events["time"] > labels["prediction_time"].min()
    events.assign(numeric_value=events["numeric_value"].where(~late, 1e4)).to_parquet(tmp_path / "events.parquet")
    odd = labels.iloc[:2].assign(subject_id=["nobody", name(0)], prediction_time=pd.Timestamp("2019-01-01"))
    pd.concat([labels, odd]).to_parquet(tmp_path / "labels.parquet")
    rows = predicted(tmp_path / "labels.parquet", tmp_path / "out.csv")
    said, before = ([float(row["boolean_value_pred"]) for row in found[:20]] for found in (rows, usual()))
    assert said[::2] == pytest.approx(before[::2], abs=1e-6)  # the earlier of each subject's two predictions
    assert said[1::2] != pytest.approx(before[1::2], abs=1e-3)
    assert [row["status"] for row in rows[20:]] == ["unsupported", "ok"]  # what never changes is known in 2019
    assert "no subject 'nobody'" in rows[20]["reason"]


def test_no_subject_stands_on_two_sides() -> None:
    source, config = open_rows(records(), RunConfig(inputs=("record=@events.parquet",), targets=("boolean_value",),
                                                    learners=("boosting",)))  # fmt: skip
    table = read_table(source)
    rows = learned_rows(table, "", records().parent, config)
    material, _, split, _ = prepare(table, rows.inputs, rows.cells(table), config, quiet, [])
    subjects = [identity.leak_keys[0] for identity in material.dataset.identities["record"]]
    assert len(subjects) == 2 * SUBJECTS
    assert len(set(subjects)) == SUBJECTS

    def of(places: object) -> set[str]:
        return {subjects[place] for place in np.asarray(places).tolist()}

    assert split.test
    assert of(split.test).isdisjoint(of(split.train))
    for fold in material.folds(np.array(split.train), 5, 0):
        assert of(fold.held_out).isdisjoint(of(fold.train))


def test_the_hours_before_a_prediction_that_are_read_can_be_chosen(tmp_path: Path) -> None:
    ran = run("train", records(), *RECORDS, "-o", tmp_path / "m.molkit", "--reading", "record.hours=2", "--learner",
              "linear", "--fold-models", 2, *QUICK)  # fmt: skip
    assert ran.code == 0, ran.err
    options = read_bundle(tmp_path / "m.molkit").model["inputs"]["record"]["options"]
    assert options["hours"] == 2
    assert options["step_hours"] < 0.1


@pytest.mark.parametrize(("model", "words"), [(record_model, ["subject-"]), (table_model, ["Jane Doe"])])
def test_a_model_file_holds_no_row_of_a_patient_and_no_path(model: object, words: list[str]) -> None:
    path: Path = model()  # type: ignore[operator]
    with zipfile.ZipFile(path) as archive:
        entries = {own: archive.read(own) for own in archive.namelist()}
    assert "patients.json" in entries
    assert not any("training" in own for own in entries)
    for own, content in entries.items():
        for word in (*words, str(folder()), *(row["pressure"] for row in read_csv(patients()))):
            assert word.encode() not in content, own
    groups = json.loads(entries["patients.json"])["groups"]
    assert groups
    for group in groups.values():
        assert min(group["counts"]) >= 50
    card = entries["card.md"].decode()
    assert "The file holds none of its training" in card
    assert "quartiles of groups of at least 50" in card


def test_one_row_of_each_patient_makes_the_groups() -> None:
    groups = np.array([3, 3, 1, 1, 1, 2, 9])
    rows = one_of_each(groups, np.array([0, 1, 2, 3, 5]), 0)
    assert sorted(groups[rows].tolist()) == [1, 2, 3]
    assert set(rows.tolist()) <= {0, 1, 2, 3, 5}
    found = {tuple(sorted(one_of_each(groups, np.arange(7), seed).tolist())) for seed in range(20)}
    assert len(found) > 1


def test_a_patient_of_a_record_is_explained() -> None:
    model, patient = record_model(), name(3)
    ran = run("predict", model, records(), "--explain", patient)
    assert (ran.code, ran.clean) == (0, True)
    assert ran.out.startswith(f"{patient}: predicted risk of boolean_value = True ")
    assert NOT_ADVICE in ran.out
    for words in ("What drives it", "How it compares: of ", "How the model reacts", "The newest of 2 rows"):
        assert words in ran.out
    (told,) = json.loads(run("predict", model, records(), "--explain", patient, "--json").out)
    assert told["row"] == 8
    assert told["not_advice"] == NOT_ADVICE
    assert told["models"][0] <= told["risk"] <= told["models"][1]
    assert {driver["variable"] for driver in told["drivers"]} <= {
        "age",
        "smoker//yes",
        "smoker//no",
        "lactate",
        "heart rate",
    }
    assert told["drivers"][0]["variable"] == "heart rate"
    assert told["alike"]["count"] >= 50


def test_what_is_explained_is_what_is_predicted(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run("predict", table_model(), patients(), "-o", out, "--workers", 1, "--quiet").code == 0
    row = read_csv(out)[41]
    (told,) = json.loads(run("predict", table_model(), patients(), "--explain", row["name"], "--json").out)
    assert told["row"] == 42
    assert told["risk"] == pytest.approx(float(row["diagnosis_pred"]), abs=1e-5)
    assert told["classes"] == row["diagnosis_set90"]
    assert {driver["variable"] for driver in told["drivers"]} == {"age", "pressure", "sex"}
    assert {driver["variable"] for driver in told["drivers"][:2]} == {"age", "pressure"}
    older = next(response for response in told["responses"] if response["variable"] == "age")
    assert np.all(np.diff(older["risks"]) > 0)


def test_a_blank_verdict_has_a_reason(tmp_path: Path) -> None:
    ran = run("predict", table_model(), patients(), "-o", tmp_path / "one.csv", "--workers", 1)
    assert {row["in_domain"] for row in read_csv(tmp_path / "one.csv")} == {""}
    said = "No verdict in in_domain: patients.molkit has no training rows to compare with, and one learner alone."
    assert (ran.out + ran.err).count(said) == 1
    several = run("predict", record_model(), records(), "-o", tmp_path / "two.csv", "--workers", 1)
    assert "No verdict" not in several.out + several.err


def test_what_cannot_be_explained_is_said(tmp_path: Path) -> None:
    ran = run("predict", record_model(), records(), "--explain", "nobody")
    assert ran.code != 0
    assert ran.clean
    assert "the column 'subject_id' has no 'nobody'" in ran.err
    ran = run("predict", tree_model(), write_csv(tmp_path / "a.csv", [{"smiles": "CCO"}]), "--explain", "1")
    assert ran.code != 0
    assert "reads molecules, of which no explanation can be made yet" in ran.err
    ran = run("predict", record_model(), records(), "--explain", name(1), "-o", tmp_path / "out.csv")
    assert "--explain prints" in ran.err


def test_a_table_without_names_is_explained_by_the_number_of_a_row(tmp_path: Path) -> None:
    rows = [{key: cell for key, cell in row.items() if key != "name"} for row in read_csv(patients())]
    table = write_csv(tmp_path / "bare.csv", rows)  # type: ignore[arg-type]
    ran = run("predict", table_model(), table, "--explain", "301")
    assert "expected the number of a row, from 1 to 300" in ran.err
    (told,) = json.loads(run("predict", table_model(), table, "--explain", "42", "--json").out)
    assert told["row"] == 42


def test_of_several_classes_the_most_probable_one_is_explained(tmp_path: Path) -> None:
    def kind(row: dict[str, str]) -> str:
        return "old" if float(row["age"]) > 65 else "high" if float(row["pressure"]) > 130 else "well"

    rows = [{"age": row["age"], "pressure": row["pressure"], "kind": kind(row)} for row in read_csv(patients())]
    table = write_csv(tmp_path / "kinds.csv", rows)  # type: ignore[arg-type]
    ran = run("train", table, "--input", "patient=*", "-t", "kind", "-o", tmp_path / "m.molkit", "--learner", "linear",
              "--fold-models", 2, "--imbalance", "none", *QUICK)  # fmt: skip
    assert ran.code == 0, ran.err
    place = next(place for place, row in enumerate(rows) if float(row["age"]) > 80)
    (told,) = json.loads(run("predict", tmp_path / "m.molkit", table, "--explain", place + 1, "--json").out)
    assert told["outcome"] == "kind = old"
    assert told["risk"] > 0.5
    assert told["drivers"][0]["variable"] == "age"
    assert "old" in told["classes"]
    assert told["alike"]["count"] >= 50


def test_rare_outcomes_are_balanced_and_stay_calibrated(tmp_path: Path) -> None:
    """Of records with one positive in ten: class weights move no probability, the threshold serves its rule."""
    model = molkit.train(
        records(0.1), "boolean_value", tmp_path / "m.molkit", inputs=["record=@events.parquet"], workers=1,
        learners=["boosting"], imbalance="class-weights", threshold="break-even", folds=3, fold_models=3, options=FAST,
    )  # fmt: skip
    content = read_bundle(tmp_path / "m.molkit").model
    scores = {score["metric"]: score for score in content["scores"] if score["method"] == "molkit"}
    assert scores["ROC-AUC"]["value"] > 0.85
    assert scores["min(Se,+P)"]["value"] == pytest.approx(
        min(scores["precision"]["value"], scores["recall"]["value"]), abs=1e-9
    )
    assert scores["calibration error"]["value"] < 0.1
    assert scores["log loss"]["value"] < scores["log loss"]["base"]
    assert 0 < content["targets"][0]["threshold"] < 1
    assert model is not None


def test_a_search_for_options_of_records(tmp_path: Path) -> None:
    ran = run("tune", records(), *RECORDS, "-o", tmp_path / "m.molkit", "--trials", 1, "--learner", "linear", *QUICK)
    assert ran.code == 0, ran.err
    assert (tmp_path / "m.molkit").exists()


def test_all_columns_and_a_fixed_row_are_read_as_in_training() -> None:
    """A name more than in training is in the table; the fixed row is that of one patient, in whatever table."""
    model, table = molkit.load(table_model()), pd.read_csv(patients(), dtype=str)
    usual = model.predict(table)["diagnosis_pred"]
    more = table.assign(hospital="A")
    assert model.predict(more, inputs=["patient=*"])["diagnosis_pred"] == usual
    columns = inputs_from_dict(model.bundle.model["inputs"])[0].options["columns"]
    row = ", ".join(table.loc[7, columns])
    fixed = model.predict(table[["name"]].head(3), fixed={"patient": row})["diagnosis_pred"]
    assert fixed == [usual[7]] * 3


def test_bounds_in_columns_that_are_read_are_told(tmp_path: Path) -> None:
    table = pd.read_csv(patients(), dtype=str)
    table.loc[4, "age"], table.loc[[5, 6], "pressure"] = "> 89", "<120"
    path = tmp_path / "bounds.csv"
    table.to_csv(path, index=False)
    told = "Cells with a sign in columns that are read: age 1, pressure 2;"
    audit = molkit.check(path, "diagnosis", inputs=["patient=age,pressure,sex"], workers=1)
    assert [note for note in audit.notes if note.startswith(told)]
    ran = run("train", path, "--input", "patient=age,pressure,sex", "-t", "diagnosis", "-o", tmp_path / "m.molkit",
              "--learner", "linear", "--fold-models", 2, *(word for word in QUICK if word != "--quiet"))  # fmt: skip
    assert ran.code == 0, ran.err
    assert told in ran.err
    out = tmp_path / "out.csv"
    assert run("predict", table_model(), path, "-o", out, "--workers", 1).code == 0
    notes = [row["note"] for row in read_csv(out)]
    assert notes[4:7] == ["bounds are read as the numbers: age > 89",
                          *["bounds are read as the numbers: pressure <120"] * 2]  # fmt: skip
    assert not any(notes[:4] + notes[7:])
