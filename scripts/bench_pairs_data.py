"""Public sets of pairs as arrays for benchmarks: Davis with the DeepDTA fold, human_dti, ChCh-Miner.

    from bench_pairs_data import davis, ddi, human_dti

Each function takes the folder of the public sets. Drugs and proteins are distinct texts, and a row is two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Pairs:
    """Distinct texts of both inputs, the same ones for two drugs, and for each row their numbers, label and part."""

    first: list[str]  # SMILES as written
    second: list[str]  # sequences, or `first` itself
    entities: np.ndarray  # int64 [n, 2]
    labels: np.ndarray  # float64 [n]
    part: np.ndarray  # int64 [n]: 0 train, 1 valid, 2 test, as published

    def rows(self, chosen: np.ndarray) -> Pairs:
        """Some of the rows; texts keep their numbers."""
        return Pairs(self.first, self.second, self.entities[chosen], self.labels[chosen], self.part[chosen])


def davis(folder: Path) -> Pairs:
    """30,056 pKd of 68 drugs and 442 targets, 379 sequences; the published test fold is part 2."""
    table = pd.read_csv(folder / "davis" / "davis_pairs.csv.gz", dtype={"drug_id": str, "target_id": str})
    drugs = pd.read_csv(folder / "davis" / "drugs.csv", dtype=str).set_index("drug_id")["smiles"]
    targets = pd.read_csv(folder / "davis" / "targets.csv.gz", dtype=str, keep_default_na=False)
    sequences = targets.set_index("target_id")["sequence"]
    part = np.where(table["deepdta_split"] == "test", 2, 0)
    return _pairs(table["drug_id"].map(drugs), table["target_id"].map(sequences), table["affinity"], part)


def human_dti(folder: Path, split: str) -> Pairs:
    """Binary drug-target interactions; `split` is "random" or "cold", as published."""
    tables = [pd.read_csv(folder / "human_dti" / split / f"{name}.csv.gz") for name in ("train", "val", "test")]
    table = pd.concat(tables)
    return _pairs(table["SMILES"], table["Protein"], table["Y"], np.repeat([0, 1, 2], list(map(len, tables))))


def ddi(folder: Path) -> Pairs:
    """Binary drug-drug interactions of ChCh-Miner in the given split."""
    names = ("train", "valid", "test")
    tables = [pd.read_csv(folder / "ddi_chchminer" / f"ChChMiner_{name}.csv.gz") for name in names]
    table = pd.concat(tables)
    part = np.repeat([0, 1, 2], list(map(len, tables)))
    columns = np.stack([table[f"smiles_{number}"].to_numpy(str) for number in (1, 2)], axis=1)
    drugs, numbers = np.unique(columns, return_inverse=True)
    texts = drugs.tolist()
    return Pairs(texts, texts, numbers.reshape(-1, 2).astype(np.int64), table["label"].to_numpy(float), part)


def _pairs(first: pd.Series, second: pd.Series, labels: pd.Series, part: np.ndarray) -> Pairs:
    columns = [np.unique(column.to_numpy(str), return_inverse=True) for column in (first, second)]
    entities = np.stack([numbers.reshape(-1) for _, numbers in columns], axis=1).astype(np.int64)
    texts = [distinct.tolist() for distinct, _ in columns]
    return Pairs(*texts, entities, labels.to_numpy(float), part)
