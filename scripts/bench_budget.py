"""Seconds of `auto` per 1,000 compounds, and what a budget costs: the shipped solubility table, one seed per run.

    python scripts/bench_budget.py -o OUT.jsonl [--budgets 0.2,0.6,none] [--seeds 0]

Each run is a process of its own with as many workers as processors; adds JSON lines to OUT, without running again
what it holds. Times are wall and CPU seconds of the whole command.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from resumable import run_missing


def run(table: Path, target: str, budget: str, seed: int) -> dict[str, object]:
    """One training command and what it said."""
    program = str(Path(sys.executable).with_name("molkit"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "m.molkit"
        command = [program, "train", str(table), "-t", target, "-o", str(out), "--seed", str(seed)]
        command += ["--json", "--no-plot", "--quiet"]
        command += [] if budget == "none" else ["--budget", budget]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        shown = subprocess.run([program, "card", str(out), "--json"], check=True, capture_output=True, text=True).stdout
    model = json.loads(shown)
    compounds = len(model["split"]["train"]) + len(model["split"]["valid"])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    score = next(s for s in found["scores"] if (s["method"], s["metric"]) == ("molkit", "RMSE"))
    return {
        "models": ", ".join(f"{learner['models']} {learner['name']}" for learner in model["learners"]),
        "expected core-s": round(model["plan"]["seconds"]),
        "cpu_s": round(cpu, 1),
        "wall_s": round(seconds, 1),
        "wall_s per 1,000": round(seconds / compounds * 1000, 1),
        "test RMSE": f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]",
    }


def main(argv: list[str] | None = None) -> None:
    from molkit.data.cards import shipped_path

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--table", type=Path, default=shipped_path("solubility"))
    parser.add_argument("--target", default="logS")
    parser.add_argument("--budgets", default="0.2,0.6,none", help="core-minutes, by comma")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args(argv)
    budgets, cores = options.budgets.split(","), os.cpu_count()
    settings = [{"budget": budget, "seed": seed, "cores": cores} for seed in options.seeds for budget in budgets]
    run_missing(
        options.out, settings, lambda setting: run(options.table, options.target, setting["budget"], setting["seed"])
    )


if __name__ == "__main__":
    main()
