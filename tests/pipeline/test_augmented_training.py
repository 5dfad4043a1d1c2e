"""A model of the recurrent network on tokens, trained with augmentation, through training, files and libraries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from trained import folder, read_csv, run, solubility, write_csv

import molkit
from molkit import Model
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.pipeline.checks import check_config

ROWS = [row for row in solubility() if "." not in row["smiles"]][:80]
SMILES = [row["smiles"] for row in ROWS]
EVERY = ["smiles", "mask", "drop", "mixup"]
QUICK: dict[str, Any] = {"fold_models": 2, "epochs": 2}


def trained(path: Path, **options: Any) -> Model:
    table = write_csv(path.with_suffix(".csv"), [{"smiles": row["smiles"], "y": row["logS"]} for row in ROWS])
    return molkit.train(table, "y", path, **QUICK, **options)


@pytest.fixture(scope="module")
def model() -> Model:
    return trained(folder() / "sequence.molkit", learners=["gru", "dmpnn"], augment=EVERY, workers=1)


def predicted(model: Model, smiles: list[str], **options: Any) -> np.ndarray:
    found = model.predict(smiles, columns=["pred", "status"], exact=True, **options)
    assert found["status"] == ["ok"] * len(smiles)
    return np.array(found["y_pred"], float)


def test_the_file_says_what_was_done_and_repeats_with_more_workers(model: Model) -> None:
    content = model.bundle.model
    assert content["config"]["augment"] == EVERY
    told = [re.match(r"Augmentation (\w+) \((.*)\): .*\.", note) for note in content["notes"]]
    assert {found[1]: found[2] for found in told if found} == {
        "smiles": "gru", "mask": "dmpnn", "drop": "dmpnn", "mixup": "gru, dmpnn",
    }  # fmt: skip
    assert "tokens" not in content["featurizers"]
    again = trained(folder() / "again.molkit", learners=["gru", "dmpnn"], augment=EVERY, workers=2)
    assert again.path.read_bytes() == model.path.read_bytes()


def test_predictions_do_not_depend_on_how_a_molecule_is_written(model: Model) -> None:
    groups = []
    for seed, smiles in enumerate([*SMILES[:20], "C[C@H](N)C(=O)O", "C/C=C/C(=O)O", "CC(O)F"]):
        mol = Chem.MolFromSmiles(smiles)
        mapped = Chem.Mol(mol)
        for atom in mapped.GetAtoms():
            atom.SetAtomMapNum(atom.GetIdx() + 1)
        others = [*Chem.MolToRandomSmilesVect(mol, 4, seed + 1), Chem.MolToSmiles(mol, kekuleSmiles=True)]
        groups.append([smiles, *others, Chem.MolToSmiles(mapped), Chem.MolToSmiles(Chem.AddHs(mol))])
    found = predicted(model, [text for group in groups for text in group]).reshape(len(groups), -1)
    assert np.ptp(found, axis=1).max() < 1e-4 * found.std()
    assert found.std(axis=0).min() > 0


def test_processes_and_prepared_libraries_give_the_same(model: Model, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"smiles": text} for text in [*SMILES, "xx", "C" * 120]])
    assert run("prepare", table, "--model", model.path, "-o", tmp_path / "library", "--workers", 1).code == 0
    for source, workers in ((table, 2), (tmp_path / "library", 1)):
        out = tmp_path / f"{source.stem}-out.csv"
        assert run("predict", model.path, source, "-o", out, "--workers", workers).code == 0
    found, again = (read_csv(tmp_path / f"{name}-out.csv") for name in ("t", "library"))
    assert again == found
    assert [row["status"] for row in found][-2:] == ["invalid_syntax", "ok"]


@pytest.mark.parametrize(
    ("learners", "names", "said"),
    [
        (("boosting",), ("mixup",), "this run fits boosting"),
        (("dmpnn",), ("smiles",), "add --learner gru"),
        (("auto",), ("smiles",), "add --learner gru"),
        (("gru",), ("mask",), "add --learner dmpnn"),
        (("gru",), ("none", "smiles"), "none stands alone"),
    ],
)
def test_what_would_change_nothing_is_refused_at_once(
    learners: tuple[str, ...], names: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_config(RunConfig(learners=learners, augment=names))
    assert said in str(caught.value)


def test_a_plan_without_the_network_is_refused_too(tmp_path: Path) -> None:
    """Eighty compounds get the linear learner in the place of the network."""
    with pytest.raises(InputError, match="this run fits linear, boosting, forest"):
        trained(tmp_path / "m.molkit", augment=["mask"])
    assert not (tmp_path / "m.molkit").exists()


def test_the_command_line_takes_several_names(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"smiles": row["smiles"], "y": row["logS"]} for row in ROWS])
    words = [
        "-t",
        "y",
        "--learner",
        "dmpnn",
        "--fold-models",
        2,
        "--epochs",
        1,
        "--workers",
        1,
        "--no-plot",
        "--no-html",
    ]
    ran = run("train", table, *words, "--augment", "mask", "--augment", "drop", "-o", tmp_path / "m.molkit")
    assert (ran.code, ran.clean) == (0, True), ran.err
    assert molkit.load(tmp_path / "m.molkit").bundle.model["plan"]["augment"] == ["mask", "drop"]
    ran = run("train", table, *words, "--augment", "blur", "-o", tmp_path / "n.molkit")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "known are none, mask, drop, smiles, image, flip, mixup" in ran.err
