"""Killed at any moment, a command leaves no damaged file under a final name and no process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from trained import COMMAND, run, solubility, tree_model, write_csv

KILLS = 10  # per command


def processes_with(text: str) -> list[int]:
    """Living processes that have a text in their command line or environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            said = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if text.encode() in said and not ended:
            found.append(int(folder.name))
    return found


def none_left(mark: str, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while processes_with(mark) and time.monotonic() < end:
        time.sleep(0.1)
    return not processes_with(mark)


def start(arguments: list[object], mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MOLKIT_TEST_MARK": mark},
        start_new_session=True,
    )


def kill_at_random(arguments: list[object], mark: str, longest: float, seed: int) -> bool:
    """Start a command and kill it, alone or with its workers, at a random moment; whether it ended before that."""
    process = start(arguments, mark)
    try:
        process.wait(random.Random(seed).uniform(0.0, longest))
        ended = True
    except subprocess.TimeoutExpired:
        ended = False
        (os.killpg if seed % 2 else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    return ended


def only_temporary_leftovers(folder: Path, known: set[str]) -> bool:
    return all(path.name in known or path.name.startswith(".molkit-") for path in folder.iterdir())


def test_predict_killed_at_any_moment(tmp_path: Path) -> None:
    """Alone or with its workers, in turn with and without an older file under the final name."""
    table = write_csv(tmp_path / "in.csv", [{"smiles": row["smiles"]} for row in solubility(5)])
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    command = ["predict", tree_model(), table, "--quiet", "--workers", 2, "--overwrite", "-o"]
    started = time.monotonic()
    assert start([*command, whole], "whole").wait() == 0
    longest = 1.1 * (time.monotonic() - started)
    complete = whole.read_bytes()
    ended = 0
    for seed in range(KILLS):
        if older := seed % 4 < 2:
            out.write_bytes(b"precious")
        else:
            out.unlink(missing_ok=True)
        ended += kill_at_random([*command, out], str(tmp_path), longest, seed)
        assert out.exists() or not older
        assert not out.exists() or out.read_bytes() in ((b"precious", complete) if older else (complete,))
    assert ended < KILLS
    assert none_left(str(tmp_path))
    assert only_temporary_leftovers(tmp_path, {"in.csv", "out.csv", "whole.csv", "out.csv.unfinished"})
    assert run(*command, out).code == 0  # leftovers are in nobody's way
    assert out.read_bytes() == complete
    assert not out.with_name("out.csv.unfinished").exists()


@pytest.mark.parametrize("older", [True, False], ids=["older model", "no model"])
def test_train_killed_at_any_moment(tmp_path: Path, older: bool) -> None:
    """Two commands at a time, each in a folder of its own."""
    before = tree_model().read_bytes()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda lane: _kill_training(tmp_path / f"{lane}", before if older else None, lane), (0, 1)))
    assert none_left(str(tmp_path))


def _kill_training(folder: Path, before: bytes | None, lane: int) -> None:
    folder.mkdir()
    table, model = write_csv(folder / "t.csv", list(solubility(18))), folder / "m.molkit"
    command = [
        "train",
        table,
        "-t",
        "logS",
        "--learner",
        "boosting",
        "--fold-models",
        2,
        "--quiet",
        "--no-plot",
        "--overwrite",
        "-o",
        model,
    ]
    started = time.monotonic()
    assert start(command, "whole").wait() == 0
    longest = 1.1 * (time.monotonic() - started)
    complete = model.read_bytes()
    for seed in range(KILLS // 4 + 1):
        if before is None:
            model.unlink(missing_ok=True)
        else:
            model.write_bytes(before)
        kill_at_random(command, str(folder.parent), longest, 100 * lane + seed)
        assert model.exists() or before is None
        assert not model.exists() or model.read_bytes() in (before, complete)
        page = model.with_suffix(".html")
        assert not page.exists() or page.read_text(encoding="utf-8").endswith("</html>\n")
    assert only_temporary_leftovers(folder, {"t.csv", "m.molkit", "m.html"})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_predict_says_so_and_can_be_continued(tmp_path: Path, number: signal.Signals) -> None:
    rows = [{"smiles": row["smiles"]} for row in solubility(1)] * 20
    table, out = write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv"
    mark = f"interrupt-{os.getpid()}-{number}"
    process = subprocess.Popen(
        [*COMMAND, "predict", str(tree_model()), str(table), "-o", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MOLKIT_TEST_MARK": mark},
    )
    unfinished = out.with_name("out.csv.unfinished")
    while not unfinished.exists() or unfinished.read_bytes().count(b"\n") < 3:  # at work
        time.sleep(0.02)
    process.send_signal(number)
    out_text, err_text = process.communicate(timeout=20)
    assert not out.exists()
    assert none_left(mark)
    assert "Traceback" not in out_text + err_text
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted" in err_text
        assert not list(tmp_path.glob(".molkit-*"))
    again = run("predict", tree_model(), table, "-o", out)
    assert (again.code, "Went on after" in again.err) == (0, True)
    assert out.read_text(encoding="utf-8").count("\n") == len(rows) + 1
