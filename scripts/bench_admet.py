"""Therapeutics Data Commons ADMET sets with official test files: molkit beside MapLight, seeds 1 to 5.

    python scripts/bench_admet.py DATA WORK -o OUT.jsonl --peers PEERS_PYTHON

DATA holds one folder per set with train_val.csv and test.csv (Drug, Y). PEERS_PYTHON is an environment with
CatBoost; MapLight (CatBoost with random strength 2 on ECFP, Avalon, ErG and RDKit descriptors, trained on all
of train_val) is run there. Each run is a process of its own; predictions are kept in WORK, so that a second
call goes on where the first stopped and methods can be compared in pairs. Nothing is tuned for a set: the
metric of a set is the only thing that methods are told. `--methods profile` trains as the shipped ADMET models are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from resumable import result_of, run_missing

SETS = {
    "caco2_wang": "MAE",
    "hia_hou": "ROC-AUC",
    "pgp_broccatelli": "ROC-AUC",
    "bioavailability_ma": "ROC-AUC",
    "lipophilicity_astrazeneca": "MAE",
    "solubility_aqsoldb": "MAE",
    "bbb_martins": "ROC-AUC",
    "ppbr_az": "MAE",
    "vdss_lombardo": "Spearman",
    "half_life_obach": "Spearman",
    "clearance_hepatocyte_az": "Spearman",
    "clearance_microsome_az": "Spearman",
}
METHODS = ("molkit", "maplight", "lightgbm")


def read(path: Path) -> tuple[list[str], np.ndarray]:
    import csv

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["Drug"] for row in rows], np.array([float(row["Y"]) for row in rows])


def maplight_features(texts: list[str]) -> np.ndarray:
    """ECFP counts and Avalon counts of 1,024, ErG, and every RDKit descriptor, float32 [n, F]."""
    from rdkit import Chem, RDLogger
    from rdkit.Avalon import pyAvalonTools
    from rdkit.Chem import Descriptors, rdFingerprintGenerator, rdReducedGraphs
    from rdkit.DataStructs import ConvertToNumpyArray

    RDLogger.DisableLog("rdApp.*")
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    rows = []
    for text in texts:
        mol = Chem.MolFromSmiles(text)
        if mol is None:
            rows.append(np.full(len(rows[0]), np.nan))
            continue
        avalon = np.zeros(1024)
        ConvertToNumpyArray(pyAvalonTools.GetAvalonCountFP(mol, 1024), avalon)
        parts = [
            morgan.GetCountFingerprintAsNumPy(mol), avalon, rdReducedGraphs.GetErGFingerprint(mol),
            list(Descriptors.CalcMolDescriptors(mol).values()),
        ]  # fmt: skip
        rows.append(np.concatenate([np.asarray(part, np.float64) for part in parts]))
    features = np.array(rows)
    features[~np.isfinite(features) | (np.abs(features) > 1e30)] = np.nan
    return features.astype(np.float32)


def cached_features(folder: Path, work: Path) -> tuple[np.ndarray, np.ndarray]:
    path = work / f"maplight-features-{folder.name}.npz"
    if not path.exists():
        arrays = {part: maplight_features(read(folder / f"{part}.csv")[0]) for part in ("train_val", "test")}
        np.savez_compressed(path.with_suffix(".tmp.npz"), **arrays)
        path.with_suffix(".tmp.npz").rename(path)
    with np.load(path) as arrays:
        return arrays["train_val"], arrays["test"]


def scaled(y: np.ndarray, metric: str) -> np.ndarray:
    """MapLight learns the logarithm where only ranks count."""
    return np.log10(np.maximum(y, 1e-3)) if metric == "Spearman" else y


def run_maplight(folder: Path, work: Path, metric: str, seed: int) -> np.ndarray:
    from catboost import CatBoostClassifier, CatBoostRegressor

    train, test = cached_features(folder, work)
    y = read(folder / "train_val.csv")[1]
    shared = {"random_strength": 2, "random_seed": seed, "verbose": 0, "thread_count": 1, "allow_writing_files": False}
    if metric == "ROC-AUC":
        model = CatBoostClassifier(**shared, loss_function="Logloss").fit(train, y)
        return model.predict_proba(test)[:, 1]
    return CatBoostRegressor(**shared, loss_function="MAE").fit(train, scaled(y, metric)).predict(test)


def run_lightgbm(folder: Path, work: Path, metric: str, seed: int) -> np.ndarray:
    """The settings of molkit's boosting learner on MapLight's features."""
    import lightgbm

    train, test = cached_features(folder, work)
    y = read(folder / "train_val.csv")[1]
    objective = {"ROC-AUC": "binary", "MAE": "regression_l1"}.get(metric, "regression")
    parameters = {
        "objective": objective, "learning_rate": 0.03, "num_leaves": 31, "feature_fraction": 0.2,
        "min_data_in_leaf": 5, "seed": seed, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(train, label=scaled(y, metric), params={"verbosity": -1})
    return lightgbm.train(parameters, data, num_boost_round=500).predict(test)


def run_molkit(folder: Path, work: Path, metric: str, seed: int) -> np.ndarray:
    """Through the public functions, as a user would: all of train_val, nothing held out for testing."""
    import molkit

    model = molkit.train(
        folder / "train_val.csv",
        out=work / f"{folder.name}-{seed}.molkit",
        smiles_column="Drug", targets=["Y"], metric=metric, split="none", seed=seed, workers=1, overwrite=True,
    )  # fmt: skip
    table = model.predict(read(folder / "test.csv")[0], columns="pred,status", workers=1)
    return np.array(table["Y_pred"], float)


def run_profile(folder: Path, work: Path, metric: str, seed: int) -> np.ndarray:
    """As the models of the ADMET profile are trained, which have seed 1."""
    import train_admet

    import molkit
    from molkit.profile.endpoints import ENDPOINTS

    endpoint = next(found for found in ENDPOINTS.values() if found.name.lower() == folder.name)
    out = work / f"profile-{seed}"
    out.mkdir(exist_ok=True)
    model = molkit.load(train_admet.train(endpoint, out, seed, 1))
    table = model.predict(read(folder / "test.csv")[0], columns="pred,status", workers=1)
    return np.array(table[f"{endpoint.name}_pred"], float)


def score(metric: str, y: np.ndarray, p: np.ndarray) -> float:
    from scipy.stats import spearmanr
    from sklearn.metrics import mean_absolute_error, roc_auc_score

    if metric == "MAE":
        return float(mean_absolute_error(y, p))
    return float(roc_auc_score(y, p) if metric == "ROC-AUC" else spearmanr(y, p).statistic)


def run_all(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    names = options.sets.split(",") if options.sets else list(SETS)

    methods = options.methods.split(",")
    settings = [{"set": name, "method": method, "seed": seed}
                for seed in options.seeds for name in names for method in methods]  # fmt: skip

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        python = options.peers if setting["method"] == "maplight" else sys.executable
        one = ":".join(map(str, setting.values()))
        return result_of([python, __file__, str(options.data), str(options.work), "--one", one])

    run_missing(options.out, settings, run)


def run_one(options: argparse.Namespace) -> None:
    name, method, seed = options.one.split(":")
    folder, metric = options.data / name, SETS[name]
    if method not in ("molkit", "profile"):
        cached_features(folder, options.work)  # made once for all seeds: not on the clock
    runs = {"molkit": run_molkit, "maplight": run_maplight, "lightgbm": run_lightgbm, "profile": run_profile}
    run = runs[method]
    start = time.process_time()
    predicted = run(folder, options.work, metric, int(seed))
    seconds = sum(os.times()[:4]) if method in ("molkit", "profile") else time.process_time() - start
    y = read(folder / "test.csv")[1]
    failed = int(np.isnan(predicted).sum())
    predicted = np.where(np.isnan(predicted), np.nanmedian(predicted), predicted)
    np.save(options.work / f"{method}-{name}-{seed}.npy", predicted)
    value = round(score(metric, y, predicted), 4)
    print(json.dumps({"metric": metric, "value": value, "n": len(y), "failed": failed, "cpu_s": round(seconds, 1)}))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder for features and predictions")
    parser.add_argument("-o", "--out", type=Path, help="JSON lines; what is there is not run again")
    parser.add_argument("--peers", help="python of the environment with CatBoost")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--sets", help="some of the sets, by comma")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--one", help="internal: set:method:seed to run in this process")
    options = parser.parse_args(argv)
    (run_one if options.one else run_all)(options)


if __name__ == "__main__":
    main()
