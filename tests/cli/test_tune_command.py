"""`molkit tune` from the command line to files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from trained import COMMAND, ended, run, solubility, write_csv

SETTINGS = 'targets = "logS"\nlearners = "boosting"\nfold_models = 2\nworkers = 1\n[options.boosting]\ntrees = 3\n'


@pytest.fixture
def command(tmp_path: Path) -> list[object]:
    (tmp_path / "run.toml").write_text(SETTINGS)
    table = write_csv(tmp_path / "t.csv", solubility(15))
    return ["tune", table, "--config", tmp_path / "run.toml", "-o", tmp_path / "m.molkit"]


def test_a_search_ends_in_a_model_that_predicts_and_a_picture(command: list[object], tmp_path: Path) -> None:
    ran = run(*command, "--trials", 3, "--no-html")
    assert (ran.code, ran.clean) == (0, True)
    assert "3 trials; kept in" in ran.out
    assert "Tuning boosting: " in ran.err
    files = {path.name for path in tmp_path.iterdir()}
    assert files >= {"m.molkit", "m.study.db", "m-tuning.png", "m-tuning.svg", "m-parity.png"}
    assert run("predict", tmp_path / "m.molkit", "CCO", "--workers", 1).code == 0
    again = run(*command, "--trials", 3)
    assert (again.code, again.clean) == (2, True)
    assert "exists; add --overwrite" in again.err
    more = run(*command, "--trials", 4, "--overwrite", "--json", "--no-plot", "--no-html")
    assert (more.code, more.err) == (0, "")
    found = json.loads(more.out)
    assert [trial["place"] for trial in found["tuning"]["trials"]] == [0, 1, 2, 3]
    assert (found["tuning"]["metric"], found["tuning"]["higher_is_better"]) == ("RMSE", False)
    assert found["model"] == str(tmp_path / "m.molkit")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "tune needs an end: --budget 20m, --trials 50, or both"),
        (["--budget", "soon"], "--budget: expected a time above 0 such as 90s, 20m or 2h"),
        (["--trials", 0], "--trials should be at least 1, got 0"),
        (["--trials", 3, "--learner", "bosting"], "there is no learner 'bosting'"),
        (["--trials", 3, "--metric", "ROC-AUC"], "--metric ROC-AUC: no score of regression targets"),
    ],
)
def test_what_cannot_be_searched_is_said_in_a_line(
    options: list[object], said: str, command: list[object], tmp_path: Path
) -> None:
    ran = run(*command, *options)
    assert (ran.code, ran.clean, ran.out) == (2, True, "")
    assert said in ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "run.toml"}


def test_interrupted_it_says_how_to_go_on(command: list[object], tmp_path: Path) -> None:
    words = [*COMMAND, *map(str, command), "--budget", "1h", "--quiet"]
    study = tmp_path / "m.study.db"
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not ended(study) and process.poll() is None:
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert "m.study.db; repeat the command to go on" in err
    assert "Traceback" not in err
    assert not (tmp_path / "m.molkit").exists()
