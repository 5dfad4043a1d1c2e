"""Models of images on public sets through molkit itself, the speed of learning, and what damaged files do.

    python scripts/convert_medical.py DATA MADE semeion medical_mnist
    python scripts/bench_images.py runs DATA MADE -o docs/benchmarks/images-runs.jsonl
    python scripts/bench_images.py speed DATA --epochs 1 -o docs/benchmarks/images-speed.jsonl
    python scripts/bench_images.py robustness FILES DATA/dicom_samples/dicom_samples.tar.gz \
        -o docs/benchmarks/images-robustness.jsonl

DATA holds the public sets of the data cards, MADE what convert_medical.py makes of them. `runs` trains one learner on a
set, and scores its test part: the official one of PneumoniaMNIST, a fifth of the others. Intervals are of 2,000
resamples of the test rows. `speed` compares learning with a loop over tensors in memory, one after the other, three
times. `robustness` predicts a folder of damaged files with a small model.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from resumable import run_missing

import molkit
from molkit.config import RunConfig
from molkit.data.examples import write_example
from molkit.evaluation.binary import f1, matthews, precision, recall
from molkit.evaluation.bootstrap import RESAMPLES, interval, resampled
from molkit.evaluation.ranking import roc_auc
from molkit.pipeline.train import train_bundle

FIFTH = (0.7, 0.1, 0.2)
CALLS = {"precision": precision, "recall": recall, "F1": f1, "MCC": matthews}
_NOT_IMAGES = ("MANIFEST.json", "phi_canaries.json", "check_deid.py", "phi_planted.dcm", "phi_exif_gps.jpg")


@dataclass(frozen=True)
class Set:
    """Where its images are, in DATA or MADE, and the shares of the parts (None: it has parts of its own)."""

    path: str
    fractions: tuple[float, float, float] | None = FIFTH


SETS = {
    "pneumoniamnist": Set("pneumoniamnist/pneumoniamnist.npz", None),
    "medical_mnist": Set("medical_mnist/images"),
    "semeion": Set("semeion/images"),
    "digits": Set("digits"),
}


def settings(seeds: range) -> Iterator[dict[str, Any]]:
    """Every run: first the usual one of each set and learner, then other ways with unbalanced classes."""
    for seed in seeds:
        for name in SETS:
            for learner in ("cnn", "resnet"):
                yield {"set": name, "learner": learner, "imbalance": "none", "augment": "none", "seed": seed}
        for method in ("class-weights", "balanced-batches"):
            for learner in ("cnn", "resnet"):
                yield {"set": "pneumoniamnist", "learner": learner, "imbalance": method, "augment": "none",
                       "seed": seed}  # fmt: skip
        for name in ("semeion", "pneumoniamnist"):
            yield {"set": name, "learner": "cnn", "imbalance": "none", "augment": "image", "seed": seed}


def run(setting: dict[str, Any], data: Path, made: Path) -> dict[str, Any]:
    """Scores of a model of one learner on a test part that it has not seen."""
    own = SETS[setting["set"]]
    where = next((folder / own.path for folder in (data, made) if (folder / own.path).exists()), made / own.path)
    if setting["set"] == "digits" and not where.exists():
        write_example("digits", where)
    config = RunConfig(
        learners=(setting["learner"],), imbalance=setting["imbalance"], augment=(setting["augment"],),
        seed=setting["seed"], fractions=own.fractions or RunConfig().fractions, workers=1,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        result = train_bundle(where, Path(folder) / "m.molkit", config)
        seconds = time.process_time() - began
    y, p = result.test
    scores = of_two(y[:, 0], p[:, 0], result.targets[0].threshold) if y.shape[1] == 1 else of_several(y, p)
    return {"test rows": len(y), **scores, "core minutes": round(seconds / 60, 1), **here()}


def of_two(y: np.ndarray, p: np.ndarray, threshold: float) -> dict[str, Any]:
    """Scores of two classes, called from 0.5 and from the stored threshold on."""
    found = {"AUC": scored(partial(roc_auc, y, p), len(y)), "threshold": round(threshold, 3)}
    for name, cut in (("0.5", 0.5), ("threshold", threshold)):
        called = (p >= cut).astype(float)
        found[f"ACC at {name}"] = scored(partial(mean, called == y), len(y))
        found |= {f"{metric} at {name}": scored(partial(of, y, called), len(y)) for metric, of in CALLS.items()}
    return found


def of_several(y: np.ndarray, p: np.ndarray) -> dict[str, Any]:
    """The share of images of which the most probable class is right."""
    return {"ACC": scored(partial(mean, y.argmax(axis=1) == p.argmax(axis=1)), len(y))}


def mean(right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means, one for each row of weights [b, n]."""
    return weights @ right / weights.sum(axis=1)


