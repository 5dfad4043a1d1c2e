"""Training speed and accuracy of molkit's D-MPNN beside chemprop's own loop, in turn, on one table.

    python scripts/bench_training.py TABLE --target NAME --peers PEERS_PYTHON -o OUT.jsonl

PEERS_PYTHON is the interpreter of an environment with chemprop 2.3.1. Both tools see the same rows, split,
batch size, epochs and learning-rate schedule, in fp32 on one thread; each run is a process of its own.
Adds JSON lines to OUT, without running again what it holds: CPU-seconds per training epoch (median over
epochs, features ready) and the test RMSE.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from resumable import result_of, run_missing

BATCH = 64


def read_rows(path: str, smiles: str, target: str) -> tuple[list[str], list[float]]:
    """Structures and values of a CSV file, rows with RDKit-readable structures of two atoms or more."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    texts, values = [], []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            mol = Chem.MolFromSmiles(row[smiles])
            if mol is not None and mol.GetNumAtoms() > 1 and row[target]:
                texts.append(row[smiles])
                values.append(float(row[target]))
    return texts, values


def parts(rows: int, seed: int) -> tuple[list[int], list[int], list[int]]:
    """A random 80/10/10 split, the same in both environments."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(rows).tolist()
    return order[: rows * 8 // 10], order[rows * 8 // 10 : rows * 9 // 10], order[rows * 9 // 10 :]


def run_molkit(texts: list[str], values: list[float], seed: int, epochs: int, width: int) -> dict[str, float]:
    import numpy as np
    import torch
    from rdkit import Chem

    from molkit.features import GraphFeaturizer
    from molkit.learners.network_options import NeuralOptions
    from molkit.learners.neural import NeuralLearner
    from molkit.training.fit import FitOptions
    from molkit.types import Column, Measurements

    torch.set_num_threads(1)
    graphs = GraphFeaturizer()([Chem.MolFromSmiles(text) for text in texts])
    columns = {"drug/graph": Column(graphs, np.arange(len(texts)))}
    y = np.array(values)[:, None]
    labels = Measurements(y, np.zeros(y.shape, np.int8), np.ones(len(y)))
    train, valid, test = (np.array(part) for part in parts(len(texts), seed))
    marks = [time.process_time()]
    options = NeuralOptions(width=width, fit=FitOptions(epochs=epochs, batch_size=BATCH, patience=epochs))
    learner = NeuralLearner(("regression",), options)
    learner.fit(columns, labels, train, valid, seed, lambda *_: marks.append(time.process_time()))
    predicted = learner.predict({"drug/graph": Column(graphs, test)})
    return summary(marks, predicted[:, 0], y[test, 0], len(train))


def run_chemprop(texts: list[str], values: list[float], seed: int, epochs: int, width: int) -> dict[str, float]:
    import logging

    import numpy as np
    import torch
    from chemprop import data, models, nn
    from lightning import pytorch as pl

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    pl.seed_everything(seed, verbose=False)
    points = [data.MoleculeDatapoint.from_smi(text, [value]) for text, value in zip(texts, values, strict=True)]
    train, valid, test = (data.MoleculeDataset([points[i] for i in part]) for part in parts(len(texts), seed))
    scaler = train.normalize_targets()
    valid.normalize_targets(scaler)
    for part in (train, valid, test):
        part.cache = True  # features are made once; the clock sees the training loop
        list(part)
    head = nn.RegressionFFN(
        input_dim=width, hidden_dim=width, output_transform=nn.UnscaleTransform.from_standard_scaler(scaler)
    )
    model = models.MPNN(nn.BondMessagePassing(d_h=width), nn.MeanAggregation(), head)
    marks = [time.process_time()]

    class Clock(pl.Callback):
        def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
            marks.append(time.process_time())

    class Best(pl.Callback):
        best, state = float("inf"), None

        def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
            value = float(trainer.callback_metrics.get("val_loss", float("inf")))
            if not trainer.sanity_checking and value < self.best:
                self.best, self.state = value, {k: v.clone() for k, v in module.state_dict().items()}

    best = Best()
    trainer = pl.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=[Clock(), best],
    )  # fmt: skip
    load = data.build_dataloader
    trainer.fit(model, load(train, BATCH, seed=seed), load(valid, BATCH, shuffle=False))
    model.load_state_dict(best.state)
    predicted = torch.cat(trainer.predict(model, load(test, BATCH, shuffle=False)))[:, 0].numpy()
    truth = np.array(values)[parts(len(texts), seed)[2]]
    return summary(marks, predicted, truth, len(train))


def summary(marks: list[float], predicted: object, truth: object, rows: int) -> dict[str, float]:
    import numpy as np

    # the first epoch warms caches up; each interval holds one training and one validation pass
    epochs = [b - a for a, b in pairwise(marks[1:])]
    rmse = float(np.sqrt(np.mean((np.asarray(predicted) - np.asarray(truth)) ** 2)))
    return {
        "epoch_cpu_s": round(median(epochs), 3),
        "fastest_epoch_cpu_s": round(min(epochs), 3),
        "rows": rows,
        "rmse": round(rmse, 4),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table")
    parser.add_argument("--smiles", default="smiles")
    parser.add_argument("--target", required=True)
    parser.add_argument("--peers", help="python of the environment with chemprop")
    parser.add_argument("-o", "--out", type=Path, help="JSON lines; what is there is not run again")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--widths", default="320,300", help="hidden sizes of molkit's network; chemprop has 300")
    parser.add_argument("--one", help="internal: tool:width:seed to run in this process")
    options = parser.parse_args(argv)
    if options.one:
        tool, width, seed = options.one.split(":")
        texts, values = read_rows(options.table, options.smiles, options.target)
        train = run_molkit if tool == "molkit" else run_chemprop
        print(json.dumps(train(texts, values, int(seed), options.epochs, int(width))))
        return
    runs = [("molkit", int(width)) for width in options.widths.split(",")]
    runs += [("chemprop", 300)] if options.peers else []
    settings = [{"tool": tool, "width": width, "seed": seed, "epochs": options.epochs}
                for seed in range(options.seeds) for tool, width in runs]  # fmt: skip
    arguments = [options.table, "--smiles", options.smiles, "--target", options.target, "--epochs", str(options.epochs)]

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        python = options.peers if setting["tool"] == "chemprop" else sys.executable
        one = f"{setting['tool']}:{setting['width']}:{setting['seed']}"
        return result_of([python, __file__, *arguments, "--one", one])

    run_missing(options.out, settings, run)


if __name__ == "__main__":
    main()
