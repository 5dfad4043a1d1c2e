"""The TDC command on two tiny sets: what is written, what it equals, and going on after a stop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from trained import read_csv, run, write_csv

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.pipeline import submission as module
from molkit.pipeline.submission import choose_sets, official_metrics, submission

CONFIG = RunConfig(learners=("boosting",), fold_models=2, workers=1)
METRICS = {"half_life_obach": "Spearman", "hia_hou": "ROC-AUC"}
BAD = "C1CC"  # a ring that is not closed


def molecules(start: int, stop: int) -> list[str]:
    ends = ("O", "N", "C(=O)O", "c1ccccc1", "C#N")
    return [f"{'C' * (1 + n // 5)}{ends[n % 5]}" for n in range(start, stop)]


def values(smiles: Sequence[str], name: str) -> list[float]:
    if name == "hia_hou":
        return [float("O" in text) for text in smiles]
    return [len(text) + ("N" in text) / 2 for text in smiles]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of TDC's sets by name, with made-up molecules; one test molecule cannot be read."""
    made = tmp_path_factory.mktemp("tdc")
    for name in METRICS:
        for part, smiles in (("train_val", molecules(0, 50)), ("test", [*molecules(50, 65), BAD])):
            rows: list[dict[str, Any]] = [
                {"Drug_ID": f"{part}{n}", "Drug": text, "Y": y}
                for n, (text, y) in enumerate(zip(smiles, values(smiles, name), strict=True))
            ]
            (made / name).mkdir(exist_ok=True)
            write_csv(made / name / f"{part}.csv", rows)
    (made / "ames").mkdir()
    write_csv(made / "ames" / "train_val.csv", [{"Drug": "C", "Y": 1}])  # without test.csv, as ten sets here
    return made


@pytest.fixture(scope="module")
def done(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[float]]]:
    out = tmp_path_factory.mktemp("out")
    return out, submission(folder, out, METRICS, CONFIG, seeds=(1, 2))


def rescored(out: Path, name: str, seed: int, train_mean: float) -> float:
    """The score by other libraries from the predictions that were written."""
    rows = read_csv(out / "predictions" / f"{name}-{seed}.csv")
    assert [row["Drug"] for row in rows] == [*molecules(50, 65), BAD]
    assert (rows[-1]["status"], rows[-1]["Y_pred"]) == ("invalid_syntax", "")
    p = [float(row["Y_pred"] or train_mean) for row in rows]
    y = [float(row["Y"]) for row in rows]
    return float(spearmanr(y, p).statistic if METRICS[name] == "Spearman" else roc_auc_score(y, p))


def test_scores_are_those_of_the_written_predictions(done: tuple[Path, dict[str, list[float]]]) -> None:
    out, result = done
    per_seed = json.loads((out / "per_seed.json").read_text())
    assert list(result) == list(per_seed) == list(METRICS)
    for name in METRICS:
        mean = float(np.mean(values(molecules(0, 50), name)))
        expected = [rescored(out, name, seed, mean) for seed in (1, 2)]
        assert list(per_seed[name]["values"]) == ["1", "2"]
        np.testing.assert_allclose(list(per_seed[name]["values"].values()), expected, atol=1e-9)
        np.testing.assert_allclose(result[name], [np.mean(expected), np.std(expected)], atol=6e-4)
        assert (per_seed[name]["n"], per_seed[name]["failed"]) == (16, {"1": 1, "2": 1})
        assert per_seed[name]["metric"] == METRICS[name]


def test_the_file_is_the_answer(done: tuple[Path, dict[str, list[float]]]) -> None:
    out, result = done
    assert json.loads((out / "submission.json").read_text()) == result


def test_a_second_call_trains_nothing(folder: Path, done: tuple[Path, dict[str, list[float]]]) -> None:
    out, result = done
    with patch.object(module, "train_bundle", side_effect=AssertionError("trained again")):
        assert submission(folder, out, METRICS, CONFIG, seeds=(1, 2)) == result


def test_a_stopped_call_goes_on(folder: Path, tmp_path: Path, done: tuple[Path, dict[str, list[float]]]) -> None:
    train, calls = module.train_bundle, []

    def stop(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(*arguments, **options)

    with patch.object(module, "train_bundle", stop), pytest.raises(KeyboardInterrupt):
        submission(folder, tmp_path, METRICS, CONFIG, seeds=(1, 2))
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "submission.json").exists()
    assert submission(folder, tmp_path, METRICS, CONFIG, seeds=(1, 2)) == done[1]


def test_other_options_do_not_mix(folder: Path, done: tuple[Path, dict[str, list[float]]]) -> None:
    before = (done[0] / "runs.jsonl").read_bytes()
    with pytest.raises(InputError, match="half_life_obach, seed 1, was run with other options"):
        submission(folder, done[0], METRICS, RunConfig(learners=("boosting",), fold_models=3), seeds=(1, 2))
    assert (done[0] / "runs.jsonl").read_bytes() == before


def test_a_damaged_record_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_text('{"set": "hia_hou"}\n')
    with pytest.raises(InputError, match=r"runs\.jsonl: expected one run a line"):
        submission(folder, tmp_path, METRICS, CONFIG)


@pytest.mark.parametrize("seeds", [(), (1, 1)])
def test_seeds_differ(seeds: Sequence[int], folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected different numbers"):
        submission(folder, tmp_path, METRICS, CONFIG, seeds=seeds)


def test_the_official_metrics() -> None:
    metrics = official_metrics()
    assert len(metrics) == 22
    regressions = {name for name, metric in metrics.items() if metric in ("MAE", "Spearman")}
    assert len(regressions) == 9
    assert {name: metrics[name] for name in METRICS} == METRICS
    assert [name for name, metric in metrics.items() if metric == "PR-AUC"] == [
        "cyp2c9_substrate_carbonmangels", "cyp2c9_veith", "cyp2d6_substrate_carbonmangels", "cyp2d6_veith",
        "cyp3a4_veith",
    ]  # fmt: skip


def test_sets_are_those_with_a_test_part(folder: Path, tmp_path: Path) -> None:
    assert choose_sets(folder, None, official_metrics()) == list(METRICS)
    with pytest.raises(InputError, match=r"ames: expected train_val\.csv and test\.csv"):
        choose_sets(folder, ["ames"], official_metrics())
    with pytest.raises(InputError, match="no benchmark set 'amess'"):
        choose_sets(folder, ["amess"], official_metrics())
    with pytest.raises(InputError, match="expected folders such as"):
        choose_sets(tmp_path, None, official_metrics())


def test_the_command(folder: Path, done: tuple[Path, dict[str, list[float]]], tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text("fold_models = 2\n")
    options = ("--sets", "hia_hou", "--seeds", "1,2", "--learner", "boosting", "--config", config, "--workers", 1)
    ran = run("tdc", folder, "-o", done[0], *options, "--json")
    assert (ran.code, json.loads(ran.out)) == (0, {"hia_hou": done[1]["hia_hou"]})
    ran = run("tdc", folder, "-o", done[0], *options)
    mean, spread = done[1]["hia_hou"]
    assert f"{mean:.3f} ± {spread:.3f}" in ran.out
    ran = run("tdc", folder, "-o", tmp_path / "out", "--seeds", "one")
    assert (ran.code, ran.clean) == (2, True)
    assert "--seeds: expected numbers" in ran.err