def scored(metric: Callable[[np.ndarray], Any], n: int) -> str:
    """A score of n rows and its interval."""
    value = float(np.ravel(metric(np.ones((1, n))))[0])
    low, high = interval(resampled(metric, n, RESAMPLES, 0))
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def here() -> dict[str, str]:
    """When, by what and on what."""
    import torch

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False,
                            cwd=Path(__file__).parent).stdout.strip()  # fmt: skip
    return {"date": str(date.today()), "commit": commit, "molkit": molkit.__version__, "torch": torch.__version__,
            "cores": str(os.cpu_count())}  # fmt: skip


def speed(data: Path, repeats: int, epochs: int) -> Iterator[dict[str, Any]]:
    """Images learned from per second by molkit's network and by the same layers in a plain loop."""
    from molkit.learners import new_learner
    from molkit.types import Column, Measurements

    with np.load(data / SETS["pneumoniamnist"].path) as arrays:
        pixels = arrays["train_images"][:, None]
        labels = arrays["train_labels"].reshape(-1, 1).astype(float)
    rows = np.arange(len(pixels))
    targets = Measurements(labels, np.zeros(labels.shape, np.int8), np.ones(len(labels)))
    columns = {"image/pixels": Column(pixels, rows)}

    def molkit_fits(epochs: int) -> None:
        learner = new_learner("cnn", ("binary",), epochs=epochs, inputs={"image": "image"})
        learner.fit(columns, targets, rows, np.empty(0, np.int64), 0)

    molkit_fits(1)  # the first fit of a process also loads libraries
    for repeat in range(repeats):
        found = {}
        for name, fits in (("molkit", molkit_fits), ("bare loop", partial(bare_loop, pixels, labels))):
            began = time.process_time()
            fits(epochs)
            found[name] = len(rows) * epochs / (time.process_time() - began)
        share = found["molkit"] / found["bare loop"]
        yield {"repeat": repeat, **{f"{name}, images/s": round(n) for name, n in found.items()},
               "share": round(share, 3), **here()}  # fmt: skip


def bare_loop(pixels: np.ndarray, labels: np.ndarray, epochs: int) -> None:
    """The textbook network by PyTorch alone, over tensors that are in memory, batches of 64, Adam."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
        nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1),
    )  # fmt: skip
    x, y = torch.tensor(pixels, dtype=torch.float32) / 255, torch.tensor(labels, dtype=torch.float32)
    optimizer, loss = torch.optim.Adam(network.parameters()), nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss(network(x[rows]), y[rows]).backward()
            optimizer.step()


def robustness(files: Path, samples: Path) -> dict[str, Any]:
    """Counts of what a small model says of a folder of damaged files, by `molkit predict`."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_example("digits", work / "digits")
        model = work / "m.molkit"
        train_bundle(work / "digits", model, RunConfig(learners=("cnn",), epochs=1, fold_models=2, workers=1))
        images = work / "images"
        images.mkdir()
        for path in files.iterdir():
            if path.name not in _NOT_IMAGES:
                (images / path.name).symlink_to(path.absolute())
        with tarfile.open(samples) as archive:
            archive.extractall(images / "dicom", filter="data")
        expected = sum(path.is_file() for path in images.rglob("*"))
        command = [
            sys.executable,
            "-m",
            "molkit",
            "predict",
            str(model),
            str(images),
            "-o",
            str(work / "out.csv"),
            "--quiet",
        ]
        began = time.monotonic()
        code = subprocess.run(command, check=False).returncode
        seconds = time.monotonic() - began
        with (work / "out.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
    wrong = [
        row for row in rows for name, cell in row.items() if name.endswith("_pred") and cell.lower() in ("nan", "inf")
    ]
    untold = [row for row in rows if row["status"] != "ok" and not row["reason"]]
    return {
        "files": expected, "rows": len(rows), "exit code": code,
        "statuses": dict(Counter(row["status"] for row in rows)), "not a number": len(wrong),
        "without a reason": len(untold), "seconds": round(seconds, 1), **here(),
    }  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("runs", "speed", "robustness"))
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "made", type=Path, nargs="?", help="what convert_medical.py made, or the archive of DICOM files"
    )
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of `speed`")
    options = parser.parse_args(argv)
    if options.what == "runs":
        run_missing(options.out, settings(range(options.seeds)), partial(run, data=options.data, made=options.made))
        return
    found = (
        speed(options.data, 3, options.epochs) if options.what == "speed" else [robustness(options.data, options.made)]
    )
    for line in map(json.dumps, found):
        print(line, flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    main()
