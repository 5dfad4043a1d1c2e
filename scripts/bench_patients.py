"""Health records and medical tables through `molkit train`: scores with intervals of learners alone and together.

    python scripts/bench_patients.py DATA WORK -o OUT.jsonl [--sets physionet,breast_cancer,diabetes130]

DATA holds the public sets of the data cards; the tables that are made of them are kept in WORK. Scores are of outer
folds that no patient crosses (0: of a test part), thresholds and calibration being chosen within the other folds. A
second call goes on where the first stopped.

 physionet      PhysioNet/CinC Challenge 2012, set-a: death in hospital from the first 48 hours of 4,000 stays
 breast_cancer  scikit-learn's 569 biopsies, 30 numbers each; here malignant is positive
 diabetes130    99,343 stays of patients with diabetes: readmission within 30 days, a tenth of the patients held out
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert_medical import convert
from convert_physionet2012 import convert as convert_physionet
from resumable import run_missing

METRICS = ("ROC-AUC", "PR-AUC", "min(Se,+P)", "MCC", "Brier", "log loss", "calibration error", "calibration slope")


@dataclass(frozen=True)
class Set:
    """A set: the table made of it, what `molkit train` is told, and the learners compared, several joined by +."""

    make: Callable[[Path, Path], Path]
    options: dict[str, Any]
    learners: tuple[str, ...]
    folds: int = 5


def make_physionet(data: Path, work: Path) -> Path:
    """Events and labels of all stays."""
    own, folder = data / "physionet2012_a", work / "physionet"
    if not folder.exists():
        convert_physionet(own / "set-a.tar.gz", own / "Outcomes-a.txt", folder)
    return folder / "labels.parquet"


def make_breast_cancer(data: Path, work: Path) -> Path:
    """The table that scikit-learn ships."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    path = work / "breast_cancer.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([*found.feature_names, "malignant"])
        writer.writerows([*row, int(label == 0)] for row, label in zip(found.data, found.target, strict=True))
    return path


def make_diabetes130(data: Path, work: Path) -> Path:
    """The stays that did not end in death or hospice."""
    path = work / "diabetes130" / "diabetes130.csv"
    return path if path.exists() else convert(data, work, "diabetes130")[0]


RECORDS = ("boosting+grud+event-gru", "boosting+grud", "grud", "event-gru", "boosting", "linear")
SETS = {
    "physionet": Set(
        make_physionet,
        {"inputs": ("record=@events.parquet",), "targets": ("boolean_value",), "threshold": "break-even"},
        RECORDS,
    ),
    "breast_cancer": Set(
        make_breast_cancer,
        {"inputs": ("patient=*",), "targets": ("malignant",)},
        ("linear", "boosting", "perceptron", "linear+boosting+perceptron"),
    ),
    "diabetes130": Set(
        make_diabetes130,
        {"inputs": ("patient=*",), "targets": ("readmitted",), "group": "patient_nbr"},
        ("boosting", "linear", "perceptron", "boosting+linear+perceptron"),
        folds=0,
    ),
}


def run(setting: dict[str, Any], data: Path, work: Path, rest: dict[str, Any]) -> dict[str, Any]:
    """Train and score one setting; each score as `value [low, high]`."""
    import molkit
    from molkit.config import RunConfig
    from molkit.pipeline.train import train_bundle

    own = SETS[setting["set"]]
    table = own.make(data, work)
    start = sum(os.times()[:4])
    config = RunConfig(
        **own.options, learners=tuple(setting["learners"].split("+")), seed=setting["seed"], folds=setting["folds"],
        workers=1, **rest,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        result = train_bundle(table, Path(folder) / "model.molkit", config)
    scores = {score.metric: score for score in result.scores if score.method == "molkit"}
    some = scores["ROC-AUC"]
    prevalence = None if some.prevalence is None else round(some.prevalence, 4)
    return {"n": some.n, "prevalence": prevalence} | {
        name: f"{score.value:.4f} [{score.low:.4f}, {score.high:.4f}]"
        for name in METRICS
        if (score := scores.get(name)) and score.value is not None
    } | {
        "core_seconds": round(sum(os.times()[:4]) - start),
        "date": datetime.date.today().isoformat(),
        "molkit": molkit.__version__,
        "cores": os.cpu_count(),
    }  # fmt: skip


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path, help="JSON lines; what is there is not run again")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--learners", help="some of the learners, by comma; several in one model joined by +")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--folds", type=int, help="outer folds, 0 for a test part, if not the usual ones of a set")
    parser.add_argument("--epochs", type=int, help="of networks, if not what suits each")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    chosen = {name: SETS[name] for name in given.sets.split(",")}
    settings = [
        {"set": name, "learners": learners, "folds": own.folds if given.folds is None else given.folds, "seed": seed}
        for name, own in chosen.items()
        for seed in given.seeds
        for learners in own.learners
        if not given.learners or learners in given.learners.split(",")
    ]
    rest = {"epochs": given.epochs} if given.epochs else {}
    run_missing(given.out, settings, lambda setting: run(setting, given.data, given.work, rest))


if __name__ == "__main__":
    main()
