"""Seven public sets on balanced scaffold splits: molkit beside a random forest, chemprop and DeepChem, same rows.

    python scripts/bench_scaffold.py DATA WORK -o OUT.jsonl --peers PEERS_PYTHON

DATA holds the public sets of the data cards; PEERS_PYTHON is an environment with chemprop 2.3.1. Every set is
read once by molkit (standardised, repeats merged), split once per seed, and written as one table with a column
`split`, which all methods read. Each run is a process of its own; tables and predictions are kept in WORK, so
that a second call goes on where the first stopped and methods can be compared in pairs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from resumable import result_of, run_missing


class Set:
    def __init__(self, file: str, targets: list[str], metric: str, smiles: str = "smiles") -> None:
        self.file, self.targets, self.metric, self.smiles = file, targets, metric, smiles
        self.binary = metric == "ROC-AUC"


TOX21 = [
    *("NR-AR", "NR-AR-LBD", "NR-AhR", "NR-Aromatase", "NR-ER", "NR-ER-LBD", "NR-PPAR-gamma"),
    *("SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"),
]
SETS = {
    "freesolv": Set("freesolv/*.csv", ["expt"], "RMSE"),
    "esol": Set("esol/*.csv", ["measured log solubility in mols per litre"], "RMSE"),
    "solubility": Set("", ["logS"], "RMSE"),
    "bace": Set("bace/bace.csv.gz", ["Class"], "ROC-AUC"),
    "bbbp": Set("bbbp/*.csv", ["p_np"], "ROC-AUC"),
    "lipophilicity": Set("lipophilicity/*.csv", ["exp"], "RMSE"),
    "tox21": Set("tox21/tox21.csv.gz", TOX21, "ROC-AUC"),
}
EPOCHS = 50  # of DeepChem, as many as chemprop has by default
METHODS = ("molkit", "forest", "chemprop", "deepchem")


def prepare(options: argparse.Namespace, name: str, seed: int) -> Path:
    """The table that all methods read: smiles, targets, split."""
    path = options.work / f"{name}-{seed}.csv"
    if path.exists():
        return path
    from molkit.config import RunConfig
    from molkit.data.cards import shipped_path
    from molkit.data.labels import read_labels
    from molkit.data.split import split_rows
    from molkit.data.table import read_table
    from molkit.data.tables import open_table
    from molkit.features.inputs import molecules
    from molkit.pipeline.dataset import build_dataset, exact_values
    from molkit.pipeline.material import split_rows_of
    from molkit.pipeline.progress import quiet
    from molkit.pipeline.samples import read_samples

    own = SETS[name]
    file = shipped_path(name) if not own.file else next(options.data.glob(own.file))
    source = open_table(file, smiles_column=None if not own.file else own.smiles)
    table = read_table(source)
    config = RunConfig(seed=seed, targets=tuple(own.targets), task="binary" if own.binary else "regression")
    labels = read_labels(table, config.targets, task=config.task)
    inputs, cells = molecules(source.smiles), {"drug": table.columns[source.smiles]}
    dataset = build_dataset(
        table, inputs, labels, read_samples(cells, labels.faults, inputs, ["drug/fingerprint"], config, 2, quiet)
    )
    split = split_rows(split_rows_of(dataset, labels, table, config), "scaffold", (0.8, 0.1, 0.1), seed)
    part = {row: word for word in ("train", "valid", "test") for row in getattr(split, word)}
    values = exact_values(dataset.measurements)
    with path.with_suffix(".tmp").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["smiles", *own.targets, "split"])
        for row, smiles in enumerate(dataset.smiles):
            cells = ["" if np.isnan(value) else f"{value:.10g}" for value in values[row]]
            writer.writerow([smiles, *cells, part[row]])
    path.with_suffix(".tmp").rename(path)
    return path


def read(path: Path, own: Set) -> tuple[list[str], np.ndarray, np.ndarray]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    y = np.array([[float(row[t]) if row[t] else np.nan for t in own.targets] for row in rows])
    return [row["smiles"] for row in rows], y, np.array([row["split"] for row in rows])


def run_molkit(path: Path, own: Set, work: Path, seed: int) -> np.ndarray:
    import molkit

    texts, _, part = read(path, own)
    model = molkit.train(
        path, out=work / f"{path.stem}.molkit", smiles_column="smiles", targets=own.targets, split_column="split",
        metric=own.metric, task="binary" if own.binary else "regression", seed=seed, workers=1, overwrite=True,
    )  # fmt: skip
    found = model.predict([text for text, where in zip(texts, part, strict=True) if where == "test"], workers=1)
    return np.array([found[f"{target}_pred"] for target in own.targets], float).T


def run_forest(path: Path, own: Set, work: Path, seed: int) -> np.ndarray:
    """500 trees on Morgan counts of 2,048 and every RDKit descriptor, on training and validation rows."""
    from rdkit import Chem, RDLogger
    from rdkit.Chem import Descriptors, rdFingerprintGenerator
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    RDLogger.DisableLog("rdApp.*")
    texts, y, part = read(path, own)
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    rows = []
    for text in texts:
        mol = Chem.MolFromSmiles(text)
        descriptors = np.array(list(Descriptors.CalcMolDescriptors(mol).values()), float)
        rows.append(np.concatenate([morgan.GetCountFingerprintAsNumPy(mol), descriptors]))
    features = np.nan_to_num(np.clip(np.array(rows), -1e30, 1e30)).astype(np.float32)
    test, known, predicted = part == "test", part != "test", []
    for k in range(y.shape[1]):
        fit = known & ~np.isnan(y[:, k])
        if own.binary:
            model = RandomForestClassifier(500, random_state=seed).fit(features[fit], y[fit, k])
            predicted.append(model.predict_proba(features[test])[:, 1])
        else:
            forest = RandomForestRegressor(500, max_features=0.33, random_state=seed)
            predicted.append(forest.fit(features[fit], y[fit, k]).predict(features[test]))
    return np.array(predicted).T


def run_chemprop(path: Path, own: Set, work: Path, seed: int) -> np.ndarray:
    """The command line with its defaults: 50 epochs, best of them on the validation rows."""
    folder = work / f"chemprop-{path.stem}"
    folder.mkdir(exist_ok=True)
    texts, y, part = read(path, own)
    table, test = folder / "data.csv", folder / "test.csv"
    for out, wanted in ((table, part != ""), (test, part == "test")):
        with out.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["smiles", *own.targets, "split"])
            for row in np.flatnonzero(wanted):
                cells = ["" if np.isnan(v) else f"{v:g}" if own.binary else repr(float(v)) for v in y[row]]
                writer.writerow([texts[row], *cells, {"valid": "val"}.get(part[row], part[row])])
    program = str(Path(sys.executable).parent / "chemprop")
    task = "classification" if own.binary else "regression"
    train = [program, "train", "-i", str(table), "-o", str(folder / "run"), "-s", "smiles", "--target-columns",
             *own.targets, "-t", task, "--splits-column", "split", "--accelerator", "cpu", "--num-workers", "0",
             "--data-seed", str(seed), "--pytorch-seed", str(seed)]  # fmt: skip
    subprocess.run(train, check=True, capture_output=True, cwd=folder)
    model = sorted((folder / "run").rglob("best.pt"))[-1]
    predict = [program, "predict", "-i", str(test), "-o", str(folder / "out.csv"), "-s", "smiles",
               "--model-paths", str(model), "--accelerator", "cpu", "--num-workers", "0"]  # fmt: skip
    subprocess.run(predict, check=True, capture_output=True, cwd=folder)
    with (folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "smiles" and name != "split"][-len(own.targets) :]
    return np.array([[float(row[name]) for name in names] for row in rows])


def run_deepchem(path: Path, own: Set, work: Path, seed: int) -> np.ndarray:
    """DeepChem's multitask network on circular fingerprints, its defaults, 50 epochs, best on validation rows."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import deepchem as dc
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)  # what DeepChem draws from
    texts, y, part = read(path, own)
    features = dc.feat.CircularFingerprint(size=2048, radius=2).featurize(texts)
    weights = (~np.isnan(y)).astype(float)
    sets = {w: dc.data.NumpyDataset(features[part == w], np.nan_to_num(y)[part == w], weights[part == w])
            for w in ("train", "valid", "test")}  # fmt: skip
    tasks = y.shape[1]
    transformers = []
    if own.binary:
        model = dc.models.MultitaskClassifier(tasks, 2048, layer_sizes=[1000], dropouts=0.5)
        metric, better = dc.metrics.Metric(dc.metrics.roc_auc_score, np.mean), max
    else:
        transformers = [dc.trans.NormalizationTransformer(transform_y=True, dataset=sets["train"])]
        sets = {w: transformers[0].transform(data) for w, data in sets.items()}
        model = dc.models.MultitaskRegressor(tasks, 2048, layer_sizes=[1000], dropouts=0.5)
        metric, better = dc.metrics.Metric(dc.metrics.rms_score, np.mean), min
    best, kept = None, None
    for _ in range(EPOCHS):
        model.fit(sets["train"], nb_epoch=1, checkpoint_interval=0)
        value = next(iter(model.evaluate(sets["valid"], [metric], transformers).values()))
        if best is None or better(best, value) == value:
            best, kept = value, model.predict(sets["test"], transformers)
    found = kept[:, :, 1] if own.binary else kept.reshape(len(kept), tasks)
    return np.asarray(found, float)


