"""Pairs through the product on public sets: Davis, human_dti and ChCh-Miner, beside the baselines of every run.

    python scripts/bench_pairs.py davis DATA WORK -o OUT.jsonl          the DeepDTA fold, then cold splits
    python scripts/bench_pairs.py human_dti DATA WORK -o OUT.jsonl      the published random and cold files
    python scripts/bench_pairs.py ddi DATA WORK -o OUT.jsonl            the given split, then degree-matched negatives

DATA holds the public sets of the data cards; tables and model files are kept in WORK. A line is the scores of one
method on one set, split and seed; what stands in OUT is not run again. `--first N` trains on N rows, to try it out.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench_pairs_data import Pairs, davis, ddi, human_dti
from negatives import degree_matched, degree_matched_blocks
from rdkit import Chem

from molkit.chem.identity import leak_groups, leak_keys
from molkit.config import RunConfig
from molkit.data.cold import cold_parts
from molkit.evaluation.metrics import find_metric
from molkit.evaluation.ranking import average_precision
from molkit.pipeline.content import versions
from molkit.pipeline.evaluate import EvaluateOptions, EvaluateResult, evaluate_model
from molkit.pipeline.train import TrainResult, train_bundle

PARTS = ("train", "train", "test")  # validation rows are trained on: folds do the choosing
DTI = ("drug=drug", "protein=second")
DDI = ("drug_a=drug", "drug_b=second")
LEARNERS = {DTI: ("boosting", "fingerprint+composition"), DDI: ("boosting", "fingerprint")}
# Of the published fold of Davis, chosen on a fifth of its training rows: the MSE there was 0.251 with five folds of 20
# epochs. Four networks of ten folds had 0.235 with 20 epochs and 0.207 with 40.
EPOCHS_OF_DAVIS, FOLDS_OF_DAVIS = 40, 10
EPOCHS = 30
SHOWN = ("RMSE", "MSE", "concordance index", "r2m", "PR-AUC", "ROC-AUC", "MCC")
STRONG = 7.0  # pKd from which Davis counts as binding
SEEDS = (0, 1, 2)


def write(path: Path, pairs: Pairs, rows: np.ndarray) -> Path:
    """Some rows as a table with the columns drug, second, label and split."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["drug", "second", "label", "split"])
        for row in rows:
            a, b = pairs.entities[row]
            writer.writerow([pairs.first[a], pairs.second[b], pairs.labels[row], PARTS[pairs.part[row]]])
    return path


def drug_groups(pairs: Pairs) -> np.ndarray:
    """Numbers of the drugs that no split may part, for each distinct SMILES."""
    mols = [Chem.MolFromSmiles(text) for text in pairs.first]
    return leak_groups([(f"unread {i}",) if mol is None else leak_keys(mol) for i, mol in enumerate(mols)])


