"""Labels to DeepChem and back, NaN included, and MoleculeNet's loaders on a file in place of the download."""

from __future__ import annotations

import logging
import subprocess
import sys
import urllib.error
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rdkit import Chem

import molkit
from molkit.data import moleculenet
from molkit.data.moleculenet import from_deepchem, load_moleculenet, to_deepchem
from molkit.errors import InputError, MolkitError

SMILES = ["CCO", "c1ccccc1", "not a molecule", "C[C@H](N)C(=O)O"]
VALUES = np.array([[1.0, np.nan], [0.0, 2.5], [np.nan, np.nan], [-3.0, 0.0]])

needs_deepchem = pytest.mark.skipif(find_spec("deepchem") is None, reason="DeepChem needs Python below 3.12")


@needs_deepchem
def test_there_and_back() -> None:
    dataset = to_deepchem(SMILES, VALUES)
    assert type(dataset).__name__ == "NumpyDataset"
    assert (list(dataset.X), list(dataset.ids)) == (SMILES, SMILES)
    np.testing.assert_array_equal(dataset.w, [[1, 0], [1, 1], [0, 0], [1, 1]])
    assert np.isfinite(dataset.y).all()
    frame = from_deepchem(dataset)
    assert list(frame.columns) == ["smiles", "task_0", "task_1"]
    assert list(frame["smiles"]) == SMILES
    np.testing.assert_array_equal(frame.iloc[:, 1:].to_numpy(), VALUES)


@needs_deepchem
@given(
    arrays.arrays(
        float,
        st.tuples(st.integers(1, 6), st.integers(1, 3)),
        elements=st.floats(allow_nan=True, allow_infinity=False, width=32),
    )
)
def test_values_of_any_kind_come_back(values: np.ndarray) -> None:
    frame = from_deepchem(to_deepchem(["C"] * len(values), values))
    np.testing.assert_array_equal(frame.iloc[:, 1:].to_numpy(), values)


@needs_deepchem
def test_what_deepchem_itself_calls_missing_agrees(tmp_path: Path) -> None:
    """DeepChem's reader of CSV files is the oracle of how a missing label is written."""
    import deepchem

    table = tmp_path / "in.csv"
    kept = [0, 1, 3]
    pd.DataFrame({"smiles": SMILES, "a": VALUES[:, 0], "b": VALUES[:, 1]}).iloc[kept].to_csv(table, index=False)
    loader = deepchem.data.CSVLoader(["a", "b"], feature_field="smiles", featurizer=deepchem.feat.DummyFeaturizer())
    theirs = loader.create_dataset(str(table))
    ours = to_deepchem([SMILES[i] for i in kept], VALUES[kept])
    np.testing.assert_array_equal(theirs.y, ours.y)
    np.testing.assert_array_equal(theirs.w, ours.w)
    assert list(theirs.ids) == list(ours.ids)
    frame = from_deepchem(theirs)
    assert list(frame.columns) == ["smiles", "a", "b"]
    np.testing.assert_array_equal(frame[["a", "b"]].to_numpy(), VALUES[kept])


@needs_deepchem
def test_molecules_weights_and_ids() -> None:
    mols = [Chem.MolFromSmiles(smiles) for smiles in ("OCC", "CN")]
    dataset = to_deepchem(mols, [1.0, None], weights=[0.5, 2.0], ids=["x", "y"])
    assert isinstance(dataset.X[0], Chem.Mol)
    assert list(dataset.ids) == ["x", "y"]
    assert dataset.w.ravel().tolist() == [0.5, 0.0]
    assert list(from_deepchem(dataset)["smiles"]) == ["CCO", "CN"]


@needs_deepchem
def test_structures_are_the_ids_where_x_holds_features() -> None:
    import deepchem

    dataset = deepchem.data.NumpyDataset(np.ones((2, 7)), np.array([1.0, 2.0]), ids=["C", "CC"])
    frame = from_deepchem(dataset)
    assert frame.to_dict("list") == {"smiles": ["C", "CC"], "task_0": [1.0, 2.0]}
    with pytest.raises(InputError, match="SMILES"):
        from_deepchem(deepchem.data.NumpyDataset(np.ones((2, 7)), np.array([1.0, 2.0])))


