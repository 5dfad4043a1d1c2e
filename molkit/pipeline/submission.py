"""A benchmark group as Therapeutics Data Commons (TDC) scores it: fixed parts, several seeds, mean and spread.

The folder holds one folder per set with train_val.csv and test.csv (columns Drug and Y). Every run trains on
all of train_val.csv and predicts test.csv. Runs that are done are kept in the output folder, so that a second
call goes on where the first was stopped.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit import __version__
from molkit.config import RunConfig
from molkit.data.cards import cards
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.data.write import atomic_path
from molkit.errors import InputError, OutputError
from molkit.evaluation.metrics import find_metric
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import score_table
from molkit.pipeline.train import train_bundle

STRUCTURE, TARGET = "Drug", "Y"
SEEDS = (1, 2, 3, 4, 5)
RUNS, RESULT, PER_SEED = "runs.jsonl", "submission.json", "per_seed.json"


def official_metrics() -> dict[str, str]:
    """The metric of each of TDC's 22 ADMET sets, from their data cards."""
    group = "tdc_admet/"
    return {name.removeprefix(group): card.metric for name, card in cards().items() if name.startswith(group)}


def choose_sets(folder: Path, wanted: Sequence[str] | None, metrics: Mapping[str, str]) -> list[str]:
    """The sets of a folder that have a metric and a test part; raises InputError if a wanted one has not."""
    complete = [name for name in metrics if (folder / name / "test.csv").is_file()]
    complete = [name for name in complete if (folder / name / "train_val.csv").is_file()]
    for name in wanted or ():
        if name not in metrics:
            raise InputError(f"there is no benchmark set {name!r}; known are {', '.join(metrics)}")
        if name not in complete:
            raise InputError(f"{folder / name}: expected train_val.csv and test.csv")
    if not complete:
        raise InputError(f"{folder}: expected folders such as {next(iter(metrics))} with train_val.csv and test.csv")
    return list(dict.fromkeys(wanted)) if wanted else complete


def submission(
    folder: Path | str,
    out: Path | str,
    metrics: Mapping[str, str],
    config: RunConfig = RunConfig(),
    seeds: Sequence[int] = SEEDS,
    progress: Progress = quiet,
) -> dict[str, list[float]]:
    """Train and score every set of `metrics` with every seed: name -> [mean, standard deviation].

    The deviation is that of the values themselves (divided by n, as TDC does), both rounded to 3 digits.
    Writes submission.json (what is returned), per_seed.json, runs.jsonl and the predictions into `out`.
    A test molecule that cannot be predicted gets the mean of the training values, and is counted. Raises
    InputError where `out` holds runs of other options or data.
    """
    folder, out = Path(folder), Path(out)
    if len(set(seeds)) < len(seeds) or not seeds:
        raise InputError(f"seeds: expected different numbers, got {', '.join(map(str, seeds)) or 'none'}")
    try:
        (out / "predictions").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: the folder cannot be made: {error.strerror}") from error
    runs = _read_runs(out / RUNS)
    wanted = [(name, seed) for name in metrics for seed in seeds]
    for done, (name, seed) in enumerate(wanted):
        progress("benchmark runs", done, len(wanted), {})
        run_config = replace(
            config, smiles_column=STRUCTURE, targets=(TARGET,), metric=metrics[name], split="none", seed=seed
        )
        settings = _settings(run_config, folder / name)
        known = runs.get((name, seed))
        if known is not None and known["settings"] != settings:
            raise InputError(
                f"{out / RUNS}: {name}, seed {seed}, was run with other options or data; use another folder"
            )
        if known is None:
            result = _run(folder / name, out / "predictions" / f"{name}-{seed}.csv", run_config, progress)
            runs[name, seed] = {"set": name, "seed": seed, "settings": settings, **result}
            _write(out / RUNS, "".join(f"{json.dumps(run)}\n" for run in runs.values()))
    return _write_result(out, {name: {seed: runs[name, seed] for seed in seeds} for name in metrics})


def _read_runs(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {(run["set"], run["seed"]): {**run, "settings": run["settings"], "value": run["value"]} for run in found}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: expected one run a line, as molkit tdc writes them: {error}") from error


def _settings(config: RunConfig, folder: Path) -> str:
    """A digest of molkit's version, the options and the tables: is a run on record the one asked for?"""
    digest = hashlib.sha256(json.dumps([__version__, asdict(replace(config, workers=0))], sort_keys=True).encode())
    for part in ("train_val.csv", "test.csv"):
        digest.update(hashlib.sha256((folder / part).read_bytes()).digest())
    return digest.hexdigest()[:16]


def _run(folder: Path, predictions: Path, config: RunConfig, progress: Progress) -> dict[str, Any]:
    """Train, predict, and score one set with one seed."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="molkit-") as scratch:
        model = Path(scratch) / "model.molkit"
        train_bundle(folder / "train_val.csv", model, config, progress=progress)
        score_table(
            model, folder / "test.csv", predictions, groups=("pred", "status"), smiles_column=STRUCTURE,
            overwrite=True, workers=config.workers, progress=progress,
        )  # fmt: skip
    y, p = _column(predictions, TARGET), _column(predictions, f"{TARGET}_pred")
    if np.isnan(y).any():
        raise InputError(
            f"{folder / 'test.csv'}: row {int(np.isnan(y).argmax()) + 1}, column {TARGET}: expected a number"
        )
    failed = np.isnan(p)
    p[failed] = np.nanmean(_column(folder / "train_val.csv", TARGET))
    value = find_metric(config.metric or "").function(y, p)
    if not math.isfinite(value):
        raise InputError(f"{folder / 'test.csv'}: {config.metric} is undefined for these labels and predictions")
    return {
        "metric": config.metric, "value": float(value), "n": len(y), "failed": int(failed.sum()),
        "seconds": round(time.monotonic() - start, 1),
    }  # fmt: skip


def _column(path: Path, name: str) -> np.ndarray:
    """A column of numbers, NaN where a cell is none."""
    table = read_table(open_table(path, smiles_column=STRUCTURE))
    if name not in table.columns:
        raise InputError(f"{path}: there is no column {name!r}; it has {', '.join(table.names)}")
    return np.array([_number(cell) for cell in table.columns[name]])


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


def _write_result(out: Path, runs: Mapping[str, Mapping[int, dict[str, Any]]]) -> dict[str, list[float]]:
    result, per_seed = {}, {}
    for name, by_seed in runs.items():
        values = [run["value"] for run in by_seed.values()]
        result[name] = [round(float(np.mean(values)), 3), round(float(np.std(values)), 3)]
        first = next(iter(by_seed.values()))
        per_seed[name] = {
            "metric": first["metric"], "n": first["n"],
            "values": {str(seed): run["value"] for seed, run in by_seed.items()},
            "failed": {str(seed): run["failed"] for seed, run in by_seed.items()},
            "seconds": {str(seed): run["seconds"] for seed, run in by_seed.items()},
        }  # fmt: skip
    _write(out / RESULT, json.dumps(result, indent=1) + "\n")
    _write(out / PER_SEED, json.dumps(per_seed, indent=1) + "\n")
    return result


def _write(path: Path, text: str) -> None:
    with atomic_path(path, overwrite=True) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
