"""The ADMET profile beside ADMET-AI: rate, one structure, memory; whole processes in turn.

    python scripts/bench_profile.py CHECK LIBRARY WORK -o OUT.jsonl --peers PEERS_PYTHON

CHECK is one of
    rate     CPU and wall seconds of both commands, all columns, on the same 200 and 2,000 molecules, drawn with a seed
    one      CPU-seconds of both commands for one structure
    memory   the largest resident memory of each molkit process on 2,000 and 50,000 molecules
A line for each command and repeat is appended to OUT. ADMET-AI is `admet_predict` of PEERS_PYTHON's environment.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench_scale import watched
from bench_startup import ASPIRIN

FEW, MANY, LARGE = 200, 2000, 50_000


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=["rate", "one", "memory"])
    parser.add_argument("library", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(argv)
    if given.check != "memory" and given.peers is None:
        parser.error("--peers: name the python of ADMET-AI's environment")
    given.work.mkdir(parents=True, exist_ok=True)
    for line in {"rate": rate, "one": one, "memory": memory}[given.check](given):
        print(json.dumps(line), flush=True)
        with given.out.open("a") as stream:
            print(json.dumps(line), file=stream)


def tables(given: argparse.Namespace, *sizes: int) -> list[Path]:
    """Tables of the first structures of the shuffled library."""
    from molkit.data.library import open_library

    paths = [given.work / f"{size}.csv" for size in sizes]
    if not all(path.exists() for path in paths):
        source = open_library(given.library)
        texts = [text for piece in source.pieces() for text in piece.columns[source.smiles or ""]]
        random.Random(given.seed).shuffle(texts)
        for path, size in zip(paths, sizes, strict=True):
            path.write_text("\n".join(["smiles", *texts[:size]]) + "\n")
    return paths


def commands(given: argparse.Namespace, table: Path) -> dict[str, list[str]]:
    out = given.work / "out.csv"
    ours = [sys.executable, "-m", "molkit", "admet", str(table), "-o", str(out), "--overwrite", "--quiet"]
    theirs = [str(given.peers.parent / "admet_predict"), "--data_path", str(table), "--save_path", str(out)]
    return {
        "molkit": [*ours, "--workers", "1"],
        "molkit, two workers": [*ours, "--workers", "2"],
        "admet_ai": ["env", "OMP_NUM_THREADS=1", *theirs, "--smiles_column", "smiles"],
    }


def timed(command: list[str]) -> dict[str, float]:
    """User and system seconds of a command and all its children, and wall seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": round(cpu, 2), "wall_s": round(wall, 2)}


def rate(given: argparse.Namespace) -> Any:
    few, many = tables(given, FEW, MANY)
    for repeat in range(given.repeats):
        for name in commands(given, few):
            short, long = (timed(commands(given, table)[name]) for table in (few, many))
            per_second = {"whole": MANY / long["cpu_s"], "marginal": (MANY - FEW) / (long["cpu_s"] - short["cpu_s"])}
            yield {"check": "rate", "command": name, "repeat": repeat, "rows": MANY, **long,
                   **{f"{kind} per_cpu_s": round(value, 1) for kind, value in per_second.items()}}  # fmt: skip


def one(given: argparse.Namespace) -> Any:
    table = given.work / "one.csv"
    table.write_text(f"smiles\n{ASPIRIN}\n")
    calls = {
        "molkit": [sys.executable, "-m", "molkit", "admet", ASPIRIN],
        "admet_ai": commands(given, table)["admet_ai"],
    }
    for repeat in range(given.repeats):
        for name, call in calls.items():
            yield {"check": "one", "command": name, "repeat": repeat, **timed(call)}


def memory(given: argparse.Namespace) -> Any:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for table, rows in zip(tables(given, MANY, LARGE), (MANY, LARGE), strict=True):
        out = given.work / "out.csv"
        call = [sys.executable, "-m", "molkit", "admet", str(table), "-o", str(out), "--overwrite", "--quiet"]
        seconds, peaks = watched([*call, "--workers", "2"])
        yield {"check": "memory", "rows": rows, "wall_s": round(seconds, 1), **{f"{k}_mb": v for k, v in peaks.items()}}


if __name__ == "__main__":
    main()
