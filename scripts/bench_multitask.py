"""Does one network for several related endpoints do better than one for each? Cross-validated, on the same folds.

    python scripts/bench_multitask.py DATA WORK -o OUT.jsonl --most 2000

DATA holds the public sets of the data cards, WORK what is kept. The training files of related endpoints are joined
(`molkit join`) and read once. Folds keep leak groups and scaffolds together over all endpoints. For every fold the
usual plan is fitted once on all endpoints and once on each alone, and both say what they think of the fold's compounds.
Two methods are compared: the network alone and the stack. Trees learn each endpoint by itself in both. A line for each
endpoint and method: the score of the pooled folds, and the paired 95 % interval of what the other endpoints add.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from resumable import kept_arrays

from molkit.config import RunConfig
from molkit.data.table import Table
from molkit.evaluation.compare import paired_difference
from molkit.evaluation.metrics import find_metric
from molkit.features.inputs import molecules
from molkit.learners.protocol import stream_seed
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.join import JoinOptions, join_tables
from molkit.pipeline.material import prepare
from molkit.pipeline.plan import choose_plan
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, fit_on, predict_unseen

FAMILIES = {  # the score, and the folders of tdc_admet
    "clearance": ("Spearman", ("clearance_hepatocyte_az", "clearance_microsome_az")),
    "CYP substrates": ("ROC-AUC", tuple(f"cyp{name}_substrate_carbonmangels" for name in ("2c9", "2d6", "3a4"))),
    "CYP inhibition": ("ROC-AUC", tuple(f"cyp{name}_veith" for name in ("2c9", "2d6", "3a4"))),
}
FOLDS = 5
METHODS = {"network": "dmpnn", "stack": "molkit"}


@cache
def read_family(data: Path, name: str, most: int, epochs: int | None, workers: int) -> Material:
    """The compounds of a family with the labels of every endpoint; `most` structures (0: all), drawn at random."""
    metric, folders = FAMILIES[name]
    paths = [data / "tdc_admet" / folder / "train_val.csv" for folder in folders]
    table = join_tables(paths, JoinOptions(targets=("Y",)), workers=workers).table
    texts = np.random.default_rng(0).permutation(sorted(set(table.columns["smiles"])))
    table = with_structures(table, set(texts[: most or None].tolist()))
    config = RunConfig(targets=folders, metric=metric, folds=FOLDS, epochs=epochs, workers=workers)
    return prepare(table, molecules("smiles"), {"drug": table.columns["smiles"]}, config, quiet, [])[0]


def with_structures(table: Table, texts: set[str]) -> Table:
    """The rows whose structure is written as one of `texts`."""
    rows = [row for row, text in enumerate(table.columns["smiles"]) if text in texts]
    return Table(table.names, {name: [column[row] for row in rows] for name, column in table.columns.items()})


def alone(material: Material, k: int) -> Material:
    """The same compounds with the labels of endpoint `k` only."""
    dataset, rows, kinds = material.dataset, material.rows, material.kinds[k : k + 1]
    assert rows.values is not None
    measured = dataset.measurements
    one = replace(measured, values=measured.values[:, [k]], relations=measured.relations[:, [k]])
    rows = replace(rows, values=rows.values[:, [k]], kinds=kinds)
    return replace(material, dataset=replace(dataset, measurements=one), kinds=kinds, rows=rows)


def predictions(material: Material, train: np.ndarray, fold: np.ndarray) -> dict[str, np.ndarray]:
    """What the usual plan, fitted on the measured ones of `train`, says of the rows `fold`: by method [n, K]."""
    config, values = material.config, material.dataset.measurements.values
    rows = train[~np.isnan(values[train]).all(axis=1)]
    plan = choose_plan(len(rows), len(material.kinds), config.learners, config.fold_models, config.epochs, None)
    planned = replace(material, plan=plan)
    said = predict_unseen(planned, fit_on(planned, rows, config.seed, quiet), rows, fold).methods
    return {name: said[method] for name, method in METHODS.items()}


def fold_run(material: Material, fold: np.ndarray) -> dict[str, np.ndarray]:
    """Predictions of the rows of one fold, fitted on all endpoints and on each alone, and the CPU seconds."""
    train, start = np.setdiff1d(np.arange(len(material.dataset)), fold), time.process_time()
    together = predictions(material, train, fold)
    each = [predictions(alone(material, k), train, fold) for k in range(len(material.kinds))]
    found = {f"{name}, all": values for name, values in together.items()}
    found |= {f"{name}, one": np.hstack([part[name] for part in each]) for name in METHODS}
    seconds = np.array(time.process_time() - start)
    return found | {"fold": fold, "y": exact_values(material.dataset.measurements)[fold], "seconds": seconds}


def kept_run(options: argparse.Namespace, name: str, number: int) -> dict[str, np.ndarray]:
    """One fold's predictions, from WORK if they are there."""

    def make() -> dict[str, np.ndarray]:
        material = read_family(options.data, name, options.most, options.epochs, options.workers)
        folds = material.folds(np.arange(len(material.dataset)), FOLDS, stream_seed(0, "outer folds"))
        return fold_run(material, folds[number].held_out)

    words = (name.replace(" ", "-"), options.most or "all", options.epochs or "usual", number)
    return kept_arrays(options.work / ("-".join(map(str, words)) + ".npz"), make)


def lines(name: str, runs: list[dict[str, np.ndarray]]) -> list[dict[str, Any]]:
    """A line for each endpoint and method, from the predictions of all folds."""
    metric, endpoints = find_metric(FAMILIES[name][0]), FAMILIES[name][1]
    pooled = {key: np.concatenate([run[key] for run in runs]) for key in runs[0] if key not in ("fold", "seconds")}
    found = []
    for k, endpoint in enumerate(endpoints):
        y = pooled["y"][:, k]
        known = ~np.isnan(y)
        others = int((~np.isnan(np.delete(pooled["y"], k, axis=1))).any(axis=1)[known].sum())
        for method in METHODS:
            both = [pooled[f"{method}, {which}"][:, k] for which in ("all", "one")]
            scores = [float(metric.function(y[known], p[known])) for p in both]
            change = paired_difference(metric, y, *both, seed=0)
            found.append({
                "family": name, "endpoint": endpoint, "method": method, "score": metric.name,
                "compounds": change.n, "also elsewhere": others, "folds": len(runs),
                "alone": f"{scores[1]:.3f}", "together": f"{scores[0]:.3f}",
                "difference": f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]",
                "verdict": {"first": "better", "second": "worse", "neither": "level"}[change.better],
            })  # fmt: skip
    return found


def main(argv: list[str] | None = None) -> None:
    """Fit what is missing, then print and write a line for every endpoint and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder for predictions")
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument(
        "--most", type=int, default=0, help="structures of a family, drawn at random (0: all), no fewer than 500"
    )
    parser.add_argument("--folds", type=int, default=FOLDS, help=f"how many of the {FOLDS} folds to run")
    parser.add_argument("--epochs", type=int, help="of the network")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    found = []
    for name in options.families:
        runs = [kept_run(options, name, number) for number in range(options.folds)]
        minutes = sum(float(run["seconds"]) for run in runs) / 60
        for line in lines(name, runs):
            found.append(line)
            print(json.dumps({**line, "family_core_min": round(minutes, 1)}), flush=True)
    if options.out:
        options.out.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")


if __name__ == "__main__":
    main()
