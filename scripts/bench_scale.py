"""Large libraries: two workers against one, memory, kills, and a structure that crashes the chemistry library.

    python scripts/bench_scale.py CHECK LIBRARY MODEL WORK -o OUT.jsonl

CHECK is one of
    workers   wall seconds of `molkit predict` on 100,000 rows with one and with two workers, start-up subtracted
    memory    the largest resident memory of each process on 20,000 and on all rows
    kills     100,000 rows killed 100 times at random moments and continued, against an uninterrupted run
    poison    10,000 rows with and without a ring of 20,000 carbons, the limits raised so that it is read
A line is appended to OUT. Linux only, as memory is read from /proc.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=["workers", "memory", "kills", "poison"])
    parser.add_argument("library", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--columns", default="pred,status")
    given = parser.parse_args(argv)
    given.work.mkdir(parents=True, exist_ok=True)
    found = {"workers": workers, "memory": memory, "kills": kills, "poison": poison}[given.check](given)
    line = json.dumps({"check": given.check, "model": given.model.name, "columns": given.columns, **found})
    print(line)
    with given.out.open("a") as stream:
        print(line, file=stream)


def table_of(library: Path, path: Path, rows: int | None) -> Path:
    """The first rows of a library, or all, as a plain table."""
    from molkit.data.library import open_library

    source = open_library(library)
    texts = (text for piece in source.pieces() for text in piece.columns[source.smiles or ""])
    path.write_text("\n".join(["smiles", *islice(texts, rows)]) + "\n")
    return path


def command(given: argparse.Namespace, table: Path, out: Path, workers: int) -> list[str]:
    words = [sys.executable, "-m", "molkit", "predict", given.model, table, "-o", out, "--columns", given.columns]
    return [*map(str, words), "--workers", str(workers), "--quiet", "--overwrite"]


def watched(call: list[str]) -> tuple[float, dict[str, float]]:
    """Wall seconds, and the largest resident MB of the command's process and of any of its workers."""
    started, peaks = time.monotonic(), {"parent": 0.0, "worker": 0.0}
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        for kind, numbers in (("parent", [process.pid]), ("worker", children(process.pid))):
            peaks[kind] = max([peaks[kind], *map(resident, numbers)])
        time.sleep(0.1)
    if process.returncode:
        sys.exit(f"{' '.join(call)} ended with {process.returncode}")
    return time.monotonic() - started, {kind: round(peak, 1) for kind, peak in peaks.items()}


def children(number: int) -> list[int]:
    try:
        found = Path(f"/proc/{number}/task/{number}/children").read_text()
    except OSError:  # it has ended
        return []
    return [int(word) for word in found.split()]


def resident(number: int) -> float:
    """Resident MB of a process; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{number}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def workers(given: argparse.Namespace) -> dict[str, Any]:
    """Wall seconds on few and on many rows, in turn."""
    few, many = (table_of(given.library, given.work / f"{rows}.csv", rows) for rows in (2000, given.rows + 2000))
    seconds = {}
    for count in (1, 2):
        short, long = (watched(command(given, table, given.work / "out.csv", count))[0] for table in (few, many))
        seconds[count] = long - short
    return {"rows": given.rows, "one_s": round(seconds[1], 1), "two_s": round(seconds[2], 1),
            "times": round(seconds[1] / seconds[2], 3)}  # fmt: skip


def memory(given: argparse.Namespace) -> dict[str, Any]:
    """Peaks on 20,000 and on all rows, and the growth between."""
    few = table_of(given.library, given.work / "20000.csv", 20_000)
    every = table_of(given.library, given.work / "all.csv", None)
    rows = sum(1 for _ in every.open()) - 1
    _, small = watched(command(given, few, given.work / "out.csv", 2))
    seconds, large = watched(command(given, every, given.work / "out.csv", 2))
    per_thousand = (rows - 20_000) / 1000
    growth = {f"{kind}_growth_per_1000": round((large[kind] - small[kind]) / per_thousand, 4) for kind in small}
    return {"rows": rows, "wall_s": round(seconds, 1), "at_20000_mb": small, "at_all_mb": large, **growth}


def kills(given: argparse.Namespace) -> dict[str, Any]:
    """Kill the command, or it and its workers, until it has been killed often enough; then let it end."""
    table = table_of(given.library, given.work / f"{given.rows}.csv", given.rows)
    whole, out = given.work / "whole.csv", given.work / "killed.csv"
    seconds, _ = watched(command(given, table, whole, 2))
    out.unlink(missing_ok=True)
    source, killed, finished = random.Random(0), 0, 0
    call = command(given, table, out, 2)
    while killed < given.kills:
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(source.uniform(0.2, 1.2 * seconds / given.kills + 5))
            finished += 1
            if out.read_bytes() != whole.read_bytes():
                sys.exit("the bytes differ")
            out.unlink()
        except subprocess.TimeoutExpired:
            killed += 1
            (os.killpg if killed % 2 else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
    _, _ = watched(call)
    return {"rows": given.rows, "kills": killed, "finished_between": finished,
            "equal": out.read_bytes() == whole.read_bytes()}  # fmt: skip


def poison(given: argparse.Namespace) -> dict[str, Any]:
    """A model file with its limits raised, on rows with and without the ring in their midst."""
    from molkit.bundle import read_bundle, write_bundle

    bundle = read_bundle(given.model)
    limits = {**bundle.model["policy"]["limits"], "characters": 100_000, "heavy_atoms": 100_000, "rings": 100_000}
    kept = {name: data for name, data in bundle.entries.items() if name not in ("model.json", "card.md")}
    raised = given.work / "raised.molkit"
    write_bundle(raised, {**bundle.model, "policy": {**bundle.model["policy"], "limits": limits}}, bundle.card, kept)
    given.model = raised
    clean = table_of(given.library, given.work / "clean.csv", 10_000)
    lines = clean.read_text().splitlines()
    ring = given.work / "ring.csv"
    ring.write_text("\n".join([*lines[:5000], "C1" + "C" * 19_998 + "C1", *lines[5000:]]) + "\n")
    seconds, tables = [], []
    for table in (clean, ring):
        out = given.work / f"{table.stem}-out.csv"
        seconds.append(watched(command(given, table, out, 2))[0])
        tables.append(list(csv.DictReader(out.open())))
    column = next(name for name in tables[0][0] if name.endswith("_pred"))
    bad = tables[1].pop(4999)
    pairs = [(a[column], b[column]) for a, b in zip(*tables, strict=True)]
    differences = [abs(float(a) - float(b)) for a, b in pairs if a and b]
    return {"rows": len(pairs), "status": bad["status"], "same_blank": all(bool(a) == bool(b) for a, b in pairs),
            "largest_difference": max(differences), "more_s": round(seconds[1] - seconds[0], 1)}  # fmt: skip


if __name__ == "__main__":
    main()
