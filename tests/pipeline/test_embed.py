"""Vectors of rows: what the encoder says when it is called directly, in the table's order, whatever lies beside."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from rdkit import Chem
from trained import read_csv, solubility, stacked_model, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.data.vector_file import rows_path
from molkit.engine.embed import vector_text, vectors_from_texts
from molkit.engine.scorer import ensemble_from_bundle
from molkit.errors import InputError
from molkit.features import GraphFeaturizer
from molkit.pipeline.embed import embed_table, embed_values, open_encoders

BAD = {3: "xx", 50: "", 120: "[Na+].[Cl-]"}
ROWS = [
    {"id": str(place), "drug_1": "mine", "smiles": BAD.get(place, row["smiles"])}
    for place, row in enumerate(solubility(7))
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("library") / "lib.csv", ROWS)


def directly(smiles: str, fold: int = 0) -> np.ndarray:
    """What the encoder of a fold model of the network says of one molecule by itself."""
    network = ensemble_from_bundle(read_bundle(stacked_model())).members[2][fold]
    encoder = network.model.eval().encoder("drug")
    mol = Chem.MolFromSmiles(molkit.load(stacked_model()).predict(smiles)["smiles_std"][0])
    with torch.inference_mode():
        return encoder(encoder.batch(GraphFeaturizer()([mol])))[0].numpy()


def test_every_row_has_what_the_encoder_says_of_it(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    result = embed_table(stacked_model(), library, out, workers=2)
    assert result.rows == len(ROWS)
    assert result.statuses["ok"] == len(ROWS) - len(BAD)
    with np.load(out) as found:
        vectors, status, reason = (found[name] for name in ("vectors", "status", "reason"))
        assert found["names"][1] == "drug_2"
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(ROWS), 256)
    assert [status[row] for row in BAD] == ["invalid_syntax", "empty", "unsupported"]
    assert np.isnan(vectors[list(BAD)]).all()
    assert np.isfinite(np.delete(vectors, list(BAD), axis=0)).all()
    assert all(f"Row {row + 1}" in reason[row] for row in BAD)
    for row in (0, 4, 51, len(ROWS) - 1):
        np.testing.assert_allclose(vectors[row], directly(ROWS[row]["smiles"]), rtol=1e-5, atol=1e-6)


def test_every_format_holds_the_same(library: Path, tmp_path: Path) -> None:
    for name in ("v.npz", "v.npy", "v.parquet", "v.csv"):
        embed_table(stacked_model(), library, tmp_path / name, workers=1)
    vectors = np.load(tmp_path / "v.npy")
    with np.load(tmp_path / "v.npz") as found:
        np.testing.assert_array_equal(found["vectors"], vectors)
        names = found["names"].tolist()
    assert names[0] == "drug_1_molkit"  # the table has a column of that name
    stored = pd.read_parquet(tmp_path / "v.parquet")
    assert (stored.dtypes[names] == np.float32).all()
    np.testing.assert_array_equal(stored[names].to_numpy(), vectors)
    written = read_csv(tmp_path / "v.csv")
    texts = np.array([[row[name] or "nan" for name in names] for row in written]).astype(np.float32)
    np.testing.assert_array_equal(texts, vectors)
    beside = read_csv(rows_path(tmp_path / "v.npy"))
    assert [row["id"] for row in beside] == [row["id"] for row in written] == [row["id"] for row in ROWS]
    assert list(beside[0]) == ["id", "drug_1", "smiles", "status", "reason", "smiles_std"]
    assert stored["smiles_std"].notna().sum() == len(ROWS) - len(BAD)


def test_neighbours_and_chunks_do_not_matter(library: Path, tmp_path: Path) -> None:
    encoders = open_encoders(stacked_model())
    texts = [row["smiles"] for row in ROWS]
    with encoders.pool(1) as pool:
        whole, _ = embed_values(encoders, pool, texts)
        back, _ = embed_values(encoders, pool, texts[::-1])
        alone = np.concatenate([embed_values(encoders, pool, [text])[0] for text in texts[:8]])
    np.testing.assert_allclose(whole, back[::-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole[:8], alone, rtol=1e-5, atol=1e-6)


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    library = write_csv(tmp_path / "l.csv", [{"smiles": row["smiles"]} for row in solubility(1)])
    whole, out = tmp_path / "whole.npy", tmp_path / "out.npy"
    embed_table(stacked_model(), library, whole, workers=2)

    def stop(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_table(stacked_model(), library, out, workers=2, progress=stop)
    assert not out.exists()
    assert not rows_path(out).exists()
    with pytest.raises(InputError, match="another run stands unfinished"):
        embed_table(stacked_model(), library, out, workers=1, fold=2)
    result = embed_table(stacked_model(), library, out, workers=1)
    assert any("Went on after the 1,000 rows" in note for note in result.notes)
    assert out.read_bytes() == whole.read_bytes()
    assert rows_path(out).read_bytes() == rows_path(whole).read_bytes()


def test_folds_have_axes_of_their_own() -> None:
    texts = ["CCO", "c1ccccc1O"]
    each = [molkit.embed(stacked_model(), texts, fold=fold) for fold in (1, 2)]
    both = molkit.embed(stacked_model(), texts, fold="all")
    assert both.names[0] == "fold1_drug_1"
    assert both.names[256] == "fold2_drug_1"
    np.testing.assert_allclose(both.vectors, np.hstack([own.vectors for own in each]), rtol=1e-5, atol=1e-6)
    assert not np.allclose(each[0].vectors, each[1].vectors, atol=1e-3)
    assert "fold model 2 of 2 of dmpnn" in each[1].sentence
    np.testing.assert_allclose(each[1].vectors[1], directly(texts[1], 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fold", ["0", "3", "-1", "x"])
def test_a_fold_that_is_not_there(fold: str) -> None:
    with pytest.raises(InputError, match="from 1 to 2, or all"):
        molkit.embed(stacked_model(), ["CCO"], fold=fold)


def test_a_model_of_trees_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"holds no network, only boosting.*--learner dmpnn"):
        molkit.embed(tree_model(), ["CCO"])
    with pytest.raises(InputError, match=r"no network 'dmpn'.*dmpnn"):
        molkit.embed(stacked_model(), ["CCO"], learner="dmpn")


def test_from_python(tmp_path: Path) -> None:
    frame = pd.DataFrame({"smiles": ["CCO", "xx", None]})
    found = molkit.embed(molkit.load(stacked_model()), frame)
    assert found.statuses == ("ok", "invalid_syntax", "empty")
    assert found.to_pandas().shape == (3, 258)
    assert len(found) == 3
    assert found.reasons[0] is None
    assert len(molkit.embed(stacked_model(), [])) == 0


def test_two_inputs_stand_side_by_side(tmp_path: Path) -> None:
    proteins = ["MKTAYIAKQRQISFVKSHFSRQ", "GSHMLEDPVDAFKENLNNVK", "MSTNPKPQRKTKRNTNRRPQ"]
    rows = [{"smiles": row["smiles"], "sequence": proteins[place % 3], "y": row["logS"]}
            for place, row in enumerate(solubility(9))]  # fmt: skip
    inputs = ["drug=smiles", "protein=sequence"]
    model = molkit.train(write_csv(tmp_path / "pairs.csv", rows), "y", tmp_path / "pairs.molkit", inputs=inputs,
                         learners=["fingerprint+composition"], fold_models=2, epochs=1, workers=1)  # fmt: skip
    table = {"smiles": ["CCO", "CCO", "C1CC"], "sequence": [proteins[0], proteins[1], proteins[0]]}
    found = molkit.embed(model, table)
    drug = [place for place, name in enumerate(found.names) if name.startswith("drug_")]
    protein = [place for place, name in enumerate(found.names) if name.startswith("protein_")]
    assert len(drug) + len(protein) == found.vectors.shape[1]
    np.testing.assert_allclose(found.vectors[0, drug], found.vectors[1, drug], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found.vectors[0, protein], found.vectors[1, protein])
    assert found.statuses[2] == "invalid_syntax"


def test_a_vector_as_text_gives_back_every_bit() -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 7)).astype(np.float32)
    vectors[0, 0] = np.float32(1e-42)
    found = vectors_from_texts([vector_text(vectors[0]), None, vector_text(vectors[2])], 7)
    np.testing.assert_array_equal(found[[0, 2]], vectors[[0, 2]])
    assert np.isnan(found[1]).all()


def test_an_empty_table(tmp_path: Path) -> None:
    library = tmp_path / "empty.csv"
    library.write_text("smiles\n")
    embed_table(stacked_model(), library, tmp_path / "v.npy", workers=1)
    assert np.load(tmp_path / "v.npy").shape == (0, 256)
    with rows_path(tmp_path / "v.npy").open(encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["smiles", "status", "reason", "smiles_std"]]
