"""What is planted to leak from one endpoint, or from the labels of the test part, is not learned."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch
from loaded import load

import molkit
from molkit.config import RunConfig
from molkit.data.batching import take
from molkit.data.cards import shipped_path
from molkit.data.table import frame_to_table
from molkit.evaluation.ranking import roc_auc
from molkit.features.inputs import molecules
from molkit.learners import new_learner
from molkit.pipeline import join
from molkit.pipeline.material import prepare
from molkit.pipeline.progress import quiet

TAILS = ("CCC", "C(=O)N(C)C", "c1ccccc1", "c1ccncc1", "C1CCCC1", "CCOC", "c1ccsc1", "CC#N", "C(F)(F)F", "CCCl")
HEADS = ("O", "N", "F", "OC", "NC(C)=O", "C#N", "Cl", "SC", "S(C)(=O)=O", "Br")
TESTED, TRAINED = 24, 70  # compounds
SHUFFLES = 20


def chance_error(n: list[int], positives: list[int]) -> float:
    """The standard error of a mean of ROC-AUCs of ranks without meaning (Mann & Whitney, Ann. Math. Stat. 1947, 18:50).

    `n` are the rows of each, `positives` those of the positive class.
    """
    rows, ones = np.array(n), np.array(positives)
    return float(np.sqrt(np.sum((rows + 1) / (12 * ones * (rows - ones)))) / len(rows))


def enantiomers(seed: int) -> list[tuple[str, str]]:
    """94 compounds in some order, each with its mirror image."""
    pairs = np.random.default_rng(seed).permutation(list(product(HEADS, TAILS)))[: TESTED + TRAINED].tolist()
    return [(f"C[C@H]({head}){tail}", f"C[C@@H]({head}){tail}") for head, tail in pairs]


def write_endpoints(folder: Path, seed: int) -> None:
    """Random labels: test.csv of 24 compounds for endpoint a, a.csv of the others, b.csv the same of all mirror images.

    The mirror images of the test compounds in b.csv would give away their labels.
    """
    pairs, rng = enantiomers(seed), np.random.default_rng(seed)
    labels = [*rng.permutation(np.arange(TESTED) % 2), *rng.permutation(np.arange(TRAINED) % 2)]
    own, mirrored = ([(pair[side], y) for pair, y in zip(pairs, labels, strict=True)] for side in (0, 1))
    for name, rows in (("test", own[:TESTED]), ("a", own[TESTED:]), ("b", mirrored)):
        pd.DataFrame(rows, columns=["smiles", "y"]).to_csv(folder / f"{name}.csv", index=False)


def score_of_a(folder: Path) -> float:
    """The ROC-AUC of the test compounds, of a network that learned both endpoints from the joint table."""
    joint = molkit.join([folder / "a.csv", folder / "b.csv"], "y", apart=[folder / "test.csv"], workers=1)
    both = pd.concat([joint, pd.read_csv(folder / "test.csv").rename(columns={"y": "a"})])
    config = RunConfig(targets=("a", "b"), split="random", learners=("dmpnn",), workers=1)
    table, inputs = frame_to_table(both), molecules("smiles")
    data = prepare(table, inputs, {inputs[0].name: table.columns["smiles"]}, config, quiet, [])[0].dataset
    train = np.array([rows[0] <= len(joint) for rows in data.rows])
    network = new_learner("dmpnn", ("binary", "binary"), epochs=60, width=64, changes={"learning_rate": 0.005})
    network.fit(data.columns, data.measurements, np.flatnonzero(train), np.empty(0, np.int64), 0)
    said = network.predict(take(data.columns, np.flatnonzero(~train)))
    return float(roc_auc(data.measurements.values[~train, 0], said[:, 0]))


def test_a_copy_of_the_label_in_another_endpoint_is_not_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    found: dict[str, list[float]] = {"apart": [], "leaking": []}
    for seed in (0, 1):
        write_endpoints(tmp_path, seed)
        found["apart"].append(score_of_a(tmp_path))
        with monkeypatch.context() as broken:
            broken.setattr(join, "leak_groups", lambda keys: np.arange(len(keys)))
            found["leaking"].append(score_of_a(tmp_path))
    error = chance_error([TESTED] * 2, [TESTED // 2] * 2)
    assert abs(np.mean(found["apart"]) - 0.5) < 2 * error
    assert np.mean(found["leaking"]) - 0.5 > 3 * error


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("split", ["random", "scaffold"])
def test_a_compound_is_on_one_side_for_all_endpoints(tmp_path: Path, split: str) -> None:
    for name, structures in zip("ab", zip(*enantiomers(0)[:20], strict=True), strict=True):
        table = pd.DataFrame({"smiles": structures, "y": np.linspace(0, 1, 20)})
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    frame = molkit.join([tmp_path / "a.csv", tmp_path / "b.csv"], "y", workers=1)
    chosen = {"split": split, "learners": ["linear"], "fold_models": 2, "workers": 1}
    model = molkit.train(frame, ["a", "b"], tmp_path / "m.molkit", fractions=[0.6, 0.0, 0.4], **chosen)
    stored = model.bundle.model["split"]
    side = {row: part for part in ("train", "valid", "test") for row in stored[part]}
    assert sorted(side) == list(range(40))
    assert stored["test"]
    assert [side[row] for row in range(20)] == [side[row] for row in range(20, 40)]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load("scripts/bench_honesty.py")


def test_nothing_is_learned_from_shuffled_labels(script: ModuleType, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    pd.read_csv(shipped_path("solubility")).head(120).to_csv(table, index=False)
    same = {"smiles": None, "target": "logS", "imbalance": None, "config": None, "workers": 1}
    material = script.read_set(argparse.Namespace(table=table, learners="boosting", **same), "random")
    runs = [script.score_of(script.shuffled(material, seed), seed) for seed in range(SHUFFLES)]
    error = chance_error([run["n"] for run in runs], [run["positives"] for run in runs])
    assert abs(np.mean([run["roc_auc"] for run in runs]) - 0.5) < 3 * error
    assert script.score_of(material, 0)["roc_auc"] > 0.7
