"""Autoencoders of health data: imputation, planted errors, abnormal heartbeats, beside what is usual for each.

    python scripts/bench_health_autoencoders.py DATA -o docs/benchmarks/health-runs.jsonl
    python scripts/bench_health_autoencoders.py summary docs/benchmarks/health-runs.jsonl docs/benchmarks/health

DATA holds the public sets of the data cards. Each set, method and seed makes a line; what OUT has is not run again.

 breast_cancer  scikit-learn's 569 biopsies, 30 numbers each: 70 % to fit, the rest to test
 diabetes130    first stays of 11,000 patients drawn with the seed, 8 numbers and 39 columns of words: 10,000 to fit
 ecg5000        292 normal heartbeats, 60 % to fit; the rest and 208 abnormal ones to test

Of test rows of tables a fifth of the known cells is hidden and guessed: root mean square error of numbers in standard
deviations of the fitted rows, accuracy and log loss of words. In a tenth of the test rows, one to three cells get the
differing value of another test row (swapped), or one number is moved by three standard deviations (moved): the ROC-AUC
tells how well these rows are found. How many neighbours KNNImputer takes, and how much variance PCA keeps, is chosen
for each seed by the same measures within the rows to fit.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from resumable import run_missing

from molkit.nn.record_cells import Cells, cells_of

HIDDEN, PLANTED, MOST_SWAPPED, MOVED = 0.2, 0.1, 3, 3.0
HELD_OUT = 0.15  # of the rows to fit, which tell what is usual
STAYS, TESTED = 11_000, 1_000
NUMBERS = ("time_in_hospital", "num_lab_procedures", "num_procedures", "num_medications", "number_outpatient",
           "number_emergency", "number_inpatient", "number_diagnoses")  # fmt: skip
NEIGHBOURS, KEPT, CHOSEN_ON = (5, 15, 50), (0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999), 500
LEFT_OUT = ("encounter_id", "patient_nbr", "readmitted")


@dataclass(frozen=True)
class Rows:
    """A table as vectors, what their columns are, and which rows are to fit and to test."""

    values: np.ndarray  # float32 [n, F]
    layout: tuple[tuple[str, int], ...]
    fit: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Task:
    """What every method gets: the rows to fit, test rows with cells hidden, and with errors planted."""

    name: str
    seed: int
    cells: Cells
    layout: tuple[tuple[str, int], ...]
    fit: np.ndarray  # float32 [n, F]
    test: np.ndarray  # float32 [m, F]
    hidden: np.ndarray  # bool [m, P]
    swapped: np.ndarray
    moved: np.ndarray
    planted: dict[str, np.ndarray]  # bool [m], of each kind of error

    @property
    def masked(self) -> np.ndarray:
        """Test rows without the hidden cells."""
        blank = np.where(self.cells.is_number.numpy() | self.cells.is_binary.numpy(), np.nan, 0).astype(np.float32)
        return np.where(self.hidden[:, self.cells.owner.numpy()], blank, self.test)


def breast_cancer(data: Path, seed: int) -> Rows:
    """All rows, as they are."""
    from sklearn.datasets import load_breast_cancer

    values = load_breast_cancer().data.astype(np.float32)
    order = np.random.default_rng(seed).permutation(len(values))
    cut = round(0.7 * len(values))
    return Rows(values, (("number", values.shape[1]),), order[:cut], order[cut:])


def diabetes130(data: Path, seed: int) -> Rows:
    """First stays, read as `molkit train` would, words being known that 20 of the fitted rows have."""
    from molkit.data.table import Table
    from molkit.features.tabular import TableReader, table_options

    text = gzip.decompress((data / "diabetes130" / "diabetic_data.csv.gz").read_bytes()).decode()
    first: dict[str, dict[str, str]] = {}
    for stay in csv.DictReader(io.StringIO(text)):
        first.setdefault(stay["patient_nbr"], stay)
    stays = list(first.values())
    drawn = [stays[i] for i in np.random.default_rng(seed).permutation(len(stays))[:STAYS]]
    names = [name for name in drawn[0] if name not in LEFT_OUT]
    columns = {name: [_cell(name, stay[name]) for stay in drawn] for name in names}
    fit, test = np.arange(TESTED, STAYS), np.arange(TESTED)
    table = Table(tuple(names), {name: cells[TESTED:] for name, cells in columns.items()}, 1)
    reader = TableReader(**table_options(table, names))
    values = np.array([reader(row) for row in zip(*columns.values(), strict=True)], np.float32)
    return Rows(values, reader.layout, fit, test)


def _cell(name: str, cell: str) -> str:
    """Codes are words."""
    return cell if name in NUMBERS or cell == "?" else f"code {cell}"


def new_task(name: str, rows: Rows, seed: int) -> Task:
    """What is hidden and planted, drawn with the seed."""
    rng = np.random.default_rng([seed, 1])
    cells, test, fit = cells_of(rows.layout), rows.values[rows.test], rows.values[rows.fit]
    known = known_cells(cells, test)
    hidden = known & (rng.random(known.shape) < HIDDEN)
    odd = {kind: np.sort(rng.choice(len(test), round(PLANTED * len(test)), replace=False)) for kind in ("swap", "move")}
    swapped, moved, spread = test.copy(), test.copy(), np.nanstd(fit, axis=0)
    for row in odd["swap"]:
        for cell in rng.permutation(cells.count)[: rng.integers(1, MOST_SWAPPED + 1)]:
            swap(swapped, test, known[:, cell], row, cells.columns(int(cell)), rng)
    for row in odd["move"]:
        column = int(rng.choice([c for c in cells.numbers if not np.isnan(test[row, c])]))
        moved[row, column] += rng.choice([-1, 1]) * MOVED * spread[column]
    planted = {kind: np.isin(np.arange(len(test)), own) for kind, own in odd.items()}
    planted["swap"] &= ~same_rows(swapped, test)
    return Task(name, seed, cells, rows.layout, fit, test, hidden, swapped, moved, planted)


def inner(task: Task) -> Task:
    """The same within the rows to fit, to choose on."""
    rows, count = np.arange(len(task.fit)), min(len(task.fit) // 5, CHOSEN_ON)
    return new_task(task.name, Rows(task.fit, task.layout, rows[count:], rows[:count]), task.seed)


def swap(
    into: np.ndarray, test: np.ndarray, known: np.ndarray, row: int, columns: np.ndarray, rng: np.random.Generator
) -> None:
    """Give a cell a value that another row has and it has not, if there is one."""
    own = test[:, columns]
    other = np.flatnonzero(known & ~same_rows(own, own[row]))
    if len(other):
        into[row, columns] = own[rng.choice(other)]


def same_rows(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which rows are equal, NaN being equal to NaN."""
    return ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)


