"""Progress on standard error: silence for short work, time left for longer."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from trained import COMMAND, solubility, tree_model, write_csv

from molkit.report import progress
from molkit.report.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_short_work_is_silent_and_long_work_tells_the_time_left(stream: type[io.StringIO], clock: list[float]) -> None:
    out = stream()
    line = ProgressLine(out)
    for done in range(11):
        clock[0] = 100.0 + 0.19 * done
        line("rows", done, 10, {})
    assert out.getvalue() == ""
    for done in range(10):
        clock[0] = 200.0 + 3.0 * done
        line("fitting", done, 20, {"loss": 0.5})
    line.close()
    shown = out.getvalue()
    assert "fitting: 9 of 20 (0.333/s), 33 s left  loss 0.5" in shown
    assert shown.endswith("\n")
    assert ("\r" in shown) == (stream is Terminal)


def test_an_unknown_total_gives_a_rate(clock: list[float]) -> None:
    out = io.StringIO()
    line = ProgressLine(out)
    line("rows", 0, 0, {})
    clock[0] += 10
    line("rows", 5000, 0, {})
    assert out.getvalue() == "rows: 5,000 (500/s)\n"


SOON = "import molkit.report.progress as p; p._QUIET_SECONDS = 0.05; from molkit.cli import main; main()"


def test_a_long_command_shows_it_and_the_result_has_its_own_line(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "in.csv", [{"smiles": row["smiles"]} for row in solubility(1)])
    arguments = ["predict", str(tree_model()), str(table), "-o", str(tmp_path / "out.csv"), "--workers", "1"]
    command = [sys.executable, "-c", SOON, *arguments]
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    try:
        while block := os.read(leader, 4096):
            shown += block
    except OSError:  # the other end has closed
        pass
    os.close(leader)
    assert process.wait() == 0
    lines = shown.decode().splitlines()
    assert any(line.lstrip("\r").startswith("rows: ") for line in lines)
    assert any(line.startswith("1,282 rows (") for line in lines)


def test_quiet_is_quiet(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "in.csv", [{"smiles": "CCO"}])
    command = [*COMMAND, "predict", str(tree_model()), str(table), "-o", str(tmp_path / "out.csv"), "--quiet"]
    ran = subprocess.run(command, capture_output=True, check=True)
    assert (ran.stdout, ran.stderr) == (b"", b"")
