"""What can be asked of a training run, and that the model file keeps the promise."""

from __future__ import annotations

import hashlib
import math
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from trained import read_csv, run, small_table, solubility, stacked_model, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.chem.standardise import Structure, read_structure
from molkit.errors import InputError

ROWS = [row for row in solubility() if isinstance(read_structure(row["smiles"]), Structure)]
FRAME = pd.DataFrame({"smiles": [r["smiles"] for r in ROWS], "y": [float(r["logS"]) for r in ROWS]})
SOME = FRAME["smiles"].tolist()[:25]
QUICK = ("--learner", "boosting", "--fold-models", 2)
FAST = {"learners": ["linear"], "fold_models": 2, "workers": 1}


def train(frame: pd.DataFrame, path: Path, target: str | list[str] = "y", **options: object) -> molkit.Model:
    return molkit.train(frame, target, path, **{**FAST, **options})


def predicted(model: molkit.Model, name: str = "y_pred", smiles: list[str] = SOME) -> np.ndarray:
    try:
        return np.array(model.predict(smiles)[name], float)
    finally:
        model.close()


def test_the_same_seed_gives_the_same_file_and_a_reload_the_same_bits(tmp_path: Path) -> None:
    options: dict[str, object] = {"learners": ["boosting", "dmpnn"], "epochs": 1}
    first = train(FRAME[:140], tmp_path / "1.molkit", **options)
    second = train(FRAME[:140], tmp_path / "2.molkit", **options)
    assert (tmp_path / "1.molkit").read_bytes() == (tmp_path / "2.molkit").read_bytes()
    other = train(FRAME[:140], tmp_path / "3.molkit", **options, seed=1)
    expected = predicted(first)
    assert expected.tobytes() == predicted(second).tobytes()
    assert expected.tobytes() == predicted(molkit.load(tmp_path / "1.molkit")).tobytes()
    assert expected.tolist() != predicted(other).tolist()


@pytest.mark.parametrize("learner", ["boosting", "dmpnn"])
def test_the_logarithm_is_undone_exactly_once(tmp_path: Path, learner: str) -> None:
    """Trained on 10**y with log, the logarithm of the predictions is what training on y predicts."""
    options: dict[str, object] = {"learners": [learner], "epochs": 2}
    plain = train(FRAME, tmp_path / "p.molkit", **options)
    logged = train(FRAME.assign(y=10.0 ** FRAME["y"]), tmp_path / "l.molkit", log=True, unit="mol/L", **options)
    found, expected = logged.predict(SOME), plain.predict(SOME)
    logged.close(), plain.close()
    for name in ("y_pred", "y_lo90", "y_hi90", "nearest_train_y"):
        undone, direct = np.log10(np.array(found[name], float)), np.array(expected[name], float)
        assert undone == pytest.approx(direct, abs=2e-4 if learner == "dmpnn" else 2e-5), name
    assert all(
        low < value < high for low, value, high in zip(found["y_lo90"], found["y_pred"], found["y_hi90"], strict=True)
    )
    assert "mol/L" in logged.card
    assert "log10" in logged.card
    assert logged.targets[0].unit == "mol/L"


def test_a_logarithm_of_nothing_is_refused_with_the_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 1, column y.*above 0"):
        train(FRAME, tmp_path / "m.molkit", log=True)


def test_two_targets_with_blanks_and_one_that_has_no_test_values(tmp_path: Path) -> None:
    parts = ["train"] * 180 + ["valid"] * 37 + ["test"] * (len(FRAME) - 217)
    other = [-value if i % 3 == 0 and i < 180 else None for i, value in enumerate(FRAME["y"])]
    table = tmp_path / "t.csv"
    FRAME.assign(other=other, part=parts).to_csv(table, index=False)
    ran = run("train", table, "-t", "y", "-t", "other", "--split-column", "part", *QUICK,
              "--workers", 1, "-o", tmp_path / "m.molkit")  # fmt: skip
    assert (ran.code, ran.clean) == (0, True), ran.err
    model = molkit.load(tmp_path / "m.molkit")
    split = model.bundle.model["split"]
    assert (split["method"], len(split["train"]), len(split["valid"])) == ("column", 180, 37)
    found = model.predict(SOME)
    model.close()
    both = np.array([found["y_pred"], found["other_pred"]], float)
    assert np.corrcoef(both)[0, 1] < -0.7  # the second learned the opposite of the first
    names = ["coverage", "error-by-similarity", "parity", "residuals"]  # of the first target; the other has no values
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [f"m-1-y-{name}.png" for name in names]