def known_cells(cells: Cells, values: np.ndarray) -> np.ndarray:
    """Which cells are not missing, bool [n, P]."""
    import torch

    return cells.known(torch.from_numpy(values)).numpy()


def guessed_scores(task: Task, guessed: np.ndarray) -> dict[str, float]:
    """How near guesses [m, F] (values of numbers, probabilities of words) come to what was hidden."""
    numbers = task.cells.is_number.numpy()
    columns = task.hidden[:, task.cells.owner.numpy()]
    off = ((guessed - task.test) / np.nanstd(task.fit, axis=0).clip(1e-9))[columns & numbers]
    found = {"RMSE": float(np.sqrt(np.mean(off.astype(np.float64) ** 2)))}
    words = [cell for cell in range(task.cells.count) if task.cells.kind(cell) == "category"]
    if words:
        right, losses = [], []
        for cell in words:
            places, rows = task.cells.columns(cell), task.hidden[:, cell]
            true, said = task.test[rows][:, places].argmax(axis=1), guessed[rows][:, places]
            right.append(said.argmax(axis=1) == true)
            losses.append(-np.log(said[np.arange(len(true)), true].clip(1e-6)))
        found |= {"accuracy": float(np.concatenate(right).mean()), "log loss": float(np.concatenate(losses).mean())}
    return found


