"""A whole run: what is said of intervals, sets, calibration and domain is what its predictions show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trained import folder, read_csv, run, small_table, solubility, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.pipeline.evaluate import evaluate_model, evaluate_table
from molkit.pipeline.scored import EvaluateOptions
from molkit.pipeline.train import train_bundle


@pytest.fixture(scope="module")
def classes() -> Path:
    """Two classes and a number of each of 428 molecules; boosting and forest."""
    rows = [{**row, "soluble": "yes" if float(row["logS"]) > -2 else "no"} for row in solubility(3)]
    table = write_csv(folder() / "classes.csv", rows)
    path = folder() / "classes.molkit"
    molkit.train(table, ["soluble", "logS"], path, learners=["boosting", "forest"], fold_models=3, workers=2)
    return path


def test_findings_say_what_the_predictions_of_the_test_part_show(tmp_path: Path) -> None:
    """The same figures from `molkit evaluate` on the rows of the test part, of which the model knows none."""
    out = tmp_path / "m.molkit"
    config = RunConfig(targets=("logS",), learners=("boosting", "forest"), fold_models=2, workers=2)
    result = train_bundle(small_table(), out, config)
    rows = solubility()
    smiles = {row["smiles"]: row for row in rows}
    stored = read_bundle(out)
    (interval,), (domain,) = result.findings.trust.intervals, result.findings.trust.domains
    told = stored.model["trust_scores"]
    assert told["intervals"][0]["overall"]["n"] == interval.overall.n == len(result.split.test)
    trained = set(stored.json("training.json")["smiles"])
    model = molkit.load(out)
    found = model.predict(list(smiles), columns="pred,interval,domain,nearest,smiles", exact=True)
    seen = [row for row in found if row["smiles_std"] in trained]
    unseen = [row for row in found if row["smiles_std"] is not None and row["smiles_std"] not in trained]
    assert np.median([row["nearest_train_similarity"] for row in seen]) == 1
    covered = [row["logS_lo90"] <= float(smiles[row["smiles"]]["logS"]) <= row["logS_hi90"] for row in unseen]
    assert abs(sum(covered) - interval.overall.covered) <= 2  # isomers that are averaged here and drawn there
    assert sum(part.n for part in domain.verdicts) == interval.overall.n


def test_the_nearest_training_compound_equals_brute_force() -> None:
    stored = read_bundle(tree_model())
    bits = stored.arrays("training.safetensors")["bits"]
    values = stored.arrays("training.safetensors")["values"]
    found = molkit.load(tree_model()).predict([row["smiles"] for row in solubility(40)], columns="nearest,smiles")
    present = np.unpackbits(bits, axis=1).astype(int)
    names = stored.json("training.json")["smiles"]
    checked = 0
    for row in found:
        if row["nearest_train"] is None:
            continue
        place = names.index(row["nearest_train"])
        assert row["nearest_train_logS"] == values[place, 0]
        if row["smiles_std"] in names:
            own = present[names.index(row["smiles_std"])]
            shared = (present & own).sum(axis=1) / (present | own).sum(axis=1)
            assert row["nearest_train_similarity"] == pytest.approx(shared.max(), abs=1e-4) == 1
            checked += 1
    assert checked > 5


def test_levels_nest_and_name_their_columns(classes: Path) -> None:
    model = molkit.load(classes)
    cells = ["CCO", "c1ccccc1C(=O)O", "CCCCCCCCCC"]
    wide, narrow = model.predict(cells, level=95), model.predict(cells, level=60)
    for row, other in zip(wide, narrow, strict=True):
        assert row["logS_lo95"] < other["logS_lo60"] < row["logS_pred"] < other["logS_hi60"] < row["logS_hi95"]
        assert set(other["soluble_set60"].split(" or ")) <= set(row["soluble_set95"].split(" or "))
    assert run("predict", classes, "CCO", "--level", "49").code == 2
    assert "60 % interval" in run("predict", classes, "CCO", "--level", "60").out


def test_a_level_is_a_whole_percentage(classes: Path) -> None:
    model = molkit.load(classes)
    found = [model.predict("CCO", level=level) for level in (90.0, np.int64(90), 90)]  # equal, so one pool
    assert found[0].columns == found[1].columns == found[2].columns
    for level in (0.9, 90.5, 49, 100, float("nan"), "90"):
        with pytest.raises(InputError, match="whole percentage from 50 to 99"):
            model.predict("CCO", level=level)


def test_a_prevalence_moves_probabilities_and_takes_nothing_from_a_set(classes: Path) -> None:
    share = read_bundle(classes).model["trust"]["shares"][0]
    model = molkit.load(classes)
    cells = ["CCO", "c1ccccc1C(=O)O", "CCCCCCCCCC", "Clc1ccccc1Cl"]
    plain, rare, same = (model.predict(cells, prevalence=value) for value in (None, 0.01, {"soluble": share}))
    np.testing.assert_allclose(plain["soluble_pred"], same["soluble_pred"], rtol=1e-5)
    odds = [np.array(found["soluble_pred"]) / (1 - np.array(found["soluble_pred"])) for found in (plain, rare)]
    np.testing.assert_allclose(odds[1] / odds[0], (0.01 / 0.99) / (share / (1 - share)), rtol=1e-4)
    for row, other in zip(plain, rare, strict=True):
        sets = [set(found["soluble_set90"].split(" or ")) for found in (row, other)]
        assert row["soluble_label"] in sets[0]
        assert sets[1] == sets[0] | {other["soluble_label"]}
    assert plain["logS_pred"] == rare["logS_pred"]


def test_a_journal_does_not_go_on_with_another_level_or_prevalence(classes: Path, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"smiles": "CCO"}, {"smiles": "CCC"}])
    out = tmp_path / "a.csv"
    first = run("predict", classes, table, "-o", out, "--level", "80", "--prevalence", "0.1")
    assert first.code == 0
    assert "probabilities of soluble are for a share of 0.1 positives" in first.err
    assert {"logS_lo80", "soluble_set80"} <= set(read_csv(out)[0])
    assert run("predict", classes, table, "-o", tmp_path / "b.csv", "--prevalence", "logS=0.1").code == 2

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for begun, other, named in (
        (("--level", "80"), ("--level", "70"), "level"),
        (("--prevalence", "0.1"), ("--prevalence", "0.2"), "prevalences"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("molkit.pipeline.score.open_writer", stop)
            assert run("predict", classes, table, "-o", tmp_path / f"{named}.csv", *begun).code == 130
        assert (tmp_path / f"{named}.csv.unfinished").exists()
        refused = run("predict", classes, table, "-o", tmp_path / f"{named}.csv", *other)
        assert refused.code == 2
        assert named in refused.err


def test_a_table_of_predictions_is_judged_like_its_model(classes: Path, tmp_path: Path) -> None:
    rows = [{"smiles": row["smiles"], "logS": row["logS"]} for row in solubility(11)]
    table, out = write_csv(tmp_path / "t.csv", rows), tmp_path / "out.csv"
    assert run("predict", classes, table, "-o", out).code == 0
    options = EvaluateOptions(targets=("logS",), workers=1)
    by_model = evaluate_model(classes, table, options)
    assert by_model.seen is not None
    unseen = [row for row, seen in zip(read_csv(out), by_model.seen, strict=True) if not seen]
    other = run("predict", tree_model(), out, "-o", tmp_path / "both.csv", "--smiles-column", "smiles")
    assert other.code == 0  # the columns of a second model beside those of the first
    twice = read_csv(tmp_path / "both.csv")
    assert {"in_domain", "in_domain_molkit", "logS_pred_molkit"} <= set(twice[0])
    kept = [row for row, seen in zip(twice, by_model.seen, strict=True) if not seen]
    for rows in (unseen, kept):
        found = evaluate_table(write_csv(tmp_path / "unseen.csv", rows), replace(options, smiles_column="smiles")).trust
        assert found.domains == by_model.trust.domains
        assert found.intervals[0].overall == by_model.trust.intervals[0].overall
