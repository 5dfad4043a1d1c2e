"""Cells of pairs are read once, and what is wrong with one costs the rows that have it, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from molkit.engine.jobs import Cells
from molkit.engine.workers import Job, WorkerPool

HERE = Path(__file__).resolve().parent
LENGTHS = Job("poisoned_pairs:setup", (), "poisoned_pairs:lengths")


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE.parents[1]}")


@pytest.mark.parametrize("poison", ["crash", "crash later"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_cell_costs_its_own_rows_and_one_worker(poison: str, place: int) -> None:
    good, others = ["w", "xy", "", poison], ["p" * n for n in range(1, 9)]
    rows = [(one, other) if place == 0 else (other, one) for other in others for one in good]
    chunks = [Cells(rows[start : start + 8], start + 1) for start in range(0, len(rows), 8)]
    with WorkerPool(LENGTHS, 1, seconds=20) as pool:
        results = list(pool.map(chunks))
    found = [cell for result in results for cell in result[:-1]]
    for (a, b), cell in zip(rows, found, strict=True):
        name, bad = "ab"[place], (a, b)[place]
        if bad == poison:
            assert cell.startswith(f"{name}: ")
            assert "crashed" in cell
        else:
            assert cell == (f"{name}: nothing there." if not bad else [len(a), len(b)])
    assert len({result[-1] for result in results}) == 1  # the first one died in the first chunk, which was done again


def test_what_is_kept_is_what_was_read() -> None:
    rows = [(a, b) for a in ("w", "", "xy") for b in ("p", "pq", "pqr", "")]
    with WorkerPool(LENGTHS, 1) as pool:
        whole, *parts = pool.map([Cells(rows), *(Cells(rows[start : start + 3]) for start in range(0, 12, 3))])
    assert [cell for part in parts for cell in part[:-1]] == whole[:-1]