def found_scores(task: Task, score: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
    """How well a score of rows finds those with planted errors."""
    from sklearn.metrics import roc_auc_score

    return {
        "ROC-AUC swapped": float(roc_auc_score(task.planted["swap"], score(task.swapped))),
        "ROC-AUC moved": float(roc_auc_score(task.planted["move"], score(task.moved))),
    }


def by_autoencoder(task: Task) -> dict[str, float]:
    """molkit: the record autoencoder, guesses of hidden cells, the three most unusual values given the others."""
    from molkit.explain.guessing import guess_missing
    from molkit.explain.unusual import reference_of, unusual_values

    held = np.random.default_rng([task.seed, 2]).random(len(task.fit)) < HELD_OUT
    module = fitted("record", {"layout": task.layout}, task.fit[~held], task.seed)
    reference = reference_of(module, task.fit[held])
    guessed = guess_missing(module, task.masked, reference.widen_missing)
    numbers = task.hidden[:, task.cells.owner.numpy()] & task.cells.is_number.numpy()
    inside = (guessed.low <= task.test) & (task.test <= guessed.high)
    return {
        **guessed_scores(task, guessed.expected),
        "in 90 % intervals": float(inside[numbers].mean()),
        **found_scores(task, lambda rows: unusual_values(module, rows, reference).scores),
    }


def fitted(kind: str, options: dict[str, Any], values: Any, seed: int) -> Any:
    """The torch module of an autoencoder, trained as `molkit autoencode` would."""
    from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
    from molkit.pipeline.autoencoder_plan import settled_options

    learner = Autoencoder(kind, settled_options(AutoencoderOptions(module=options, epochs=0), kind, len(values)))
    learner.fit(values, seed)
    return learner.module


class Standard:
    """Numbers in standard deviations, words as columns; blank cells are NaN."""

    def __init__(self, task: Task) -> None:
        self.task, self.numbers = task, task.cells.is_number.numpy()
        fit = self.blanked(task.fit)
        self.mean = np.where(self.numbers, np.nanmean(fit, axis=0), 0)
        self.spread = np.where(self.numbers, np.nanstd(fit, axis=0).clip(1e-9), 1)
        self.fit = (fit - self.mean) / self.spread
        self.usual = np.nanmean(self.fit, axis=0)

    def blanked(self, values: np.ndarray) -> np.ndarray:
        known = known_cells(self.task.cells, values)[:, self.task.cells.owner.numpy()]
        return np.where(known, values, np.nan).astype(np.float64)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return (self.blanked(values) - self.mean) / self.spread

    def filled(self, values: np.ndarray) -> np.ndarray:
        """With means, and shares of words, in blank cells."""
        scaled = self(values)
        return np.where(np.isnan(scaled), self.usual, scaled)

    def back(self, scaled: np.ndarray) -> np.ndarray:
        """Values, and what stands for words as probabilities: a twentieth of their usual shares, so that none is 0."""
        values = scaled * self.spread + self.mean
        for cell in range(self.task.cells.count):
            if self.task.cells.kind(cell) == "category":
                places = self.task.cells.columns(cell)
                own = values[:, places].clip(0, 1)
                own = own / own.sum(axis=1, keepdims=True).clip(1e-9)
                usual = self.usual[places] / self.usual[places].sum()
                values[:, places] = 0.95 * own + 0.05 * usual
        return values


def by_mean(task: Task) -> dict[str, float]:
    """Means of numbers, shares of words."""
    own = Standard(task)
    return guessed_scores(task, own.back(own.filled(task.masked)))


def by_knn(task: Task) -> dict[str, float]:
    """scikit-learn's KNNImputer."""
    within = inner(task)
    best = min(NEIGHBOURS, key=lambda neighbours: knn_scores(within, neighbours)["RMSE"])
    return {"neighbours": best, **knn_scores(task, best)}


def knn_scores(task: Task, neighbours: int) -> dict[str, float]:
    """Scores with so many neighbours."""
    from sklearn.impute import KNNImputer

    own = Standard(task)
    imputer = KNNImputer(n_neighbors=neighbours, keep_empty_features=True).fit(own.fit)
    return guessed_scores(task, own.back(imputer.transform(own(task.masked))))


def by_iterative(task: Task) -> dict[str, float]:
    """scikit-learn's IterativeImputer: Bayesian ridge regressions, of many columns on 50 drawn by correlation."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    own = Standard(task)
    wide = own.fit.shape[1] > 100
    # with the usual tolerance it stops after one round, as the rows to fit hardly lack anything
    imputer = IterativeImputer(max_iter=3 if wide else 10, n_nearest_features=50 if wide else None, tol=0,
                               random_state=0, keep_empty_features=True)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        imputer.fit(own.fit)
    return guessed_scores(task, own.back(imputer.transform(own(task.masked))))


def by_forest(task: Task) -> dict[str, float]:
    """scikit-learn's IsolationForest on filled rows."""
    from sklearn.ensemble import IsolationForest

    own = Standard(task)
    forest = IsolationForest(random_state=task.seed).fit(own.filled(task.fit))
    return found_scores(task, lambda rows: -forest.score_samples(own.filled(rows)))


def by_pca(task: Task) -> dict[str, float]:
    """The reconstruction error of principal components."""
    within = inner(task)
    best = max(KEPT, key=lambda kept: sum(pca_scores(within, kept).values()))
    return {"kept": best, **pca_scores(task, best)}


def pca_scores(task: Task, kept: float) -> dict[str, float]:
    """Scores with so much of the variance kept."""
    own = Standard(task)
    error = pca_error(own.filled(task.fit), kept)
    return found_scores(task, lambda rows: error(own.filled(rows)))


def pca_error(fit: np.ndarray, kept: float = 0.9) -> Callable[[np.ndarray], np.ndarray]:
    """Squared error of rows that are given back by so much of the variance of others."""
    from sklearn.decomposition import PCA

    pca = PCA(kept).fit(fit)
    return lambda rows: ((rows - pca.inverse_transform(pca.transform(rows))) ** 2).sum(axis=1)


TABLES: dict[str, Callable[[Path, int], Rows]] = {"breast_cancer": breast_cancer, "diabetes130": diabetes130}
METHODS: dict[str, Callable[[Task], dict[str, float]]] = {
    "autoencoder": by_autoencoder,
    "mean": by_mean,
    "KNNImputer": by_knn,
    "IterativeImputer": by_iterative,
    "IsolationForest": by_forest,
    "PCA": by_pca,
}
BEATS = ("autoencoder", "IsolationForest", "PCA")


def heartbeats(data: Path, method: str, seed: int) -> dict[str, float]:
    """How well abnormal heartbeats are found by what was fitted to normal ones."""
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score

    text = gzip.decompress((data / "ecg5000_train" / "ECG5000_TRAIN.txt.gz").read_bytes()).decode()
    table = np.loadtxt(io.StringIO(text.replace(",", " ")))
    samples, odd = table[:, 1:].astype(np.float32), table[:, 0] != 1
    normal = np.random.default_rng(seed).permutation(np.flatnonzero(~odd))
    cut = round(0.6 * len(normal))
    fit, test = normal[:cut], np.concatenate([normal[cut:], np.flatnonzero(odd)])
    if method == "autoencoder":
        from molkit.data.signals import Signal
        from molkit.explain.reconstruction import reconstructed
        from molkit.features.signal import WaveformFeaturizer

        packed = [WaveformFeaturizer()([Signal(samples[row], 1) for row in rows]) for rows in (fit, test)]
        scores = reconstructed(fitted("signal", {}, packed[0], seed), packed[1]).losses
    elif method == "PCA":
        scores = pca_error(samples[fit])(samples[test])
    else:
        scores = -IsolationForest(random_state=seed).fit(samples[fit]).score_samples(samples[test])
    return {"n": len(test), "abnormal": int(odd[test].sum()), "ROC-AUC": float(roc_auc_score(odd[test], scores))}


def run(setting: dict[str, Any], data: Path) -> dict[str, Any]:
    """The scores of one method on one set."""
    started = time.process_time()
    name, method, seed = setting["set"], setting["method"], setting["seed"]
    if name == "ecg5000":
        found = heartbeats(data, method, seed)
    else:
        task = new_task(name, TABLES[name](data, seed), seed)
        found = {"n": len(task.test), **METHODS[method](task)}
    import molkit

    rounded = {key: round(value, 4) for key, value in found.items()}
    seconds = round(time.process_time() - started, 1)
    return {**rounded, "core_seconds": seconds, "date": date.today().isoformat(), "molkit": molkit.__version__,
            "cores": os.cpu_count()}  # fmt: skip


TOLD = ("RMSE", "accuracy", "log loss", "in 90 % intervals", "ROC-AUC swapped", "ROC-AUC moved", "ROC-AUC")


def summary(runs: Path, out: Path) -> None:
    """A line for each set and method: mean and standard deviation over seeds, and a 95 % t interval of the mean."""
    from scipy.stats import t

    lines = [json.loads(line) for line in runs.read_text().splitlines()]
    for group, names in (("tables", tuple(TABLES)), ("beats", ("ecg5000",))):
        made = []
        for name, method in dict.fromkeys((line["set"], line["method"]) for line in lines if line["set"] in names):
            own = [line for line in lines if (line["set"], line["method"]) == (name, method)]
            row: dict[str, Any] = {"set": name, "method": method, "seeds": len(own), "n": own[0]["n"]}
            for key in TOLD if group == "tables" else TOLD[-1:]:
                values = [line[key] for line in own if key in line]
                if values:
                    mean = np.mean(values)
                    if len(values) == 1:
                        row[key] = f"{mean:.3f}"
                        continue
                    spread = np.std(values, ddof=1)
                    half = t.ppf(0.975, len(values) - 1) * spread / np.sqrt(len(values))
                    row[key] = f"{mean:.3f} ± {spread:.3f} [{mean - half:.3f}, {min(mean + half, 1):.3f}]" \
                        if key.startswith("ROC") else f"{mean:.3f} ± {spread:.3f}"  # fmt: skip
                elif group == "tables" and key != "ROC-AUC":
                    row[key] = ""
            row["core-seconds"] = round(float(np.mean([line["core_seconds"] for line in own])), 1)
            made.append(json.dumps(row, ensure_ascii=False))
        out.with_name(f"{out.name}-{group}.jsonl").write_text("\n".join(made) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, or sum up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the folder of public sets, or `summary`")
    parser.add_argument("paths", type=Path, nargs="*", help="of `summary`: the lines, and how the tables' names begin")
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--sets", default="breast_cancer,diabetes130,ecg5000")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    given = parser.parse_args(argv)
    if given.data == "summary":
        summary(*given.paths)
        return
    settings = [
        {"set": name, "method": method, "seed": seed}
        for name in given.sets.split(",")
        for method in given.methods.split(",")
        if name in TABLES or method in BEATS
        for seed in given.seeds
    ]
    run_missing(given.out, settings, lambda setting: run(setting, Path(given.data)))


if __name__ == "__main__":
    main()
