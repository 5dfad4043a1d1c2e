"""Compares the methods of bench_admet.py or bench_scaffold.py: means over seeds, ranks, paired intervals.

    python scripts/bench_compare.py admet DATA WORK RUNS.jsonl -o SUMMARY.jsonl
    python scripts/bench_compare.py scaffold DATA WORK RUNS.jsonl -o SUMMARY.jsonl

A difference is the score of molkit (or --reference) less that of the other, turned so that above 0 is better for it,
with the 95 % interval of 2,000 paired resamples of the test compounds, the same ones for all methods and (where
the test part is the same) all seeds. Only seeds that all compared methods have are used. Ranks are over sets on
which every method has a value; equal values share a rank.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import bench_admet
import bench_scaffold
import numpy as np

RESAMPLES = 2000
# Mean over five seeds as published (see docs/benchmarks.md); no predictions, so no paired intervals.
PUBLISHED = {
    "chemprop-rdkit": {
        "caco2_wang": 0.330, "lipophilicity_astrazeneca": 0.467, "solubility_aqsoldb": 0.761, "hia_hou": 0.981,
        "pgp_broccatelli": 0.886, "bbb_martins": 0.869, "ppbr_az": 8.288, "vdss_lombardo": 0.389,
        "half_life_obach": 0.239, "clearance_hepatocyte_az": 0.430, "clearance_microsome_az": 0.599,
    },
    "chemeleon": {
        "caco2_wang": 0.376, "bioavailability_ma": 0.579, "lipophilicity_astrazeneca": 0.456, "pgp_broccatelli": 0.927,
        "bbb_martins": 0.886, "ppbr_az": 7.815, "vdss_lombardo": 0.546, "half_life_obach": 0.325,
        "clearance_hepatocyte_az": 0.381, "clearance_microsome_az": 0.603,
    },
}  # fmt: skip
Truth = Callable[[str, int], np.ndarray]


def admet_score(name: str, y: np.ndarray, p: np.ndarray) -> float:
    return bench_admet.score(bench_admet.SETS[name], y[:, 0], p.reshape(len(p), -1)[:, 0])


def scaffold_score(name: str, y: np.ndarray, p: np.ndarray) -> float:
    return bench_scaffold.score(bench_scaffold.SETS[name], y, p)


def higher(name: str) -> bool:
    metric = bench_admet.SETS[name] if name in bench_admet.SETS else bench_scaffold.SETS[name].metric
    return metric not in ("MAE", "RMSE")


def paired(
    score: Callable[..., float], name: str, truths: list[np.ndarray], ours: list[np.ndarray], theirs: list[np.ndarray]
) -> tuple[float, float, float]:
    """Mean over seeds of the difference, and the middle 95 % of its resamples."""
    sign = 1 if higher(name) else -1
    same = all(len(y) == len(truths[0]) and np.array_equal(y, truths[0], equal_nan=True) for y in truths)
    rng = np.random.default_rng(0)

    def difference(rows: list[np.ndarray] | None) -> float:
        parts = []
        for place, (y, a, b) in enumerate(zip(truths, ours, theirs, strict=True)):
            chosen = np.arange(len(y)) if rows is None else rows[0 if same else place]
            parts.append(score(name, y[chosen], a[chosen]) - score(name, y[chosen], b[chosen]))
        return sign * float(np.mean(parts))

    found = []
    for _ in range(RESAMPLES if truths[0].shape[1] == 1 else RESAMPLES // 10):
        rows = [rng.integers(0, len(y), len(y)) for y in truths]
        try:
            found.append(difference(rows))
        except ValueError:  # one class alone in a resample
            continue
    low, high = np.nanquantile(found, [0.025, 0.975])
    return difference(None), float(low), float(high)


def summary(options: argparse.Namespace, score: Callable[..., float], truth: Truth) -> list[dict[str, object]]:
    ours, chosen = options.reference, options.methods.split(",") if options.methods else None
    runs = [json.loads(line) for path in options.runs for line in path.open()]
    values: dict[str, dict[str, dict[int, float]]] = {}
    seconds: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        if chosen and run["method"] not in chosen:
            continue
        values.setdefault(run["set"], {}).setdefault(run["method"], {})[run["seed"]] = run["value"]
        seconds.setdefault((run["set"], run["method"]), []).append(run["cpu_s"])
    lines: list[dict[str, object]] = []
    for name, methods in values.items():
        if ours not in methods:
            continue
        for method, found in methods.items():
            seeds = sorted(set(found) & set(methods[ours]))
            if not seeds:
                continue
            numbers = np.array([found[seed] for seed in seeds])
            line: dict[str, object] = {
                "set": name, "method": method, "seeds": ", ".join(map(str, seeds)),
                "mean": round(float(numbers.mean()), 4),
                "sd": round(float(numbers.std(ddof=1)), 4) if len(numbers) > 1 else "",
                "cpu_s": round(float(np.median(seconds[name, method]))),
            }  # fmt: skip
            if method != ours:
                load = [[np.load(options.work / f"{m}-{name}-{seed}.npy") for seed in seeds] for m in (ours, method)]
                value, low, high = paired(score, name, [truth(name, seed) for seed in seeds], *load)
                verdict = ours if low > 0 else method if high < 0 else "neither"
                line |= {f"{ours} ahead by": f"{value:+.4f} [{low:+.4f}, {high:+.4f}]", "better": verdict}
            lines.append(line)
    return lines


def ranks(lines: list[dict[str, object]], published: dict[str, dict[str, float]]) -> list[dict[str, object]]:
    """Mean rank of each method over the sets that all of them have."""
    from scipy.stats import rankdata

    table: dict[str, dict[str, float]] = {}
    for line in lines:
        table.setdefault(str(line["method"]), {})[str(line["set"])] = float(str(line["mean"]))
    table |= {method: values for method, values in published.items() if values}
    shared = sorted(set.intersection(*(set(values) for values in table.values())))
    if not shared:
        return []
    matrix = np.array([[values[name] * (-1 if higher(name) else 1) for name in shared] for values in table.values()])
    mean = rankdata(matrix, axis=0).mean(axis=1)
    return [
        {"method": m, "mean rank": round(float(r), 2), "sets": len(shared)} for m, r in zip(table, mean, strict=True)
    ]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=("admet", "scaffold"))
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder with the predictions")
    parser.add_argument("runs", type=Path, nargs="+", help="JSON lines of the runs")
    parser.add_argument("-o", "--out", type=Path, required=True, help="SUMMARY.jsonl; ranks go to SUMMARY-ranks.jsonl")
    parser.add_argument("--reference", default="molkit", help="the method that others are compared with")
    parser.add_argument("--methods", help="only these, by comma")
    options = parser.parse_args(argv)
    if options.kind == "admet":
        lines = summary(
            options, admet_score, lambda name, _: bench_admet.read(options.data / name / "test.csv")[1][:, None]
        )
        found = ranks(lines, PUBLISHED if options.methods is None or "molkit" in options.methods else {})
    else:

        def truth(name: str, seed: int) -> np.ndarray:
            own = bench_scaffold.SETS[name]
            _, y, part = bench_scaffold.read(options.work / f"{name}-{seed}.csv", own)
            return y[part == "test"]

        lines = summary(options, scaffold_score, truth)
        found = ranks(lines, {})
    options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    ranked = options.out.with_name(f"{options.out.stem}-ranks.jsonl")
    ranked.write_text("".join(json.dumps(line) + "\n" for line in found))
    for line in [*lines, *found]:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
