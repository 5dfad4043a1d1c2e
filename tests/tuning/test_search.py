"""Searches on a small table: repeated, killed, resumed, and blind to the test part."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import COMMAND, ended, folder, solubility, write_csv

from molkit.config import RunConfig
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.errors import InputError, OutputError
from molkit.features.inputs import molecules
from molkit.learners.trees import TreeLearner
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.material import prepare
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, development_rows, fit_on
from molkit.tuning.search import Limits, search_options
from molkit.tuning.study import Trial, held
from molkit.tuning.trials import Search, out_of_fold_score
from molkit.tuning.tune import identity_of, new_search
from molkit.types import Split

FEW = {"boosting": {"trees": 12}, "forest": {"trees": 5}}
TRIALS = 14
CONFIG = RunConfig(targets=("logS",), learners=("boosting", "forest"), fold_models=3, options=FEW, workers=1)


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder in memory where there is one: SQLite waits for the disk some fifteen times in a trial."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as path:
        yield path


def table(name: str = "tune.csv", change: float = 0.0, rows: tuple[int, ...] = ()) -> Path:
    """86 molecules, `change` added to the values of some rows."""
    found = solubility(15)
    for row in rows:
        found[row]["logS"] = str(float(found[row]["logS"]) + change)
    return write_csv(folder() / name, found)


def prepared(path: Path, config: RunConfig = CONFIG) -> tuple[Material, Split]:
    source = open_table(path)
    table, inputs = read_table(source), molecules(source.smiles or "")
    cells = {inputs[0].name: table.columns[inputs[0].source]}
    material, _, split, _ = prepare(table, inputs, cells, config, quiet, [])
    return material, split


@pytest.fixture(scope="module")
def usual() -> tuple[Material, Split]:
    return prepared(table())


def made(usual: tuple[Material, Split], path: Path, trials: int, workers: int = 1, **changes: Any) -> list[Trial]:
    search = replace(new_search(*usual, path), **changes)
    found, _ = search_options(search, identity_of(*usual, search), Limits(trials), workers, quiet)
    return [replace(trial, seconds=0.0) for trial in found]


@pytest.fixture(scope="module")
def uninterrupted(usual: tuple[Material, Split]) -> list[Trial]:
    with in_memory() as path:
        return made(usual, path / "a.study.db", TRIALS)


def test_the_same_search_makes_the_same_trials(
    usual: tuple[Material, Split], uninterrupted: list[Trial], tmp_path: Path
) -> None:
    assert made(usual, tmp_path / "a.study.db", TRIALS) == uninterrupted
    assert [trial.place for trial in uninterrupted] == [*range(TRIALS // 2), *range(TRIALS // 2)]
    assert len({json.dumps(trial.options) for trial in uninterrupted}) == TRIALS
    other = made(usual, tmp_path / "b.study.db", 6, seed=1)
    assert [t.options for t in other if t.place] != [t.options for t in uninterrupted if 0 < t.place < 3]


def test_a_search_in_parts_is_the_search(
    usual: tuple[Material, Split], uninterrupted: list[Trial], tmp_path: Path
) -> None:
    for trials in (1, 2, 7, TRIALS):
        found = made(usual, tmp_path / "a.study.db", trials)
        assert len(found) == trials
    assert found == uninterrupted
    assert made(usual, tmp_path / "a.study.db", 3) == uninterrupted  # nothing is left to do


def test_the_first_trial_is_what_a_run_without_a_search_fits(
    usual: tuple[Material, Split], uninterrupted: list[Trial]
) -> None:
    material, split = usual
    rows = development_rows(split)
    fitted: Fitted = fit_on(material, rows, CONFIG.seed, quiet)
    truth = material.dataset.measurements.values[rows, 0]
    for learner, said in zip(fitted.ensemble.names, fitted.each, strict=True):
        first = next(trial for trial in uninterrupted if (trial.learner, trial.place) == (learner, 0))
        assert first.value == pytest.approx(np.sqrt(np.mean((said[rows, 0] - truth) ** 2)))
        assert "trees" not in first.options  # told by the configuration


def test_trials_behind_the_others_end_early(uninterrupted: list[Trial]) -> None:
    states = [trial.state for trial in uninterrupted]
    assert set(states) == {"complete", "pruned"}
    assert all(trial.folds == 3 for trial in uninterrupted if trial.state == "complete")
    assert all(0 < trial.folds < 3 for trial in uninterrupted if trial.state == "pruned")
    for learner in ("boosting", "forest"):
        own = [trial for trial in uninterrupted if trial.learner == learner]
        assert all(trial.state == "complete" for trial in own[:4])  # there was nothing to be behind


def test_the_search_sees_nothing_of_the_test_part(
    usual: tuple[Material, Split], uninterrupted: list[Trial], tmp_path: Path
) -> None:
    material, split = usual
    tested = tuple(row - 1 for compound in split.test for row in material.dataset.rows[compound])
    changed = prepared(table("changed.csv", 50.0, tested))
    assert not np.array_equal(changed[0].dataset.measurements.values, material.dataset.measurements.values)
    assert changed[1].test == split.test
    assert made(changed, tmp_path / "a.study.db", TRIALS) == uninterrupted
    learned = next(row for row in range(80) if row not in tested)
    other = prepared(table("other.csv", 50.0, (learned,)))
    assert made(other, tmp_path / "b.study.db", 2) != [uninterrupted[0], uninterrupted[TRIALS // 2]]


def test_killed_in_the_middle_it_goes_on(
    usual: tuple[Material, Split], uninterrupted: list[Trial], tmp_path: Path
) -> None:
    settings = [f"fold_models = 3\nworkers = 1\ntargets = {json.dumps(CONFIG.targets)}"]
    settings += [f"[options.{name}]\ntrees = {own['trees']}" for name, own in FEW.items()]
    (tmp_path / "run.toml").write_text("\n".join(settings) + "\n")
    study = tmp_path / "m.study.db"
    command = [*COMMAND, "tune", table(), "-o", tmp_path / "m.molkit", "--config", tmp_path / "run.toml", "--learner",
               "boosting", "--learner", "forest", "--trials", str(TRIALS)]  # fmt: skip
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while ended(study) < 5 and process.poll() is None:
            time.sleep(0.005)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert 5 <= ended(study) < TRIALS
    assert not (tmp_path / "m.molkit").exists()
    assert made(usual, study, TRIALS) == uninterrupted


def test_several_workers_make_as_many_trials(usual: tuple[Material, Split], tmp_path: Path) -> None:
    found = made(usual, tmp_path / "a.study.db", 5, workers=2)
    assert [(trial.learner, trial.place) for trial in found] == [
        *(("boosting", place) for place in range(3)),
        *(("forest", place) for place in range(2)),
    ]
    assert all(trial.state in ("complete", "pruned") for trial in found)


def test_the_time_of_all_calls_is_counted(usual: tuple[Material, Split], tmp_path: Path) -> None:
    search = new_search(*usual, tmp_path / "a.study.db")
    identity = identity_of(*usual, search)
    first, spent = search_options(search, identity, Limits(seconds=1.5), 1, quiet)
    assert first
    assert 1.4 <= spent < 10  # the clock of the trials starts a little later
    began = time.monotonic()
    again, in_all = search_options(search, identity, Limits(seconds=1.5), 1, quiet)
    assert again == first  # a trial that was cut short does not count
    assert spent <= in_all < spent + time.monotonic() - began + 0.1
    assert len(search_options(search, identity, Limits(len(first) + 1, 60.0), 1, quiet)[0]) == len(first) + 1


def test_a_fit_that_fails_is_a_failed_trial(
    usual: tuple[Material, Split], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = TreeLearner.fit

    def fails(self: Any, *arguments: Any) -> None:
        if self.kind == "forest":
            raise FloatingPointError("the loss became nan")
        fit(self, *arguments)

    monkeypatch.setattr(TreeLearner, "fit", fails)
    found = made(usual, tmp_path / "a.study.db", 4)
    assert [trial.state for trial in found] == ["complete", "complete", "failed", "failed"]
    assert "the loss became nan" in found[2].reason
    assert found[2].value is None


@pytest.mark.parametrize(
    ("config", "differs"),
    [
        (replace(CONFIG, seed=4), "split"),
        (replace(CONFIG, metric="MAE"), "metric"),
        (replace(CONFIG, learners=("boosting",)), "learners"),
        (replace(CONFIG, threshold="F1"), "metric"),
        (replace(CONFIG, augment=("mixup",)), "augmentation"),
        (replace(CONFIG, options={**FEW, "boosting": {"trees": 12, "leaves": 7}}), "options"),
    ],
)
def test_another_search_is_not_gone_on_with(
    config: RunConfig, differs: str, usual: tuple[Material, Split], tmp_path: Path
) -> None:
    path, (material, split) = tmp_path / "a.study.db", usual
    made(usual, path, 1)
    augment = tuple(name for name in config.augment if name != "none")
    plan = replace(material.plan, folds=dict.fromkeys(config.learners, 3), options=config.options, augment=augment)
    with pytest.raises(InputError, match=f"holds a search with other .*{differs}.*delete the file"):
        made((replace(material, config=config, plan=plan), split), path, 2)
    assert len(made(usual, path, 2)) == 2  # it is as it was


def test_other_values_are_another_search(usual: tuple[Material, Split], tmp_path: Path) -> None:
    learned = usual[0].dataset.rows[usual[1].train[0]][0] - 1
    made(usual, tmp_path / "a.study.db", 1)
    with pytest.raises(InputError, match="other compounds or values"):
        made(prepared(table("values.csv", 0.5, (learned,))), tmp_path / "a.study.db", 2)


def test_a_file_that_is_no_search_is_left_alone(usual: tuple[Material, Split], tmp_path: Path) -> None:
    path = tmp_path / "a.study.db"
    path.write_text("precious")
    with pytest.raises(InputError, match="is in the way"):
        made(usual, path, 1)
    assert path.read_text() == "precious"
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table precious (x)")
        database.commit()
    before = path.read_bytes()
    with pytest.raises(InputError, match="is in the way"):
        made(usual, path, 1)
    assert path.read_bytes() == before
    with pytest.raises(OutputError, match="the folder does not exist"):
        made(usual, tmp_path / "none" / "a.study.db", 1)


def test_two_commands_do_not_share_a_file(usual: tuple[Material, Split], tmp_path: Path) -> None:
    path = tmp_path / "a.study.db"
    with held(path), pytest.raises(OutputError, match="another process is writing"):
        made(usual, path, 1)


def test_the_score_of_the_folds_so_far_is_told(usual: tuple[Material, Split], tmp_path: Path) -> None:
    """Once for each fold but the last."""
    search: Search = new_search(*usual, tmp_path / "a.study.db")
    told: list[tuple[int, float]] = []
    value = out_of_fold_score(search, "forest", {}, lambda fold, score: told.append((fold, score)), lambda *_: None)
    assert [fold for fold, _ in told] == [0, 1]
    assert np.isfinite(value)
    assert value not in [score for _, score in told]
