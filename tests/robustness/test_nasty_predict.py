"""Every line of the nasty corpus through predictions: as many rows out as in, each with a status."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path

import pytest
from loaded import load
from trained import read_csv, run, stacked_model, tree_model

import molkit
from molkit.types import STATUSES

LINES = load("tests/data/nasty_lines.py").load()
CELLS = [line.cell for line in LINES]
LIMIT = 3.0


def check(statuses: list[str], reasons: list[str | None], values: list[object]) -> None:
    assert len(statuses) == len(LINES)
    for place, line in enumerate(LINES):
        assert statuses[place] in STATUSES, line.id
        if statuses[place] == "ok":
            assert not reasons[place], line.id
            assert abs(float(str(values[place]))) < 1e3, line.id
        else:
            assert re.match(rf"Row {place + 1}(, character [0-9]+)?: .{{10,}}", str(reasons[place])), line.id
            assert values[place] in (None, ""), line.id


def test_the_corpus_through_python() -> None:
    model = molkit.load(stacked_model())
    model.predict("C")
    found = model.predict(CELLS)
    check(found["status"], found["reason"], found["logS_pred"])
    assert found["smiles"] == CELLS
    assert {"ok", "empty", "invalid_syntax", "invalid_chemistry", "too_large", "unsupported"} <= set(found["status"])
    model.close()


def test_no_line_takes_longer_than_the_limit_and_a_second() -> None:
    """Lines in chunks of one, through every output that a line can have."""
    from molkit.engine.jobs import Cells
    from molkit.pipeline.opened import open_models
    from molkit.pipeline.scoring import Scoring

    groups = ("pred", "nearest", "alerts", "status", "smiles", "inchikey", "molblock")
    with Scoring(open_models([tree_model()]), groups).pool(1) as pool:

        def seconds(cell: str) -> float:
            started = time.monotonic()
            (result,) = pool.map([Cells([cell])])
            assert result["status"][0] in STATUSES, cell
            return time.monotonic() - started

        seconds("C")  # the process has started
        for line in LINES:
            assert any(seconds(line.cell) < LIMIT + 1 for _ in range(3)), line.id  # a busy machine gets new tries


@pytest.mark.parametrize("workers", [1, 2])
def test_the_corpus_through_the_command_line(tmp_path: Path, workers: int) -> None:
    table, out = tmp_path / "nasty.csv", tmp_path / "scored.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "smiles"])
        writer.writerows([line.id, line.cell.replace("\0", "")] for line in LINES)
    ran = run("predict", tree_model(), table, "-o", out, "--workers", workers)
    assert (ran.code, ran.clean) == (0, True)
    rows = read_csv(out)
    assert [row["id"] for row in rows] == [line.id for line in LINES]
    check([row["status"] for row in rows], [row["reason"] for row in rows], [row["logS_pred"] for row in rows])


def test_one_nasty_line_at_a_time_on_the_command_line() -> None:
    """A sample given as an argument: exit 0 or 3 (or 2 where it reads as an option or a file), no traceback."""
    for line in LINES[::60]:
        if "\0" in line.cell or len(line.cell) > 100_000:
            continue
        ran = run("predict", tree_model(), "--", line.cell)
        assert ran.clean, line.id
        assert ran.code in (0, 2, 3), line.id
