"""Short lines of the runs of pairs, images, signals and patients, for the tables of docs/benchmarks.md.

    python scripts/input_tables.py && python scripts/benchmark_tables.py

A value is the mean over the seeds; with one seed its 95 % interval stands beside it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

RUNS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
# Of each file of runs: what tells settings apart, and what is shown.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pairs": (
        ("set", "split", "method"),
        ("MSE", "concordance index", "r2m", "RMSE, pKd > 5", "CI, pKd > 5", "PR-AUC, pKd >= 7", "PR-AUC", "ROC-AUC"),
    ),
    "images": (
        ("set", "learner", "imbalance", "augment"),
        (
            "AUC",
            "ACC",
            "ACC at 0.5",
            "precision at 0.5",
            "recall at 0.5",
            "F1 at 0.5",
            "MCC at 0.5",
            "ACC at threshold",
            "F1 at threshold",
            "MCC at threshold",
        ),
    ),
    "signals": (("set", "method"), ("accuracy", "macro F1", "macro ROC-AUC", "log loss")),
    "patients": (
        ("set", "learners"),
        ("ROC-AUC", "PR-AUC", "min(Se,+P)", "log loss", "calibration error", "calibration slope"),
    ),
}


def interval(run: Mapping[str, Any], name: str) -> tuple[float, str] | None:
    """A value of a run, and its interval in brackets ("" for none)."""
    value = run.get("scores", {}).get(name, run.get(name))
    if value is None:
        return None
    if isinstance(value, list):
        return value[0], f" [{value[1]:.3f}, {value[2]:.3f}]"
    if isinstance(value, str):
        low, high = re.findall(r"-?\d+\.\d+", value)[1:3]
        return float(value.split()[0]), f" [{low}, {high}]"
    ends = run.get(f"{name} 95 %")
    return float(value), f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""


def cell(runs: Sequence[Mapping[str, Any]], name: str) -> str:
    """The mean of a value over runs; of one run with its interval."""
    found = [own for run in runs if (own := interval(run, name)) is not None]
    if not found:
        return ""
    mean = sum(value for value, _ in found) / len(found)
    return f"{mean:.3f}{found[0][1] if len(found) == 1 else ''}"


def summed_up(
    runs: Iterable[Mapping[str, Any]], keys: Sequence[str], names: Sequence[str]
) -> list[dict[str, Any]]:  # fmt: skip
    """A line for each setting, without what none of them has."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        alike.setdefault(tuple(run.get(key, "") for key in keys), []).append(run)
    lines = [
        dict(zip(keys, setting, strict=True))
        | {"seeds": len(own), "n": own[0].get("n", own[0].get("test rows"))}
        | {name: cell(own, name) for name in names}
        for setting, own in alike.items()
    ]
    shown = [name for name in (*keys, "seeds", "n", *names) if any(line[name] not in ("", None) for line in lines)]
    return [{name: line[name] for name in shown} for line in lines]


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args(argv)
    for name, (keys, names) in TABLES.items():
        path = RUNS / f"{name}-runs.jsonl"
        if path.exists():
            lines = summed_up(map(json.loads, path.read_text().splitlines()), keys, names)
            (RUNS / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
