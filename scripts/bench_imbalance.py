"""What handling unbalanced classes changes on public sets, on the same rows and seed.

    python scripts/bench_imbalance.py DATA WORK -o OUT.jsonl --sets tox21,sider --learners boosting --methods none,auto
    python scripts/bench_imbalance.py DATA WORK -o OUT.jsonl --tables docs/benchmarks

DATA holds the public sets of the data cards. For each set, learner and method molkit fits its fold models once; what
they say of unseen rows stays in WORK, so that a second call goes on where the first stopped. hiv, tox21 and sider have
a scaffold test part, muv is pooled over five scaffold folds, each row with the threshold of the others. `rivals` writes
the parts of a set as CSV files for other programs, and `--read NAME=FILE` scores their predictions of the test part at
0.5 (columns named as the targets). A line is a set: scores are means over its targets, and intervals of differences
from `none` are of 1,000 resamples of the table's rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from resumable import kept_arrays

from molkit.config import RunConfig
from molkit.data.batching import dense
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.evaluation.binary import f1, matthews
from molkit.evaluation.bootstrap import interval, resample_weights
from molkit.evaluation.calibration import brier, log_loss
from molkit.evaluation.ranking import average_precision, bedroc
from molkit.features.inputs import molecules
from molkit.pipeline.balancing import with_imbalance
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.material import prepare
from molkit.pipeline.plan import choose_plan
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, development_rows, fit_on, out_of_fold, predict_unseen
from molkit.types import Split


@dataclass(frozen=True)
class Set:
    """A table, its targets (none named: all but structures and names), its split, folds, epochs of networks."""

    file: str
    targets: tuple[str, ...]
    split: str = "scaffold"
    folds: int = 3
    epochs: int = 40


SETS = {
    "tox21": Set("tox21/tox21.csv.gz", ()),
    "sider": Set("sider/sider.csv.gz", ()),
    "hiv": Set("hiv/HIV.csv.gz", ("HIV_active",), epochs=5),
    "muv": Set("muv/muv.csv.gz", ("MUV-466", "MUV-548", "MUV-600"), "none", folds=5, epochs=10),
}
_NO_TARGETS = ("smiles", "mol_id")
METRICS = {"PR-AUC": average_precision, "MCC": matthews, "F1": f1, "BEDROC": bedroc, "Brier": brier,
           "log loss": log_loss}  # fmt: skip
_CALLS = ("MCC", "F1")
_RESAMPLES, _SEED = 1000, 0
_FOREST = "random forest, class weights"


@dataclass(frozen=True)
class Said:
    """Labels, predictions and calls [n, K] of unseen rows, and the core-seconds that they took."""

    y: np.ndarray
    p: np.ndarray
    calls: np.ndarray
    seconds: float = 0.0


def material_of(data: Path, name: str) -> tuple[Material, Split, tuple[str, ...]]:
    """The compounds of a set with the features of every learner, and its targets."""
    own = SETS[name]
    source = open_table(data / own.file)
    table = read_table(source)
    assert source.smiles is not None
    targets = own.targets or tuple(column for column in table.names if column not in _NO_TARGETS)
    config = RunConfig(targets=targets, learners=("boosting", "dmpnn"), split=own.split, imbalance="none", seed=_SEED,
                       fold_models=own.folds, with_structures=False, workers=1)  # fmt: skip
    cells = {"drug": table.columns[source.smiles]}
    material, _, split, _ = prepare(table, molecules(source.smiles), cells, config, quiet, [])
    return material, split, targets


def fit(material: Material, split: Split, name: str, learners: tuple[str, ...], method: str) -> Said:
    """What an ensemble says of the rows that it has not seen."""
    began = time.process_time()
    rows, test = development_rows(split), np.array(split.test, np.int64)
    exact = exact_values(material.dataset.measurements)
    own = SETS[name]
    plan = choose_plan(len(material.dataset), len(material.kinds), learners, own.folds, own.epochs, None)
    plan, _ = with_imbalance(plan, method, exact[rows], material.kinds)
    material = replace(material, plan=plan)
    fitted = fit_on(material, rows, _SEED, quiet)
    unseen = predict_unseen(material, fitted, rows, test) if len(test) else out_of_fold(material, fitted)
    p = unseen.methods["molkit"]
    return Said(exact[unseen.rows], p, p >= unseen.cuts, time.process_time() - began)


def forest(material: Material, split: Split) -> Said:
    """Scikit-learn's forest of 500 trees on Morgan counts with balanced class weights, called positive from 0.5 on."""
    from sklearn.ensemble import RandomForestClassifier

    began = time.process_time()
    counts = dense(material.dataset.columns["drug/fingerprint"])
    exact = exact_values(material.dataset.measurements)
    p = np.full(exact.shape, np.nan)
    everything = development_rows(split)
    folds = [] if split.test else material.folds(everything, 5, _SEED)
    held_out = [fold.held_out for fold in folds] or [np.array(split.test, np.int64)]
    for unseen in held_out:
        for k in range(exact.shape[1]):
            rows = np.setdiff1d(everything, unseen)
            rows = rows[~np.isnan(exact[rows, k])]
            model = RandomForestClassifier(500, class_weight="balanced", random_state=_SEED, n_jobs=1)
            p[unseen, k] = model.fit(counts[rows], exact[rows, k]).predict_proba(counts[unseen])[:, 1]
    rows = np.sort(np.concatenate(held_out))
    return Said(exact[rows], p[rows], p[rows] >= 0.5, time.process_time() - began)


