"""Runs of a benchmark as JSON lines in a file, or as arrays, where what is there is not run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def run_missing(
    out: Path | None, settings: Iterable[dict[str, Any]], run: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Print a line for every setting that no line of `out` has, and add it there: the setting and what `run` found."""
    done = [json.loads(line) for line in out.open()] if out and out.exists() else []
    for setting in settings:
        if any(setting.items() <= line.items() for line in done):
            continue
        line = json.dumps({**setting, **run(setting)})
        print(line, flush=True)
        if out:
            with out.open("a") as file:
                file.write(line + "\n")


def kept_arrays(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The NumPy arrays by name that `path`, an .npz file, holds; made and put there if there is none."""
    import numpy as np  # programs of other environments read this file too

    if not path.exists():
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **make())
        unfinished.replace(path)
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


def result_of(command: list[str]) -> dict[str, Any]:
    """The JSON object that a command on one thread prints last; where it fails this program ends too."""
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=one_thread)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{finished.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(finished.stdout.strip().splitlines()[-1])
    return found
