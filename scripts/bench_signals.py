"""Recordings and heartbeats through `molkit train`: networks on the sound itself beside boosting on its spectrum.

    python scripts/convert_medical.py DATA WORK fsdd ecg5000
    python scripts/bench_signals.py WORK -o docs/benchmarks/signals-runs.jsonl

Spoken digits (fsdd) are scored on the official test part, heartbeats (ecg5000) by five outer folds. Each set, method
and seed makes a line with its scores and their 95 % intervals; lines that are in OUT already are not run again.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from resumable import run_missing

from molkit.config import RunConfig
from molkit.pipeline.train import train_bundle

SETS: dict[str, dict[str, Any]] = {
    "fsdd": {"inputs": ("recording:signal=signal",), "split_column": "split"},
    "ecg5000": {"inputs": ("heartbeat:signal=t1..t140",), "folds": 5},
}
METHODS = ("spectrogram-cnn", "signal-gru", "boosting")
SCORES = ("accuracy", "balanced accuracy", "macro F1", "MCC", "macro ROC-AUC", "log loss")


def trained(work: Path, setting: dict[str, Any]) -> dict[str, Any]:
    """The scores of one run and of the nearest recording, and the seconds of fitting."""
    name = setting["set"]
    config = RunConfig(targets=("label",), task="multiclass", learners=(setting["method"],), seed=setting["seed"],
                       workers=1, **SETS[name])  # fmt: skip
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = train_bundle(work / name / f"{name}.csv", Path(folder) / "model.molkit", config)
    found = {(score.method, score.metric): score for score in result.scores}
    of_model = {metric: found["molkit", metric] for metric in SCORES if ("molkit", metric) in found}
    return {
        "scored on": result.findings.scored_on,
        "n": max(score.n for score in of_model.values()),
        "scores": {metric: [score.value, score.low, score.high] for metric, score in of_model.items()},
        "nearest recording": {score.metric: score.value for score in result.scores
                              if score.method == "nearest recording" and score.metric in SCORES},
        "core-seconds of fitting": round(sum(cost.seconds for cost in result.costs), 1),
        "seconds": round(time.perf_counter() - started, 1),
        "date": date.today().isoformat(),
        "commit": commit(),
    }  # fmt: skip


def commit() -> str:
    """The commit of the code that runs."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def settings(options: argparse.Namespace) -> Iterable[dict[str, Any]]:
    for name in options.sets.split(","):
        for seed in options.seeds.split(","):
            for method in options.methods.split(","):
                yield {"set": name, "method": method, "seed": int(seed)}


def main(argv: list[str] | None = None) -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seeds", default="0,1,2")
    options = parser.parse_args(argv)
    run_missing(options.out, settings(options), lambda setting: trained(options.work, setting))


if __name__ == "__main__":
    main()