def write_parts(material: Material, split: Split, targets: tuple[str, ...], folder: Path) -> None:
    """The rows to fit on and those to predict as CSV files, for other programs."""
    import pandas as pd

    exact = exact_values(material.dataset.measurements)
    for part, rows in (("train", development_rows(split)), ("test", np.array(split.test, np.int64))):
        frame = pd.DataFrame(exact[rows], columns=list(targets))
        frame.insert(0, "smiles", [material.dataset.smiles[row] for row in rows])
        frame.to_csv(folder / f"{part}.csv", index=False)


def read_rival(path: Path, material: Material, split: Split, targets: tuple[str, ...]) -> Said:
    """Another program's probabilities of the test part, in its order."""
    import pandas as pd

    p = pd.read_csv(path)[list(targets)].to_numpy(float)
    return Said(exact_values(material.dataset.measurements)[np.array(split.test, np.int64)], p, p >= 0.5)


def scores(said: Said, weights: np.ndarray | None = None) -> dict[str, Any]:
    """The mean of every score over targets; of resamples given as weights [b, n] arrays [b]."""
    found: dict[str, list[Any]] = {metric: [] for metric in METRICS}
    for k in range(said.y.shape[1]):
        rows = ~np.isnan(said.y[:, k]) & np.isfinite(said.p[:, k])
        own = None if weights is None else weights[:, rows]
        for metric, function in METRICS.items():
            side = said.calls[rows, k].astype(float) if metric in _CALLS else np.clip(said.p[rows, k], 0, 1)
            found[metric].append(function(said.y[rows, k], side, own))
    return {metric: np.nanmean(values, axis=0) for metric, values in found.items()}


def differences(said: Said, plain: Said) -> dict[str, list[float]]:
    """Score less that of `plain`, with its 95 % interval."""
    blocks: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
    for weights in resample_weights(len(said.y), _RESAMPLES, _SEED):
        one, other = scores(said, weights), scores(plain, weights)
        for metric in METRICS:
            blocks[metric].append(one[metric] - other[metric])
    one, other = scores(said), scores(plain)
    found = {}
    for metric, values in blocks.items():
        low, high = interval(np.concatenate(values))
        found[metric] = [round(float(v), 4) for v in (one[metric] - other[metric], low or 0.0, high or 0.0)]
    return found


def line_of(name: str, learner: str, method: str, said: Said, plain: Said | None) -> dict[str, Any]:
    """One line of results."""
    shares = np.nanmean(said.y, axis=0)
    line = {"set": name, "learner": learner, "method": method, "n": len(said.y), "targets": said.y.shape[1],
            "prevalence": [round(float(shares.min()), 4), round(float(shares.max()), 4)],
            "core_seconds": round(said.seconds)}  # fmt: skip
    line |= {metric: round(float(value), 4) for metric, value in scores(said).items()}
    return line if plain is None else {**line, "less_none": differences(said, plain)}


def kept(path: Path, make: Callable[[], Said]) -> Said:
    """What `make` says, from a file if it was said before."""
    arrays = kept_arrays(path, lambda: vars(make()))
    return Said(arrays["y"], arrays["p"], arrays["calls"], float(arrays["seconds"]))


def lines(options: argparse.Namespace, name: str) -> Iterator[dict[str, Any]]:
    """Every line that was asked for of a set; its parts are read when one of them is missing."""
    parts = cache(partial(material_of, options.data, name))
    if options.rivals:
        (options.work / name).mkdir(exist_ok=True)
        write_parts(*parts(), options.work / name)
    for learner in filter(None, options.learners.split(",")):
        plain = None
        for method in options.methods.split(","):
            make = partial(_fitted, parts, name, tuple(learner.split("+")), method)
            said = kept(options.work / f"{name}-{learner}-{method}.npz", make)
            yield line_of(name, learner, method, said, plain)
            plain = said if method == "none" else plain
    if options.forest:
        said = kept(options.work / f"{name}-forest.npz", lambda: forest(*parts()[:2]))
        yield line_of(name, _FOREST, "", said, None)
    for text in options.read or []:
        rival, _, file = text.partition("=")
        yield line_of(name, rival, "", read_rival(Path(file), *parts()), None)


def _fitted(parts: Callable[[], Any], name: str, learners: tuple[str, ...], method: str) -> Said:
    material, split, _ = parts()
    return fit(material, split, name, learners, method)


def write_tables(lines: list[dict[str, Any]], folder: Path) -> None:
    """Scores, and differences from `none`, as the JSON lines of two tables."""
    plain = [{key: value for key, value in line.items() if key != "less_none"} for line in lines]
    less = [
        {key: line[key] for key in ("set", "learner", "method")}
        | {
            metric: f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
            for metric, (value, low, high) in line["less_none"].items()
        }
        for line in lines
        if "less_none" in line
    ]
    for name, rows in (("imbalance", plain), ("imbalance-differences", less)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def main(argv: list[str]) -> None:
    """Fit what is missing and write a line of scores for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--learners", default="boosting", help="by comma; several in one ensemble joined by +")
    parser.add_argument("--methods", default="none,auto,class-weights")
    parser.add_argument("--forest", action="store_true", help="scikit-learn's class-weighted forest beside them")
    parser.add_argument("--rivals", action="store_true", help="write the parts of each set for other programs")
    parser.add_argument(
        "--tables", type=Path, help="run nothing, write the lines of two tables of OUT into this folder"
    )
    parser.add_argument("--read", action="append", help="NAME=FILE, predictions of another program")
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in options.out.open()] if options.out.exists() else []
    if options.tables:
        write_tables(done, options.tables)
        return
    for line in (line for name in options.sets.split(",") for line in lines(options, name)):
        key = {field: line[field] for field in ("set", "learner", "method")}
        print(json.dumps(line), flush=True)
        done = [other for other in done if not key.items() <= other.items()] + [line]
        options.out.write_text("".join(json.dumps(other) + "\n" for other in done))


if __name__ == "__main__":
    main(sys.argv[1:])