def test_binary_labels_keep_their_words_and_threshold(tmp_path: Path) -> None:
    words = ["soluble" if value > -2.5 else "insoluble" for value in FRAME["y"]]
    model = train(FRAME.assign(y=words), tmp_path / "m.molkit", split="random")
    target = model.targets[0]
    assert target.kind == "binary"
    assert target.classes is not None
    assert set(target.classes) == {"soluble", "insoluble"}
    found = model.predict(FRAME["smiles"].tolist())
    model.close()
    share = np.array(found["y_pred"], float)
    assert ((share >= 0) & (share <= 1)).all()
    assert found["y_label"] == [target.classes[int(value >= target.threshold)] for value in share]
    assert np.mean([label == word for label, word in zip(found["y_label"], words, strict=True)]) > 0.8
    assert "y_lo90" not in found.columns


def test_a_logarithm_leaves_binary_targets_alone(tmp_path: Path) -> None:
    frame = FRAME.assign(y=10.0 ** FRAME["y"], active=(FRAME["y"] > -2.5).astype(int))
    model = train(frame, tmp_path / "m.molkit", ["y", "active"], log=True, split="random")
    nearest = model.predict(SOME)["nearest_train_active"]
    model.close()
    assert set(nearest) <= {"0", "1"}


def test_weights_count(tmp_path: Path) -> None:
    """A constant measured twice, once with nearly all of the weight."""
    far = FRAME["smiles"].str.len() > 20
    weights = np.where(far, 1.0, 1e-6)
    shifted = FRAME.assign(y=np.where(far, 5.0, -5.0) + FRAME["y"] * 0.01, w=weights)
    heavy = predicted(train(shifted, tmp_path / "w.molkit", weight="w", split="random"))
    equal = predicted(train(shifted, tmp_path / "e.molkit", split="random"))
    assert heavy.mean() > equal.mean() + 1


def test_groups_never_cross_a_split_and_blank_ones_are_single(tmp_path: Path) -> None:
    groups = [f"g{i % 20}" if i % 4 else "" for i in range(len(FRAME))]
    table = tmp_path / "t.csv"
    FRAME.assign(g=groups).to_csv(table, index=False)
    assert run("split", table, "-o", tmp_path / "s.csv", "--split", "group", "--group", "g", "--workers", 1).code == 0
    rows = read_csv(tmp_path / "s.csv")
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row["g"], set()).add(row["split"])
    assert all(len(found) == 1 for group, found in parts.items() if group)
    assert len(parts[""]) == 3
    model = train(FRAME.assign(g=groups), tmp_path / "m.molkit", split="group", group="g")
    assert model.bundle.model["split"]["method"] == "group"
    assert all(len(model.bundle.model["split"][part]) > 5 for part in ("train", "test"))


def test_the_nearest_compound_is_named_by_the_id_column() -> None:
    model = molkit.load(tree_model())
    names = {row["smiles"]: row["name"] for row in ROWS}
    found = model.predict(list(names))
    model.close()
    exact = [
        (a, b)
        for a, b, s in zip(found["nearest_train_id"], names.values(), found["nearest_train_similarity"], strict=True)
        if s == 1.0
    ]
    assert len(exact) > 100
    assert np.mean([a == b for a, b in exact]) > 0.8  # homologues can have equal fingerprints
    assert "log mol/L" in model.card


def test_without_structures_holds_none(tmp_path: Path) -> None:
    named = FRAME[:140].assign(name=[f"secret-{i}" for i in range(140)])
    options = {"learners": ["linear", "dmpnn"], "epochs": 1, "id": "name"}
    bare = train(named, tmp_path / "bare.molkit", **options, with_structures=False)
    full = train(named, tmp_path / "full.molkit", **options)
    texts = [s for s in named["smiles"] if len(s) > 7]
    texts += [Chem.MolToSmiles(Chem.MolFromSmiles(s)) for s in texts] + [f"secret-{i}" for i in range(140)]
    held = {path: b"".join(zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist())
            for path in (bare.path, full.path)}  # fmt: skip
    assert not [text for text in texts if text.encode() in held[bare.path]]
    assert [text for text in texts if text.encode() in held[full.path]]
    assert not any("training" in name for name in bare.bundle.entries)
    found = bare.predict(SOME)
    expected = full.predict(SOME)
    bare.close(), full.close()
    assert found["y_pred"] == expected["y_pred"]
    assert {*found["nearest_train"], *found["nearest_train_y"]} == {None}
    assert {*found["in_domain"]} <= {"in", "edge", "out", None}  # by how far the learners lie apart
    assert "no structures" in bare.card
    assert "svg" not in bare._repr_html_()