def score(own: Set, y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    values = []
    for k in range(y.shape[1]):
        rows = ~np.isnan(y[:, k])
        if own.binary and len(np.unique(y[rows, k])) < 2:
            continue
        both = y[rows, k], p[rows, k]
        values.append(roc_auc_score(*both) if own.binary else np.sqrt(np.mean((both[0] - both[1]) ** 2)))
    return float(np.mean(values))


def run_all(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    names = options.sets.split(",") if options.sets else list(SETS)
    methods = options.methods.split(",")
    settings = [{"set": name, "method": method, "seed": seed}
                for seed in options.seeds for name in names for method in methods]  # fmt: skip

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        prepare(options, setting["set"], setting["seed"])
        python = options.peers if setting["method"] == "chemprop" else sys.executable
        one = ":".join(map(str, setting.values()))
        return result_of([python, __file__, str(options.data), str(options.work), "--one", one])

    run_missing(options.out, settings, run)


def run_one(options: argparse.Namespace) -> None:
    name, method, seed = options.one.split(":")
    own, path = SETS[name], options.work.resolve() / f"{name}-{seed}.csv"
    run = {"molkit": run_molkit, "forest": run_forest, "chemprop": run_chemprop, "deepchem": run_deepchem}[method]
    start = sum(os.times()[:4])
    predicted = run(path, own, options.work.resolve(), int(seed))
    seconds = sum(os.times()[:4]) - start
    _, y, part = read(path, own)
    y = y[part == "test"]
    np.save(options.work / f"{method}-{name}-{seed}.npy", predicted)
    result = {
        "metric": own.metric,
        "value": round(score(own, y, predicted), 4),
        "n": len(y),
        "cpu_s": round(seconds, 1),
    }
    print(json.dumps({**result, "trained_on": int((part != "test").sum())}))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder for tables and predictions")
    parser.add_argument("-o", "--out", type=Path, help="JSON lines; what is there is not run again")
    parser.add_argument("--peers", help="python of the environment with chemprop")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--sets", help="some of the sets, by comma")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--one", help="internal: set:method:seed to run in this process")
    options = parser.parse_args(argv)
    (run_one if options.one else run_all)(options)


if __name__ == "__main__":
    main()