def test_wrong_lengths_and_types() -> None:
    with pytest.raises(InputError, match="got 2 structures, 1 values"):
        to_deepchem(["C", "CC"], [1.0])
    with pytest.raises(InputError, match="expected numbers"):
        to_deepchem(["C"], ["high"])
    with pytest.raises(InputError, match=r"shape \(1, 1, 1\)"):
        to_deepchem(["C"], [[[1.0]]])
    with pytest.raises(InputError, match="expected a DeepChem data set"):
        from_deepchem([1, 2])


def test_without_deepchem_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deepchem", None)
    with pytest.raises(MolkitError, match=r"Python below 3\.12: there, pip install"):
        to_deepchem(["C"], [1.0])


def test_the_public_names() -> None:
    assert molkit.to_deepchem is to_deepchem
    assert molkit.from_deepchem is from_deepchem
    assert molkit.load_moleculenet is load_moleculenet


@needs_deepchem
@pytest.mark.slow
def test_deepchem_is_imported_late_and_quietly() -> None:
    code = (
        "import sys, molkit; f = molkit.to_deepchem; assert 'deepchem' not in sys.modules;"
        "f(['C'], [1.0]); import logging; assert logging.root.manager.disable == 0"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOLKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def downloads(monkeypatch: pytest.MonkeyPatch, action: Any) -> list[str]:
    """Let `action(folder, url)` stand for DeepChem's download; the addresses asked for."""
    import deepchem

    asked: list[str] = []

    def download(url: str, dest_dir: str, name: str | None = None) -> None:
        asked.append(url)
        action(Path(dest_dir), url)

    monkeypatch.setattr(deepchem.utils.data_utils, "download_url", download)
    return asked


TASK = "measured log solubility in mols per litre"


def put_table(folder: Path, url: str) -> None:
    smiles = [f"{'C' * n}O" for n in range(1, 13)] + ["not a molecule"]
    pd.DataFrame({"smiles": smiles, TASK: np.arange(13) / 4}).to_csv(folder / url.rpartition("/")[2], index=False)


@needs_deepchem
def test_a_moleculenet_set_keeps_every_row_in_its_units(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = downloads(monkeypatch, put_table)
    frame = load_moleculenet("delaney")
    assert list(frame.columns) == ["smiles", TASK]
    np.testing.assert_array_equal(frame[TASK], np.arange(13) / 4)
    assert frame["smiles"].iloc[-1] == "not a molecule"
    pd.testing.assert_frame_equal(load_moleculenet("delaney"), frame)
    assert len(asked) == 1
    assert [path.name for path in (cache / "moleculenet").iterdir()] == ["delaney"]


@needs_deepchem
def test_a_splitter_gives_a_column(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads(monkeypatch, put_table)
    frame = load_moleculenet("delaney", splitter="random")
    assert frame["split"].value_counts().to_dict() == {"train": 10, "valid": 1, "test": 2}
    assert sorted(frame[TASK]) == (np.arange(13) / 4).tolist()


@needs_deepchem
def test_without_a_network_it_says_so_and_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, url: str) -> None:
        (folder / "delaney-processed.csv").write_text("half")
        raise urllib.error.URLError("no route to host")

    downloads(monkeypatch, fail)
    with pytest.raises(InputError, match=r"delaney: could not be downloaded .*no route to host"):
        load_moleculenet("delaney")
    assert list((cache / "moleculenet").iterdir()) == []


@needs_deepchem
def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no MoleculeNet set 'esoll'; known are .*delaney"):
        load_moleculenet("esoll")


def test_the_hush_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with moleculenet._hushed():
        print("noise")
        logging.getLogger("x").error("noise")
    print("said")
    assert capsys.readouterr() == ("said\n", "")
    assert logging.root.manager.disable == 0
