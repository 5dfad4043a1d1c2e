"""From Python: pairs, images, recordings and plain rows, which nothing that is said calls compounds."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from trained import run

import molkit
from molkit import Model
from molkit.errors import InputError
from molkit.pipeline.train import train_bundle
from molkit.report.train_page import train_page

FEW: dict[str, Any] = {
    "learners": ["forest"], "fold_models": 2, "workers": 1, "options": {"forest": {"trees": 20}}, "split": "random",
    "fractions": [0.6, 0.2, 0.2],
}  # fmt: skip


def bare(text: str) -> str:
    """What is said, without the names of versions and licences."""
    return re.sub(r"## Made with.*", "", text, flags=re.DOTALL).lower()


def pairs() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    proteins = ["".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 40)) for _ in range(8)]
    rows = [("C" * length + "O", protein, length + rng.normal()) for length in range(1, 9) for protein in proteins]
    return pd.DataFrame(rows, columns=["ligand", "target", "pKd"])


@pytest.fixture(scope="module")
def of_pairs(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("pairs") / "m.molkit"
    return molkit.train(pairs(), "pKd", path, inputs=["drug=ligand", "protein=target"], **FEW)


def test_pairs_are_predicted_from_a_frame_and_a_dictionary(of_pairs: Model) -> None:
    table = pairs().iloc[[5, 9]].drop(columns="pKd")
    found = of_pairs.predict(table)
    assert found["status"] == ["ok", "ok"]
    assert found.to_pandas().index.tolist() == [5, 9]
    given = {"ligand": [*table["ligand"], "CCO"], "target": [*table["target"], "M1"]}
    again = of_pairs.predict(given)
    assert again["pKd_pred"][:2] == found["pKd_pred"]
    assert again["pKd_pred"][2] is None
    assert "protein: '1' is no residue" in again["reason"][2]
    one = of_pairs.predict({"ligand": [table["ligand"].iloc[0]]}, fixed={"protein": table["target"].iloc[0]})
    assert one["pKd_pred"] == found["pKd_pred"][:1]
    for shown in (of_pairs, found):
        assert "<table" in shown._repr_html_()
    with pytest.raises(InputError, match="--input drug"):
        of_pairs.predict(["CCO"])


def test_pairs_are_called_pairs(of_pairs: Model, tmp_path: Path) -> None:
    assert "compound" not in bare(of_pairs.card)
    assert "64 pairs from 64 rows" in of_pairs.card
    assert {score["method"] for score in of_pairs.scores} >= {"nearest pair"}
    pairs().to_csv(tmp_path / "p.csv", index=False)
    ran = run("evaluate", str(of_pairs.path), str(tmp_path / "p.csv"))
    assert (ran.code, "compound" in ran.out + ran.err) == (0, False)
    assert "unseen pairs" in ran.out


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from PIL import Image

    folder = tmp_path_factory.mktemp("images") / "digits"
    rng = np.random.default_rng(0)
    for number in range(60):
        (folder / str(number % 3)).mkdir(parents=True, exist_ok=True)
        pixels = (rng.integers(0, 99, (8, 8)) + 70 * (number % 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / str(number % 3) / f"{number:02}.png")
    return folder


def test_images_are_predicted_from_a_list_of_paths(digits: Path, tmp_path: Path) -> None:
    model = molkit.train(digits, out=tmp_path / "m.molkit", **FEW)
    assert [target.group for target in model.targets] == ["label"] * 3
    paths = [str(digits / "0" / "00.png"), str(digits / "1" / "01.png"), str(tmp_path / "none.png")]
    found = model.predict(paths)
    assert found["status"][:2] == ["ok", "ok"]
    assert found["label_label"] == ["0", "1", None]
    assert not {"smiles_std", "nearest_train", "inchikey"} & set(found.columns)
    assert model.predict({"image": paths})["label_label"] == found["label_label"]
    assert model.predict(paths[0])["label_label"] == ["0"]
    for shown in (model, found):
        assert "<table" in shown._repr_html_()
    assert "compound" not in bare(model.card)
    assert "an image is called" in model.card
    with pytest.raises(InputError, match="expected a cell of image, a list of them"):
        model.predict(3)  # type: ignore[arg-type]


def test_nothing_on_the_page_of_a_table_is_a_compound(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(50, 9, 80), "lab": rng.normal(0, 1, 80)})
    table["outcome"] = np.where(table["lab"] + rng.normal(0, 0.5, 80) > 0, "ill", "well")
    table.to_csv(tmp_path / "t.csv", index=False)
    config = molkit.config.config_from_dict({"targets": ["outcome"], "inputs": ["patient=*"], **FEW})
    result = train_bundle(tmp_path / "t.csv", tmp_path / "m.molkit", config)
    said = [*result.notes, *result.sentences, train_page("a page", result).partition("Made with")[0]]
    assert not [line for line in said if re.search("compound|scaffold|smiles", line, re.IGNORECASE)]
    model = molkit.load(result.path)
    assert model.predict(table.head(3))["status"] == ["ok"] * 3
    assert "<table" in model._repr_html_()


def test_recordings_are_read_from_files(tmp_path: Path) -> None:
    rng, rows = np.random.default_rng(0), []
    for number in range(40):
        tone = np.sin(np.arange(4000) * (0.1 + 0.4 * (number % 2))) + rng.normal(0, 0.1, 4000)
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((tone * 9000).astype("<i2").tobytes())
        rows.append({"sound": str(tmp_path / f"{number}.wav"), "pitch": ["low", "high"][number % 2]})
    model = molkit.train(pd.DataFrame(rows), "pitch", inputs=["sound=sound"], **FEW)
    assert model.predict([row["sound"] for row in rows[:2]])["pitch_label"] == ["low", "high"]
    assert "compound" not in bare(model.card)
    assert "40 recordings" in model.card
