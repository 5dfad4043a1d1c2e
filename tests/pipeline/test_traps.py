"""Ways in which a run could quietly say something else than what was asked or measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import molkit
from molkit.config import RunConfig
from molkit.data.cards import shipped_path
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.errors import InputError, MolkitError
from molkit.pipeline.score import score_table
from molkit.pipeline.train import TrainResult, train_bundle

FRAME = pd.read_csv(shipped_path("solubility")).head(120)


def train(folder: Path, frame: pd.DataFrame, name: str = "m", **options: object) -> TrainResult:
    table = folder / f"{name}.csv"
    frame.to_csv(table, index=False)
    settings = {
        "targets": ("logS",),
        "learners": ("boosting",),
        "fold_models": 2,
        "workers": 1,
        "split": "random",
        **options,
    }
    return train_bundle(table, folder / f"{name}.molkit", RunConfig(**settings), overwrite=True)  # type: ignore[arg-type]


@pytest.fixture
def model(tmp_path: Path) -> Iterator[molkit.Model]:
    loaded = molkit.load(train(tmp_path, FRAME).path)
    yield loaded
    loaded.close()


def test_a_loaded_model_does_not_become_another_one(model: molkit.Model, tmp_path: Path) -> None:
    train(tmp_path, FRAME.assign(logS=FRAME.logS * 10 + 100))
    with pytest.raises(MolkitError, match="has changed since it was loaded"):
        model.predict("CCO")


def test_a_data_frame_keeps_its_index_and_types(model: molkit.Model) -> None:
    frame = pd.DataFrame({"smiles": ["CCO", "xx"], "when": pd.to_datetime(["2026-01-01", "2026-02-01"])}, index=[7, 3])
    found = model.predict(frame).to_pandas()
    assert found.index.tolist() == [7, 3]
    pd.testing.assert_frame_equal(found[["smiles", "when"]], frame)
    assert found["status"].tolist() == ["ok", "invalid_syntax"]


def test_a_compound_in_two_groups_makes_them_one(tmp_path: Path) -> None:
    groups = [f"g{i // 6}" for i in range(len(FRAME))]
    frame = pd.concat([FRAME.assign(g=groups), FRAME.head(1).assign(g="g9")])
    result = train(tmp_path, frame, split="group", group="g")
    part_of = {row: part for part in ("train", "valid", "test") for row in getattr(result.split, part)}
    assert part_of[0] == part_of[9 * 6]  # compound 0 stands in g0 and g9


def test_a_split_column_that_parts_twins_is_told(tmp_path: Path) -> None:
    twins = pd.DataFrame(
        {"smiles": ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"], "logS": [0.1, 0.2], "part": ["train", "test"]}
    )
    parts = ["test" if i % 5 == 0 else "train" for i in range(len(FRAME))]
    result = train(tmp_path, pd.concat([FRAME.assign(part=parts), twins]), split_column="part")
    assert any("of the same parent structure or tautomer" in note for note in result.notes)
    assert "stay on one side" not in result.card


def test_baselines_do_not_read_censored_values_as_equal(tmp_path: Path) -> None:
    cells = [f">{value}" if i % 3 == 0 else str(value) for i, value in enumerate(FRAME.logS)]
    result = train(tmp_path, FRAME.assign(logS=cells))
    exact = np.array([i % 3 != 0 for i in range(len(FRAME))])
    rows = [row for row in (*result.split.train, *result.split.valid) if exact[row]]
    truth = result.test[0][:, 0]
    expected = np.sqrt(np.nanmean((truth - FRAME.logS.to_numpy()[rows].mean()) ** 2))
    score = next(s for s in result.scores if (s.method, s.metric) == ("training mean", "RMSE"))
    assert score.value == pytest.approx(expected, abs=1e-9)


def test_a_users_molblock_column_is_a_column(model: molkit.Model, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("smiles,molblock\nCCO,keep me\n")
    score_table(model.path, table, tmp_path / "out.csv", workers=1)
    assert read_table(open_table(tmp_path / "out.csv")).columns["molblock"] == ["keep me"]
    score_table(model.path, table, tmp_path / "out.sdf", workers=1)
    back = read_table(open_table(tmp_path / "out.sdf"))
    assert back.columns["molblock"][0].rstrip().endswith("M  END")


def test_targets_named_like_output_columns_can_be_predicted(tmp_path: Path) -> None:
    frame = FRAME.rename(columns={"logS": "id"}).assign(similarity=FRAME.logS)
    path = train(tmp_path, frame, targets=("id", "similarity"), id="name").path
    table = tmp_path / "one.csv"
    table.write_text("smiles\nCCO\n")
    score_table(path, table, tmp_path / "out.csv", workers=1)
    columns = read_table(open_table(tmp_path / "out.csv")).columns
    assert {"nearest_train_id", "nearest_train_id_measured", "nearest_train_similarity_measured"} <= set(columns)


def test_scores_of_a_log_model_say_so_and_values_return_exactly(tmp_path: Path) -> None:
    frame = FRAME.assign(logS=np.arange(1, len(FRAME) + 1))
    result = train(tmp_path, frame, log=True, unit="nM")
    assert {score.unit for score in result.scores} == {"log10 nM"}
    values = molkit.load(result.path).bundle.arrays("training.safetensors")["values"][:, 0]
    assert (values == np.round(values)).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"logS": [1e300, *FRAME.logS[1:]]}, "a value is beyond"),
        ({"w": 0.0}, "weight 0"),
    ],
)
def test_what_cannot_be_learned_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        train(tmp_path, FRAME.assign(**change), **({"weight": "w"} if "w" in change else {}))