class Bench:
    """Where tables, models and lines go, and what all lines say."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.data, self.work, self.out, self.first = options.data, options.work, options.out, options.first
        self.epochs, self.seeds, self.splits = options.epochs, options.seeds, options.splits
        self.work.mkdir(parents=True, exist_ok=True)
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False,
                                cwd=Path(__file__).parent).stdout.strip()  # fmt: skip
        own = versions()
        packages = ", ".join(f"{name} {own[name]}" for name in ("molkit", "torch", "lightgbm", "rdkit"))
        self.told = {"commit": commit, "versions": packages, "cores": os.cpu_count()}

    def run(
        self, name: str, split: str, seed: int, inputs: Sequence[str], make: Callable[[], list[dict[str, Any]]]
    ) -> None:
        """Add the lines of a setting unless the file has them, or another split is asked for."""
        setting = {"set": name, "split": split, "seed": seed}
        done = [json.loads(line) for line in self.out.open()] if self.out.exists() else []
        if any(setting.items() <= line.items() for line in done) or (self.splits and split not in self.splits):
            return
        began = time.process_time()
        lines = make()
        more = {"learners": ", ".join(LEARNERS[tuple(inputs)]), "cpu_s": round(time.process_time() - began)}
        for line in lines:
            text = json.dumps({**setting, **line, **more, "date": time.strftime("%Y-%m-%d"), **self.told})
            print(text, flush=True)
            with self.out.open("a") as file:
                file.write(text + "\n")

    def train(self, table: Path, inputs: Sequence[str], **options: Any) -> TrainResult:
        """A model of the table, beside it; `options` are those of the run."""
        told = {"epochs": self.epochs or EPOCHS, "imbalance": "none", "workers": 1, **options}
        config = RunConfig(targets=("label",), inputs=tuple(inputs), learners=LEARNERS[tuple(inputs)], **told)
        return train_bundle(table, table.with_suffix(".molkit"), config, overwrite=True)

    def table(self, name: str, pairs: Pairs, rows: np.ndarray | None = None) -> Path:
        """The pairs, some rows of them, or fewer to try it out, as a table in the work folder."""
        rows = np.arange(len(pairs.labels)) if rows is None else rows
        if self.first is not None:
            rows = np.random.default_rng(0).permutation(rows)[: self.first]
        return write(self.work / f"{name}.csv", pairs, rows)


def scores(found: Any) -> list[dict[str, Any]]:
    """A line for each method, of those scores that are compared."""
    lines: dict[str, dict[str, Any]] = {}
    for score in found:
        if score.metric in SHOWN and score.value is not None:
            line = lines.setdefault(score.method, {"method": score.method, "n": score.n})
            line[score.metric] = round(score.value, 4)
            line[f"{score.metric} 95 %"] = None if score.low is None else [round(score.low, 4), round(score.high, 4)]
    return list(lines.values())


def trained(result: TrainResult) -> list[dict[str, Any]]:
    """Those of a run, with the gain of the model over each baseline and its mean within each protein."""
    lines = scores(result.scores)
    gains = {found.second: found for found in result.findings.comparisons if found.first == "molkit"}
    for line in lines:
        if (gain := gains.get(line["method"])) is not None:
            line["gain of molkit"] = [gain.metric, *(round(v, 4) for v in (gain.value, gain.low, gain.high))]
        if line["method"] == "molkit":
            within = {f"within each {f.entity}": [f.metric, round(f.mean, 4), f.counted]
                      for f in result.findings.breakdowns}  # fmt: skip
            line |= within
    return lines


def run_davis(bench: Bench) -> None:
    pairs = davis(bench.data)
    train, test = np.flatnonzero(pairs.part == 0), np.flatnonzero(pairs.part == 2)

    def official(seed: int) -> list[dict[str, Any]]:
        table = bench.table(f"davis-{seed}", pairs, train)
        bench.train(table, DTI, seed=seed, split="random", fractions=(1.0, 0.0, 0.0), metric="MSE", log=False,
                    epochs=bench.epochs or EPOCHS_OF_DAVIS, fold_models=FOLDS_OF_DAVIS)  # fmt: skip
        held_out = write(bench.work / "davis-test.csv", pairs, test)
        return davis_scores(evaluate_model(table.with_suffix(".molkit"), held_out, EvaluateOptions(workers=1)))

    def cold(split: str, seed: int) -> list[dict[str, Any]]:
        table = bench.table(f"davis-{split}-{seed}", pairs)
        return trained(bench.train(table, DTI, seed=seed, split=split, metric="MSE", log=False))

    for seed in bench.seeds[:1]:
        bench.run("davis", "deepdta", seed, DTI, lambda seed=seed: official(seed))
    for seed in bench.seeds:
        for split in ("cold-drug", "cold-protein", "cold-both"):
            bench.run("davis", split, seed, DTI, lambda split=split, seed=seed: cold(split, seed))
    for seed in bench.seeds[1:]:
        bench.run("davis", "deepdta", seed, DTI, lambda seed=seed: official(seed))


def davis_scores(result: EvaluateResult) -> list[dict[str, Any]]:
    """All rows and those of unseen pairs, as 379 sequences stand for 442 targets; binders apart."""
    y, p = result.scored[0].y, result.scored[0].p
    strong = y > 5
    parts = {"molkit": np.full(len(y), True)}
    if result.seen is not None and result.seen.any():
        parts["unseen pairs"] = ~result.seen
    lines = scores(result.scores)
    for line in lines:
        own = parts[line["method"]]
        few = own & strong
        line["RMSE, pKd > 5"] = round(float(np.sqrt(np.mean((p[few] - y[few]) ** 2))), 4)
        line["CI, pKd > 5"] = round(float(find_metric("concordance index").function(y[few], p[few])), 4)
        line["n, pKd > 5"] = int(few.sum())
        line["PR-AUC, pKd >= 7"] = round(float(average_precision((y[own] >= STRONG).astype(float), p[own])), 4)
        line["share, pKd >= 7"] = round(float((y[own] >= STRONG).mean()), 4)
    return lines


def run_human_dti(bench: Bench) -> None:
    def published(split: str, seed: int) -> list[dict[str, Any]]:
        pairs = human_dti(bench.data, split)
        table = bench.table(f"human_dti-{split}-{seed}", pairs)
        folds = "random" if split == "random" else "cold-both"  # of the training rows, as unlike as the test rows are
        return trained(bench.train(table, DTI, seed=seed, split=folds, split_column="split"))

    for seed in bench.seeds:
        for split in ("random", "cold"):
            bench.run("human_dti", split, seed, DTI, lambda split=split, seed=seed: published(split, seed))


def run_ddi(bench: Bench) -> None:
    pairs = ddi(bench.data)

    def given(seed: int) -> list[dict[str, Any]]:
        table = bench.table(f"ddi-{seed}", pairs)
        return trained(bench.train(table, DDI, seed=seed, split="random", split_column="split"))

    def cold(split: str, seed: int) -> list[dict[str, Any]]:
        table = bench.table(f"ddi-{split}-{seed}", matched(pairs, split, seed))
        result = bench.train(table, DDI, seed=seed, split=split, split_column="split")
        lines = trained(result)
        lines[0]["differ after swapping"] = swapped(table)
        return lines

    for seed in bench.seeds:
        if seed == bench.seeds[0]:
            bench.run("ddi_chchminer", "given", seed, DDI, lambda seed=seed: given(seed))
        for split in ("cold-drug", "cold-both"):
            bench.run("ddi_chchminer", split, seed, DDI, lambda split=split, seed=seed: cold(split, seed))


def matched(pairs: Pairs, split: str, seed: int) -> Pairs:
    """Positives in the parts of a cold split, and in each part as many negatives with the same drugs as often."""
    positives = pairs.entities[pairs.labels == 1]
    groups = drug_groups(pairs)
    sides = {"drug_a": groups[positives[:, 0]], "drug_b": groups[positives[:, 1]]}
    cold = ("drug_a", "drug_b") if split == "cold-both" else ("drug_a",)
    part = cold_parts(sides, cold, (0.8, 0.0, 0.2), seed, alike=tuple(sides))
    block = np.zeros(len(groups), np.int64)  # 1 for drugs that the training part does not have
    block[~np.isin(groups, groups[positives[part == 0]])] = 1
    known = np.concatenate([positives, positives[:, ::-1]])
    found = []
    for number in (0, 2):
        own = positives[part == number]
        same = split == "cold-both" or number == 0
        made = degree_matched(own, len(own), seed, known) if same else degree_matched_blocks(own, block, seed, known)
        rows = np.concatenate([own, made])
        labels = np.repeat([1.0, 0.0], [len(own), len(made)])
        found.append((rows, labels, np.full(len(rows), number)))
    entities, labels, parts = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return Pairs(pairs.first, pairs.second, entities, labels, parts)


def swapped(table: Path) -> int:
    """Rows of the table of which anything told changes in a bit when the two drugs change places."""
    told = []
    for inputs in (DDI, ("drug_a=second", "drug_b=drug")):
        options = EvaluateOptions(targets=("label",), inputs=inputs, workers=1)
        found = evaluate_model(table.with_suffix(".molkit"), table, options).scored[0]
        told.append(np.stack([found.p, found.beside.similarity], axis=1))
    return int((told[0].view(np.int64) != told[1].view(np.int64)).any(axis=1).sum())


RUNS = {"davis": run_davis, "human_dti": run_human_dti, "ddi": run_ddi}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("set", choices=RUNS)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", dest="out", type=Path, required=True)
    parser.add_argument("--first", type=int, help="train on so many rows")
    parser.add_argument("--epochs", type=int, help="of networks, if not the usual ones")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--splits", nargs="+", help="only these")
    options = parser.parse_args(argv)
    RUNS[options.set](Bench(options))


if __name__ == "__main__":
    main()
