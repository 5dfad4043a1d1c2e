"""Does augmentation help a network on few rows? ESOL, FreeSolv and BBBP, random training rows, the same test rows.

    python scripts/bench_augmentation.py DATA -o OUT.jsonl --minutes 30
    python scripts/bench_augmentation.py DATA -o OUT.jsonl --summary

DATA holds the public sets. One model of each network is fitted without and with each augmentation, on the same
training rows, from the same first weights and for as many epochs as `molkit train` gives it; a fifth of the compounds
is the test part of a seed. A second call goes on where the first stopped. The summary pools the paired changes of the
error (RMSE, or one minus ROC-AUC) against the same fit without augmentation.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import statistics
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch loads

import numpy as np
from resumable import run_missing

from molkit.types import Column, Measurements

SETS = {
    "freesolv": ("freesolv/FreeSolv_SAMPL.csv", "expt", "regression"),
    "esol": ("esol/delaney-processed.csv", "measured log solubility in mols per litre", "regression"),
    "bbbp": ("bbbp/BBBP.csv", "p_np", "binary"),
}
FITS = {"dmpnn": ("none", "mask", "drop", "mixup"), "gru": ("none", "smiles", "mixup")}
EPOCHS = 40


@cache
def read(data: Path, name: str) -> tuple[dict[str, Column], np.ndarray]:
    """Features and values [n, 1] of the distinct compounds."""
    from rdkit import Chem

    from molkit.chem.quiet import QUIET
    from molkit.chem.standardise import Structure, read_structure
    from molkit.features import GraphFeaturizer, TokenFeaturizer
    from molkit.features.tokens import TRAINING_VARIANTS

    file, target, _ = SETS[name]
    found = {}
    with (data / file).open(encoding="utf-8", newline="") as stream, QUIET:
        for row in csv.DictReader(stream):
            structure = read_structure(row["smiles"].strip())
            if isinstance(structure, Structure):
                found.setdefault(Chem.MolToSmiles(structure.mol), (structure.mol, float(row[target])))
    mols = [mol for mol, _ in found.values()]
    everything = np.arange(len(mols))
    columns = {
        "drug/graph": Column(GraphFeaturizer()(mols), everything),
        "drug/tokens": Column(TokenFeaturizer(TRAINING_VARIANTS)(mols), everything),
    }
    return columns, np.array([[value] for _, value in found.values()])


def run(data: Path, setting: dict[str, Any]) -> dict[str, Any]:
    """Fit one model and score it on the test part."""
    import torch
    from sklearn.metrics import roc_auc_score

    from molkit.learners import new_learner

    torch.set_num_threads(1)
    columns, values = read(data, setting["set"])
    order = np.random.default_rng(setting["seed"]).permutation(len(values))
    test, train = np.split(order, [len(order) // 5])
    train = train[: setting["rows"] or len(train)]
    names = () if setting["augment"] == "none" else setting["augment"].split("+")
    kind = SETS[setting["set"]][2]
    learner = new_learner(setting["learner"], (kind,), epochs=EPOCHS, augment=names)
    start = time.process_time()
    labels = Measurements(values, np.zeros(values.shape, np.int8), np.ones(len(values)))
    learner.fit(columns, labels, train, np.empty(0, np.int64), setting["seed"])
    predicted = learner.predict({key: Column(column.values, test) for key, column in columns.items()})
    truth = values[test]
    if kind == "binary":
        error = 1 - float(roc_auc_score(truth[:, 0], predicted[:, 0]))
    else:
        error = float(np.sqrt(((truth - predicted) ** 2).mean()))
    return {"error": round(error, 5), "trained_on": len(train), "cpu_s": round(time.process_time() - start, 1)}


def settings(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Every fit wanted, a seed at a time, until the time is up."""
    end = time.monotonic() + 60 * options.minutes
    fits = [(learner, name) for learner in options.learners for name in FITS[learner]]
    for seed, rows, name, (learner, augment) in itertools.product(options.seeds, options.rows, options.sets, fits):
        if time.monotonic() > end:
            return
        yield {"set": name, "learner": learner, "augment": augment, "rows": rows, "seed": seed}


def summary(lines: list[dict[str, Any]]) -> None:
    """Mean change of the error in percent with its standard error, over the pairs of each augmentation."""
    errors = {
        tuple(line[key] for key in ("set", "learner", "rows", "seed", "augment")): line["error"] for line in lines
    }
    changes: dict[tuple[str, str, str], list[float]] = {}
    for (*same, name), error in errors.items():
        plain = errors.get((*same, "none"))
        if name != "none" and plain:
            for group in (str(same[2] or "all"), "together"):
                changes.setdefault((same[1], name, group), []).append(100 * math.log(error / plain))
    print("learner  augmentation  rows      change of the error  pairs  better")
    for (learner, name, rows), found in sorted(changes.items()):
        spread = statistics.stdev(found) / math.sqrt(len(found)) if len(found) > 1 else math.nan
        better = sum(change < 0 for change in found)
        change = f"{statistics.mean(found):+6.1f} % +- {spread:4.1f}"
        print(f"{learner:8} {name:13} {rows:9} {change} {len(found):10} {better:7}")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, help="JSON lines; what is there is not run again")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--learners", nargs="+", choices=FITS, default=list(FITS))
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 300, 0], help="training rows; 0 is all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=60.0, help="no fit is begun after so long")
    parser.add_argument("--summary", action="store_true", help="run nothing, tell what is there")
    options = parser.parse_args(argv)
    if not options.summary:
        run_missing(options.out, settings(options), lambda setting: run(options.data, setting))
    summary([json.loads(line) for line in options.out.open(encoding="utf-8")])


if __name__ == "__main__":
    main()
