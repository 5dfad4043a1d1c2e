"""Can a score be had from nothing? Random labels, and near-identical compounds planted on both sides.

    python scripts/bench_honesty.py -o OUT.jsonl [--table TABLE --smiles COLUMN --target COLUMN]

Shuffles the labels of a table's compounds (the shipped solubility set by default; numbers are cut at their median)
twenty times per split, trains on half of them as `molkit train` does, and takes the ROC-AUC of the other half: the
mean should be 0.50. Then plants a salt, another writing, the enantiomer and a tautomer of known drugs among other
compounds, and counts how often a split of each method parts a drug from its twin: it should be never. A second call
goes on where the first stopped, and may be of another table.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from resumable import run_missing

from molkit.config import config_from_dict, read_config
from molkit.data.cards import shipped_path
from molkit.data.folds import fold_rows
from molkit.data.labels import read_labels
from molkit.data.split import Rows, split_rows
from molkit.data.table import Table, read_table
from molkit.data.tables import open_table
from molkit.evaluation.ranking import roc_auc
from molkit.features import FEATURIZERS, packed_bits
from molkit.features.inputs import molecules
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.material import make_split, prepare
from molkit.pipeline.progress import quiet
from molkit.pipeline.split import with_clusters
from molkit.pipeline.trial import Material, development_rows, fit_on, predict_unseen

SHUFFLES = 20
SPLITS = ("random", "scaffold")
METHODS = ("random", "stratified", "scaffold", "butina", "dissimilarity", "time")
WORDS = ("table", "target", "split", "learners", "imbalance", "config")  # what tells runs of shuffles apart
# parent, and writings of the same compound for every purpose but one
TWINS = {
    "ibuprofen": ("CC(C)Cc1ccc(cc1)[C@H](C)C(=O)O", "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)[O-].[Na+]",
                  "OC(=O)[C@@H](C)c1ccc(CC(C)C)cc1", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"),
    "propranolol": ("CC(C)NC[C@H](O)COc1cccc2ccccc12", "CC(C)NC[C@H](O)COc1cccc2ccccc12.Cl",
                    "c1ccc2c(c1)cccc2OC[C@@H](O)CNC(C)C", "CC(C)NC[C@@H](O)COc1cccc2ccccc12"),
    "allopurinol": ("O=c1[nH]cnc2[nH]ncc12", "Oc1ncnc2[nH]ncc12", "O=c1nc[nH]c2[nH]ncc12"),
    "sulfadiazine": ("Nc1ccc(cc1)S(=O)(=O)Nc1ncccn1", "Nc1ccc(cc1)S(=O)(=O)[N-]c1ncccn1.[Na+]",
                     "c1cnc(nc1)NS(=O)(=O)c1ccc(N)cc1"),
    "omeprazole": ("COc1ccc2[nH]c(nc2c1)S(=O)Cc1ncc(C)c(OC)c1C", "COc1ccc2nc([nH]c2c1)S(=O)Cc1ncc(C)c(OC)c1C"),
    "warfarin": ("CC(=O)C[C@@H](c1ccccc1)c1c(O)c2ccccc2oc1=O", "CC(=O)C[C@H](c1ccccc1)c1c(O)c2ccccc2oc1=O",
                 "[Na+].CC(=O)CC(c1ccccc1)c1c([O-])c2ccccc2oc1=O"),
}  # fmt: skip


def read_set(options: argparse.Namespace, split: str) -> Material:
    """The compounds of the table, to be parted in halves."""
    source = open_table(options.table, smiles_column=options.smiles)
    asked = {"targets": [options.target], "learners": options.learners.split(","), "imbalance": options.imbalance}
    values = {key: value for key, value in asked.items() if value is not None}
    values |= {"fold_models": 3, "split": split, "fractions": [0.5, 0.0, 0.5], "workers": options.workers}
    config = read_config(options.config, values) if options.config else config_from_dict(values)
    table = in_two_classes(read_table(source), options.target)
    smiles = source.smiles or ""
    return prepare(table, molecules(smiles), {"drug": table.columns[smiles]}, config, quiet, [])[0]


def in_two_classes(table: Table, target: str) -> Table:
    """The table with numbers as 0 and 1, up to the median and above it."""
    labels = read_labels(table, (target,))
    if labels.kinds == ("binary",):
        return table
    values = labels.values[:, 0]
    cells = [None if np.isnan(value) else int(value > np.nanmedian(values)) for value in values]
    return replace(table, columns={**table.columns, labels.targets[0]: cells})


def shuffled(material: Material, seed: int) -> Material:
    """The same compounds, each with the label of another."""
    measured = material.dataset.measurements
    values = np.random.default_rng(seed).permutation(measured.values)
    dataset = replace(material.dataset, measurements=replace(measured, values=values))
    return replace(material, dataset=dataset, rows=replace(material.rows, values=values))


def score_of(material: Material, seed: int) -> dict[str, Any]:
    """The ROC-AUC of half of the compounds after training on the other half."""
    split = make_split(material.dataset, material.rows, material.config, seed)
    train, test = development_rows(split), np.array(split.test)
    said = predict_unseen(material, fit_on(material, train, seed, quiet), train, test).methods["molkit"][:, 0]
    y = exact_values(material.dataset.measurements)[test, 0]
    known = ~np.isnan(y)  # repeats of a compound that disagree leave it without a label
    auc = float(roc_auc(y[known], said[known]))
    return {"roc_auc": round(auc, 4), "n": int(known.sum()), "positives": int(y[known].sum())}


@cache
def planted() -> tuple[Rows, list[str]]:
    """The twins and 600 other drugs, and the names of the drugs that the first of them are twins of."""
    from rdkit import Chem

    from molkit.chem.identity import leak_groups, leak_keys
    from molkit.chem.scaffold import scaffold
    from molkit.chem.standardise import Structure, read_structure

    source = open_table(shipped_path("approved_drugs"))
    others = [str(cell) for cell in read_table(source).columns[source.smiles or ""]][:600]
    writings = [text for family in TWINS.values() for text in family]
    read = [read_structure(text) for text in [*writings, *others]]
    mols = [structure.mol for structure in read if isinstance(structure, Structure)]
    assert all(isinstance(structure, Structure) for structure in read[: len(writings)])
    rows = Rows(
        leak=leak_groups([leak_keys(mol) for mol in mols]),
        scaffolds=[scaffold(mol) for mol in mols],
        bits=packed_bits(np.asarray(FEATURIZERS["fingerprint"]()(mols))),
        values=np.random.default_rng(0).normal(size=(len(mols), 1)),
        kinds=("regression",),
        times=np.random.default_rng(1).uniform(2000, 2025, len(mols)),
        data=[Chem.MolToSmiles(mol) for mol in mols],
    )
    return rows, [name for name, family in TWINS.items() for _ in family]


def crossings(method: str, seeds: int) -> dict[str, Any]:
    """How many twins stand on another side than their drug, over all seeds."""
    rows, families = planted()
    ready, parted = with_clusters(rows, method), 0
    for seed in range(seeds):
        split = split_rows(ready, method, (0.8, 0.1, 0.1), seed)
        part = {row: name for name in ("train", "valid", "test") for row in getattr(split, name)}
        folds = fold_rows(ready, np.arange(len(rows)), method, 5, seed)
        fold = {int(row): number for number, own in enumerate(folds) for row in own}
        for side in (part, fold):
            parted += sum(side[row] != side[families.index(name)] for row, name in enumerate(families))
    return {"twins": len(families) - len(TWINS), "parted": parted}


def summary(lines: list[dict[str, Any]]) -> None:
    """Print the mean of every run of shuffles, and how many twins were parted."""
    runs: dict[tuple[str, ...], list[float]] = {}
    for line in lines:
        if "roc_auc" in line:
            name = tuple(str(line[key]) for key in WORDS if line[key] is not None)
            runs.setdefault(name, []).append(line["roc_auc"])
    for name, values in runs.items():
        deviation = np.std(values, ddof=1) if len(values) > 1 else np.nan
        print(f"random labels, {', '.join(name)}: mean ROC-AUC {np.mean(values):.3f}, sd {deviation:.3f}, "
              f"standard error {deviation / np.sqrt(len(values)):.3f}")  # fmt: skip
    print(f"twins parted: {sum(line['parted'] for line in lines if 'parted' in line)}")


def main(argv: list[str] | None = None) -> None:
    """Run what is missing, and print a summary of all lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=shipped_path("solubility"))
    parser.add_argument("--smiles", help="the structure column, if looking does not find it")
    parser.add_argument("--target", default="logS")
    parser.add_argument("--splits", nargs="+", default=list(SPLITS))
    parser.add_argument("--learners", default="boosting,forest", help="learners, by comma")
    parser.add_argument("--imbalance", help="as for train")
    parser.add_argument("--config", type=Path, help="a TOML file of further run options")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the splits with planted twins")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args(argv)
    same = {"table": options.table.stem, "target": options.target, "learners": options.learners,
            "imbalance": options.imbalance, "config": options.config and options.config.stem}  # fmt: skip
    materials = cache(partial(read_set, options))
    run_missing(
        options.out,
        [{**same, "split": split, "seed": seed} for split in options.splits for seed in range(SHUFFLES)],
        lambda setting: score_of(shuffled(materials(setting["split"]), setting["seed"]), setting["seed"]),
    )
    run_missing(
        options.out,
        [{"method": method, "seeds": options.seeds} for method in METHODS],
        lambda setting: crossings(setting["method"], setting["seeds"]),
    )
    summary([json.loads(line) for line in options.out.open()])


if __name__ == "__main__":
    main()
