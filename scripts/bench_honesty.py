"""Can a score be had from nothing? Random labels, and near-identical compounds planted on both sides.

    python scripts/bench_honesty.py -o OUT.jsonl [--table TABLE --smiles COLUMN]

Shuffles the labels of a table (the shipped solubility set, cut at its median, by default) twenty times per split
and trains on half of it: the mean ROC-AUC of the other half should be 0.50. Then plants a salt, another writing,
the enantiomer and a tautomer of known drugs among other compounds, and counts how often a split of each method
parts a drug from its twin: it should be never.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

SHUFFLES = 20
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


def random_labels(table: Path, smiles: str, target: str, workers: int) -> list[dict[str, object]]:
    import pandas as pd

    from molkit.config import RunConfig
    from molkit.pipeline.train import train_bundle

    frame = pd.read_csv(table)
    labels = (frame[target] > frame[target].median()).astype(int).to_numpy()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for split in ("random", "scaffold"):
            for seed in range(SHUFFLES):
                shuffled = np.random.default_rng(seed).permutation(labels)
                path = Path(folder) / "shuffled.csv"
                pd.DataFrame({"smiles": frame[smiles], "y": shuffled}).to_csv(path, index=False)
                config = RunConfig(
                    targets=("y",), task="binary", learners=("boosting", "forest"), fold_models=3, split=split,
                    fractions=(0.5, 0.0, 0.5), seed=seed, workers=workers,
                )  # fmt: skip
                result = train_bundle(path, Path(folder) / "m.molkit", config, overwrite=True)
                found = next(s for s in result.scores if (s.method, s.metric) == ("molkit", "ROC-AUC"))
                results.append({"split": split, "seed": seed, "roc_auc": round(found.value or 0.0, 4), "n": found.n})
    return results


def crossings(seeds: int) -> list[dict[str, object]]:
    """How many twins stand on another side than their drug, over all seeds, for each method."""
    from rdkit import Chem

    from molkit.chem.identity import leak_groups, leak_keys
    from molkit.chem.scaffold import scaffold
    from molkit.chem.standardise import Structure, read_structure
    from molkit.data.cards import shipped_path
    from molkit.data.folds import fold_rows
    from molkit.data.split import Rows, split_rows
    from molkit.data.table import read_table
    from molkit.data.tables import open_table
    from molkit.features import FEATURIZERS, packed_bits
    from molkit.pipeline.split import with_clusters

    source = open_table(shipped_path("approved_drugs"))
    others = [str(cell) for cell in read_table(source).columns[source.smiles or ""]][:600]
    writings = [text for family in TWINS.values() for text in family]
    families = [name for name, family in TWINS.items() for _ in family]
    read = [read_structure(text) for text in [*writings, *others]]
    mols = [structure.mol for structure in read if isinstance(structure, Structure)]
    assert all(isinstance(structure, Structure) for structure in read[: len(writings)])
    bits = packed_bits(np.asarray(FEATURIZERS["fingerprint"]()(mols)))
    rows = Rows(
        leak=leak_groups([leak_keys(mol) for mol in mols]),
        scaffolds=[scaffold(mol) for mol in mols],
        bits=bits,
        values=np.random.default_rng(0).normal(size=(len(mols), 1)),
        kinds=("regression",),
        times=np.random.default_rng(1).uniform(2000, 2025, len(mols)),
        data=[Chem.MolToSmiles(mol) for mol in mols],
    )
    results = []
    for method in ("random", "stratified", "scaffold", "butina", "dissimilarity", "time"):
        ready = with_clusters(rows, method)
        parted = 0
        for seed in range(seeds):
            split = split_rows(ready, method, (0.8, 0.1, 0.1), seed)
            part = {row: name for name in ("train", "valid", "test") for row in getattr(split, name)}
            folds = fold_rows(ready, np.arange(len(mols)), method, 5, seed)
            fold = {int(row): number for number, own in enumerate(folds) for row in own}
            for side in (part, fold):
                parted += sum(
                    side[row] != side[families.index(name)] for row, name in enumerate(families)
                )  # fmt: skip
        results.append({"method": method, "seeds": seeds, "twins": len(writings) - len(TWINS), "parted": parted})
    return results


def main(argv: list[str] | None = None) -> None:
    from molkit.data.cards import shipped_path

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--table", type=Path, default=shipped_path("solubility"))
    parser.add_argument("--smiles", default="smiles")
    parser.add_argument("--target", default="logS")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the splits with planted twins")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args(argv)
    lines = crossings(options.seeds) + random_labels(options.table, options.smiles, options.target, options.workers)
    options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for split in ("random", "scaffold"):
        values = np.array([line["roc_auc"] for line in lines if line.get("split") == split], float)
        print(f"random labels, {split} split: mean ROC-AUC {values.mean():.3f}, sd {values.std(ddof=1):.3f}")
    print(f"twins parted: {sum(int(str(line['parted'])) for line in lines if 'parted' in line)}")


if __name__ == "__main__":
    main()
