"""How many compounds does each learner need? Errors on one test part after training on 50 to 1,000 compounds.

    python scripts/bench_learning_curves.py DATA WORK -o OUT.jsonl

DATA holds the public sets of the data cards. Of each set a fifth by scaffold is the test part, the same for all;
from the other compounds a seed draws an order, and its first 50, 100, ... are fitted on as `molkit train` would:
each learner alone, and the usual plan ("auto", the stack). What they say of the test part stays in WORK, so that a
second call goes on where the first stopped. A line for each set, size and score: mean and sd over seeds, and the
stack against the learner that is best in hindsight, by a paired bootstrap of the compounds, each with its mean
(squared) error over seeds.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from resumable import kept_arrays

from molkit.config import RunConfig
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.evaluation.compare import paired_difference
from molkit.evaluation.metrics import find_metric
from molkit.features.inputs import molecules
from molkit.learners.protocol import stream_seed
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.material import prepare
from molkit.pipeline.plan import AUTO, choose_plan
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, development_rows, fit_on, predict_unseen

SETS = {  # file, target, the score that is asked for
    "lipophilicity": ("lipophilicity/*.csv", "exp", None),
    "solubility_aqsoldb": ("tdc_admet/solubility_aqsoldb/train_val.csv", "Y", "MAE"),
}
SINGLES = ("boosting", "forest", "linear", "dmpnn")
SIZES = (50, 100, 200, 500, 1000)
SCORES = ("RMSE", "MAE")


@dataclass(frozen=True)
class Set:
    """A set's compounds, those that may be fitted on and those of the test part."""

    material: Material
    development: np.ndarray
    test: np.ndarray

    @property
    def y(self) -> np.ndarray:
        """Measured values of the test part, float64 [n]."""
        return exact_values(self.material.dataset.measurements)[self.test, 0]


@cache
def read_set(data: Path, name: str, workers: int) -> Set:
    """A set with its compounds read and split."""
    file, target, metric = SETS[name]
    config = RunConfig(targets=(target,), metric=metric, fractions=(0.8, 0.0, 0.2), workers=workers)
    source = open_table(next(data.glob(file)))
    table, smiles = read_table(source), source.smiles or ""
    material, _, split, _ = prepare(table, molecules(smiles), {"drug": table.columns[smiles]}, config, quiet, [])
    return Set(material, development_rows(split), np.array(split.test))


def predictions(own: Set, size: int, seed: int) -> dict[str, np.ndarray]:
    """What each learner and the stack say of the test part after `size` compounds, and the CPU seconds that it took."""
    order = np.random.default_rng(stream_seed(seed, "learning curve")).permutation(own.development)
    rows, start = np.sort(order[:size]), time.process_time()
    found: dict[str, np.ndarray] = {}
    for learner in (AUTO, *SINGLES):
        if learner in found:  # it is in the stack
            continue
        plan = choose_plan(size, 1, (learner,), own.material.config.fold_models, None, None)
        planned = replace(own.material, plan=plan)
        said = predict_unseen(planned, fit_on(planned, rows, seed, quiet), rows, own.test).methods
        found |= {learner if name == "molkit" else name: values[:, 0] for name, values in said.items()}
    return found | {"seconds": np.array(time.process_time() - start)}


def kept_predictions(options: argparse.Namespace, name: str, size: int, seed: int) -> dict[str, np.ndarray]:
    """The same and the measured values, from WORK if they are there."""

    def make() -> dict[str, np.ndarray]:
        own = read_set(options.data, name, options.workers)
        return {**predictions(own, size, seed), "y": own.y}

    return kept_arrays(options.work / f"{name}-{size}-{seed}.npz", make)


def figures(runs: list[dict[str, np.ndarray]], score: str) -> dict[str, Any]:
    """Scores of every method over the seeds, and the stack against the best single learner."""
    metric, y = find_metric(score), runs[0]["y"]
    values = {name: [float(metric.function(y, run[name])) for run in runs] for name in (AUTO, *SINGLES)}
    best = min(SINGLES, key=lambda name: np.mean(values[name]))
    stack, single = (y + _mean_error([run[name] - y for run in runs], score) for name in (AUTO, best))
    found = paired_difference(metric, y, stack, single, seed=0)
    mean = [float(metric.function(y, run["training mean"])) for run in runs]
    return {
        **{name: _spread(own) for name, own in values.items()},
        "training mean": _spread(mean),
        "best": best,
        "stack less best": f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]",
        "verdict": {"first": "better", "second": "worse", "neither": "level"}[found.better],
    }


def _mean_error(errors: list[np.ndarray], score: str) -> np.ndarray:
    """One error for each compound that scores, in `score`, as those of all seeds do together."""
    return np.sqrt(np.mean(np.square(errors), axis=0)) if score == "RMSE" else np.mean(np.abs(errors), axis=0)


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f}" + (f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else "")


def main(argv: list[str] | None = None) -> None:
    """Fit what is missing, then print and write a line for every set, size and score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder for predictions")
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    lines = []
    for name in options.sets:
        for size in options.sizes:
            runs = [kept_predictions(options, name, size, seed) for seed in options.seeds]
            minutes = sum(float(run["seconds"]) for run in runs) / 60
            for score in SCORES:
                line = {"set": name, "compounds": size, "score": score, **figures(runs, score)}
                lines.append({**line, "seeds": len(runs), "n": len(runs[0]["y"])})
                print(json.dumps({**lines[-1], "core_min": round(minutes, 1)}), flush=True)
    if options.out:
        options.out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
