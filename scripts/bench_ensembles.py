"""Test scores and seconds of ensembles: one model to 5 folds of 4 seeds, and every way to combine learners.

    python scripts/bench_ensembles.py DATA -o OUT.jsonl [--sets esol,freesolv] [--seeds 0 1 2]
        [--learners boosting,forest,dmpnn] [--most 1500]
    python scripts/bench_ensembles.py --summary OUT.jsonl

DATA holds a folder for each set; each seed is another scaffold split. The largest ensemble is fitted once, as its
first models are the smaller ones; 3 folds are fitted apart. "N labels" says how well weights chosen on so many
out-of-fold rows score on the other ones, the mean of 20 draws. RMSE for numbers, ROC-AUC for classes. Adds JSON lines
to OUT, without running again what it holds; --summary prints means over seeds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from resumable import run_missing

from molkit.config import RunConfig
from molkit.data.batching import take
from molkit.data.table import frame_to_table
from molkit.evaluation.metrics import find_metric
from molkit.features.inputs import molecules
from molkit.learners.combiners import COMBINERS, fit_weights
from molkit.learners.stack import combine
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.material import prepare
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, development_rows, fit_on

TARGETS = {"esol": "measured log solubility in mols per litre", "freesolv": "expt", "bbbp": "p_np",
           "lipophilicity": "exp"}  # fmt: skip
METRICS = {"regression": find_metric("RMSE"), "binary": find_metric("ROC-AUC")}
SEEDS = 4
SIZES = {"1 model": 1, "5 folds": 5, "5 folds, 2 seeds": 10, "5 folds, 4 seeds": 5 * SEEDS}
FEW = (25, 50, 100, 200, 400)
DRAWS = 20


def run(data: Path, learners: Sequence[str], most: int, name: str, seed: int) -> dict[str, Any]:
    """All sizes and combiners of one set and seed."""
    (path,) = (data / name).glob("*.csv")
    frame = pd.read_csv(path)
    frame = frame.sample(min(most, len(frame)), random_state=seed).sort_index()
    table = frame_to_table({"smiles": frame["smiles"], "y": frame[TARGETS[name]]})
    config = RunConfig(targets=("y",), learners=tuple(learners), seed=seed)
    material, _, split, _ = prepare(table, molecules("smiles"), {"drug": table.columns["smiles"]}, config, quiet, [])
    test = np.array(split.test, np.int64)
    scores: dict[str, dict[str, float]] = {}
    seconds: dict[str, float] = {}
    for folds, seeds, sizes in ((5, SEEDS, SIZES), (3, 1, {"3 folds": 3})):
        plan = replace(material.plan, folds=dict.fromkeys(learners, folds), seeds=dict.fromkeys(learners, seeds))
        fitted = fit_on(replace(material, plan=plan), development_rows(split), seed, quiet)
        columns = take({key: material.dataset.columns[key] for key in fitted.ensemble.needs}, test)
        said = fitted.ensemble.predict_models(columns)
        for size, models in sizes.items():
            unseen = [part[: max(models // folds, 1)].mean(axis=0) for part in fitted.said]
            starts = range(folds) if models == 1 else (0,)  # single models: the mean score of every fold's
            parts = [scored(material, unseen, [part[start : start + models].mean(axis=0) for part in said], test)
                     for start in starts]  # fmt: skip
            scores[size] = {name: round(float(np.mean([part[name] for part in parts])), 4) for name in parts[0]}
            seconds[size] = round(sum(fitted.seconds) * models / (folds * seeds), 1)
        if folds == 5:
            scores |= few(material, fitted, seed)
    return {"n": len(material.dataset), "scores": scores, "core_s": seconds}


def scored(
    material: Material, unseen: Sequence[np.ndarray], new: Sequence[np.ndarray], test: np.ndarray
) -> dict[str, float]:
    """Scores on the test part of every learner alone, and of all by every combiner."""
    exact, binary = exact_values(material.dataset.measurements), material.kinds[0] == "binary"
    rows = np.isfinite(unseen).all(axis=(0, 2))
    metric = METRICS[material.kinds[0]]
    found = dict(zip(material.config.learners, new, strict=True))
    for name in COMBINERS:
        weights = fit_weights([part[rows] for part in unseen], exact[rows], np.array([binary]), name)
        found[name] = combine(new, weights)
    return {name: float(metric.function(exact[test, 0], p[:, 0])) for name, p in found.items()}


def few(material: Material, fitted: Fitted, seed: int) -> dict[str, dict[str, float]]:
    """Scores of the combiners where weights are chosen on few of the out-of-fold rows, on all the others."""
    exact, binary = exact_values(material.dataset.measurements), np.array([material.kinds[0] == "binary"])
    rows = np.flatnonzero(np.isfinite(fitted.each).all(axis=(0, 2)) & ~np.isnan(exact[:, 0]))
    rng, metric = np.random.default_rng(seed), METRICS[material.kinds[0]]
    found: dict[str, dict[str, float]] = {}
    for labels in (count for count in FEW if count < len(rows) - 50):
        draws = defaultdict(list)
        for _ in range(DRAWS):
            chosen, rest = np.split(rng.permutation(rows), [labels])
            for name in COMBINERS:
                weights = fit_weights([part[chosen] for part in fitted.each], exact[chosen], binary, name)
                p = combine([part[rest] for part in fitted.each], weights)
                draws[name].append(float(metric.function(exact[rest, 0], p[:, 0])))
        found[f"{labels} labels"] = {name: round(float(np.mean(values)), 4) for name, values in draws.items()}
    return found


def summary(path: Path) -> None:
    """Means over seeds, a JSON line for each set, size and choice of learners."""
    runs = defaultdict(list)
    for line in map(json.loads, path.open()):
        runs[line["set"], line["learners"]].append(line)
    for (name, learners), lines in runs.items():
        for size in lines[0]["scores"]:
            means = {
                method: round(float(np.mean([line["scores"][size][method] for line in lines])), 3)
                for method in lines[0]["scores"][size]
            }
            took = [line["core_s"][size] for line in lines if size in line["core_s"]]
            core = {"core_s": round(float(np.mean(took)), 1)} if took else {}
            print(json.dumps({"set": name, "size": size, "seeds": len(lines), "learners": learners, **means, **core}))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--sets", default=",".join(TARGETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--learners", default="boosting,forest,dmpnn", help="by comma")
    parser.add_argument("--most", type=int, default=1500, help="rows drawn of a larger set")
    parser.add_argument("--summary", type=Path, help="print means over seeds of these lines, and run nothing")
    options = parser.parse_args(argv)
    if options.summary:
        summary(options.summary)
        return
    if not options.data:
        parser.error("DATA is needed, or --summary")
    settings = [
        {"set": name, "seed": seed, "learners": options.learners, "most": options.most}
        for seed in options.seeds
        for name in options.sets.split(",")
    ]
    learners = options.learners.split(",")
    run_missing(options.out, settings, lambda own: run(options.data, learners, options.most, own["set"], own["seed"]))


if __name__ == "__main__":
    main()