def test_censored_cells_pull_one_way_only(tmp_path: Path) -> None:
    """A network told ">-8" goes higher for those compounds than one told "-8"."""
    frame = FRAME[:160]
    hidden = [value > -3 and i % 2 == 0 for i, value in enumerate(frame["y"])]
    means = []
    for name, sign in (("above", ">"), ("equal", "")):
        told = [f"{sign}-8" if hide else f"{value}" for hide, value in zip(hidden, frame["y"], strict=True)]
        table = tmp_path / f"{name}.csv"
        frame.assign(y=told).to_csv(table, index=False)
        ran = run("train", table, "-t", "y", "--learner", "dmpnn", *QUICK[2:], "--epochs", 8, "--workers", 1,
                  "--no-plot", "-o", tmp_path / f"{name}.molkit")  # fmt: skip
        assert (ran.code, ran.clean) == (0, True), ran.err
        smiles = frame["smiles"][hidden].tolist()
        means.append(predicted(molkit.load(tmp_path / f"{name}.molkit"), smiles=smiles).mean())
    assert means[0] > means[1] + 1
    table = tmp_path / "above.csv"
    ran = run(
        "train",
        table,
        "-t",
        "y",
        "--learner",
        "boosting",
        "--fold-models",
        2,
        "--workers",
        1,
        "-o",
        tmp_path / "trees.molkit",
    )
    assert (ran.code, ran.clean) == (0, True), ran.err


def test_without_a_test_part(tmp_path: Path) -> None:
    model = train(FRAME, tmp_path / "m.molkit", split="none")
    assert np.isfinite(predicted(model)).all()
    assert not model.bundle.model["split"]["test"]


def test_too_little_to_learn_from_is_told(tmp_path: Path) -> None:
    for frame, said in (
        (FRAME[:10], "at least 20"),
        (FRAME.assign(y=None), "y"),
        (FRAME.assign(smiles="xx"), f"0 of {len(FRAME)}"),
        (FRAME.assign(y=(["a", "1", "2"] * 90)[: len(FRAME)]), "y"),
    ):
        with pytest.raises(InputError, match=said):
            train(frame, tmp_path / "m.molkit")
    assert not list(tmp_path.iterdir())


def test_planted_twins_never_cross_a_split(tmp_path: Path) -> None:
    """Salt, other writing, tautomer and enantiomer of forty compounds."""
    base = [s for s in FRAME["smiles"] if "." not in s and len(s) > 6][:40]
    rows: list[dict[str, object]] = []
    for number, smiles in enumerate(base):
        mol = Chem.MolFromSmiles(smiles)
        twins = [smiles, f"{smiles}.Cl", Chem.MolToRandomSmilesVect(mol, 1, number)[0]]
        rows += [{"smiles": twin, "family": number} for twin in twins]
    for family, twins in enumerate([
        ["O=c1cccc[nH]1", "Oc1ccccn1"],
        ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O"],
        ["Cc1c[nH]cn1", "Cc1cnc[nH]1"],
        ["CC(=O)CC(C)=O", "CC(O)=CC(C)=O"],
        ["C/C=C/C(=O)O", "C/C=C\\C(=O)O"],
    ]):  # fmt: skip
        rows += [{"smiles": twin, "family": f"f{family}"} for twin in twins]
    table = write_csv(tmp_path / "t.csv", rows)
    for method in ("random", "scaffold"):
        for seed in range(3):
            out = tmp_path / f"{method}{seed}.csv"
            ran = run(
                "split",
                table,
                "-o",
                out,
                "--split",
                method,
                "--seed",
                seed,
                "--fractions",
                "0.5,0.25,0.25",
                "--workers",
                1,
            )
            assert ran.code == 0
            parts: dict[str, set[str]] = {}
            for row in read_csv(out):
                parts.setdefault(row["family"], set()).add(row["split"])
            assert {name: part for name, part in parts.items() if len(part) > 1} == {}
            assert set.union(*parts.values()) == {"train", "valid", "test"}


def test_flipped_and_cut_model_files_through_the_command_line(tmp_path: Path) -> None:
    whole, bad = tree_model().read_bytes(), tmp_path / "bad.molkit"
    right = run("predict", tree_model(), "CCO", "--json").out
    source = np.random.default_rng(0)
    for trial in range(40):
        data = bytearray(whole)
        if trial % 4 == 0:
            del data[int(source.integers(len(data))) :]
        else:
            data[int(source.integers(len(data)))] ^= 1 << int(source.integers(8))
        bad.write_bytes(data)
        ran = run("predict", bad, "CCO", "--json")
        assert ran.clean
        assert (ran.code, ran.out) == (0, right) or (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_the_hash_of_the_training_data_changes_with_it(tmp_path: Path) -> None:
    one = read_bundle(train(FRAME, tmp_path / "1.molkit").path).model["split"]["data_hash"]
    changed = FRAME.copy()
    changed.loc[3, "y"] += 0.01
    two = read_bundle(train(changed, tmp_path / "2.molkit").path).model["split"]["data_hash"]
    assert one != two
    assert len(one) == len(hashlib.sha256().hexdigest())


def test_scores_are_finite_and_better_than_the_mean() -> None:
    scores = {(s["method"], s["metric"]): s["value"] for s in molkit.load(stacked_model()).scores}
    assert scores["molkit", "RMSE"] < scores["training mean", "RMSE"]
    assert all(value is None or math.isfinite(value) for value in scores.values())
    assert small_table().exists()
