"""Early enrichment of the default recipe in virtual screening, beside nearest active and random forest.

    python scripts/bench_screening.py FOLDER -o OUT.jsonl [--draws 5]

FOLDER holds a file of actives for each target (name, id, SMILES). A draw takes 10 actives of a target to train on and
ranks its actives of other scaffolds among 2,000 actives of other targets; 100 more of those are the training negatives.
The shared decoy file is not used: drawn from another source than the actives, it is told apart without any knowledge
of a target. A line per target and draw is appended to OUT; a run that is repeated goes on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from resumable import run_missing

TRAINED, NEGATIVES, BACKGROUND = 10, 100, 2000
KEYS = ("drug/descriptors", "drug/fingerprint", "drug/graph", "drug/pharmacophore")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--targets", type=int, help="only the first so many")
    parser.add_argument("--report", action="store_true", help="print the medians of OUT")
    given = parser.parse_args(argv)
    if not given.report:
        library = Library(given.folder)
        names = library.targets[: given.targets]
        settings = [{"target": name, "draw": draw} for draw in range(given.draws) for name in names]
        run_missing(given.out, settings, lambda setting: library.screened(**setting))
    report(given.out)


class Library:
    """The actives of all targets with their features."""

    def __init__(self, folder: Path) -> None:
        from molkit.chem.policy import Policy
        from molkit.data.batching import join_values
        from molkit.engine.jobs import cell_chunks
        from molkit.pipeline.packing import packing_pool

        files = sorted(folder.glob("*_actives.dat.gz"))
        self.targets = [file.name.split("_")[3] for file in files]
        rows = [(target, line.split("\t")[2].strip()) for target, file in zip(self.targets, files, strict=True)
                for line in gzip.decompress(file.read_bytes()).decode().splitlines()[1:]]  # fmt: skip
        with packing_pool("pack_chunk", Policy(), KEYS, {}, 0) as pool:
            packed = list(pool.map(cell_chunks([smiles for _, smiles in rows], {}, 500)))
        kept = [500 * place + row for place, chunk in enumerate(packed) for row in chunk["rows"]]
        identities = [identity for chunk in packed for identity in chunk["identities"]]
        self.target = np.array([rows[row][0] for row in kept])
        self.smiles = np.array([identity["smiles"] for identity in identities])
        self.scaffold = np.array([identity["scaffold"] or identity["smiles"] for identity in identities])
        self.values = {key: join_values([chunk["values"][key] for chunk in packed]) for key in KEYS}

    def screened(self, target: str, draw: int) -> dict[str, Any]:
        """Scores of the three methods on one draw."""
        from molkit.evaluation.ranking import bedroc, roc_auc

        train, negatives, test, background = self.drawn(target, draw)
        rows = np.concatenate([test, background])
        labels = np.repeat([1.0, 0.0], [len(test), len(background)])
        found: dict[str, Any] = {"actives": len(test), "background": len(background)}
        for method in (self.recipe, self.nearest, self.forest):
            started = time.process_time()
            scores = method(train, negatives, rows, draw)
            found |= {
                f"{method.__name__} ef1": round(enrichment(labels, scores), 3),
                f"{method.__name__} bedroc": round(float(bedroc(labels, scores)), 4),
                f"{method.__name__} auc": round(float(roc_auc(labels, scores)), 4),
                f"{method.__name__} s": round(time.process_time() - started, 1),
            }
        return found

    def drawn(self, target: str, draw: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Training actives, training negatives, actives of other scaffolds, background; no structure in two."""
        rng = np.random.default_rng([int(target), draw])
        own = rng.permutation(np.flatnonzero(self.target == target))
        train: list[int] = []
        for scaffold in dict.fromkeys(self.scaffold[own]):  # one active of a scaffold, while there are scaffolds
            train.append(int(own[self.scaffold[own] == scaffold][0]))
            if len(train) == TRAINED:
                break
        test = own[~np.isin(self.scaffold[own], self.scaffold[train])]
        actives = set(self.smiles[own])
        others = rng.permutation(np.flatnonzero(self.target != target))
        others = others[[smiles not in actives for smiles in self.smiles[others]]]
        others = others[np.unique(self.smiles[others], return_index=True)[1]]
        others = rng.permutation(others)
        return np.array(train), others[:NEGATIVES], test, others[NEGATIVES : NEGATIVES + BACKGROUND]

    def recipe(self, train: np.ndarray, negatives: np.ndarray, rows: np.ndarray, draw: int) -> np.ndarray:
        """molkit's `auto`, fitted on all training rows; structures as drawn."""
        import pandas as pd

        import molkit
        from molkit.data.batching import take
        from molkit.engine.scorer import ensemble_from_bundle
        from molkit.types import Column

        table = pd.DataFrame({"smiles": self.smiles[np.concatenate([train, negatives])]})
        table["active"] = np.repeat(["yes", "no"], [len(train), len(negatives)])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.molkit"
            model = molkit.train(table, "active", path, task="binary", split="none", seed=draw, workers=1)
            ensemble = ensemble_from_bundle(model.bundle)
        columns = {key: Column(value, np.arange(len(self.smiles))) for key, value in self.values.items()}
        return ensemble.predict(take(columns, rows))[:, 0]

    def nearest(self, train: np.ndarray, negatives: np.ndarray, rows: np.ndarray, draw: int) -> np.ndarray:
        """Similarity to the most similar training active."""
        from molkit.domain import SimilarityIndex
        from molkit.features import packed_bits

        bits = packed_bits(np.asarray(self.values["drug/fingerprint"]))
        return SimilarityIndex(bits[train]).nearest(bits[rows])[1]

    def forest(self, train: np.ndarray, negatives: np.ndarray, rows: np.ndarray, draw: int) -> np.ndarray:
        """Random forest of 500 trees on Morgan counts."""
        from sklearn.ensemble import RandomForestClassifier

        counts = np.asarray(self.values["drug/fingerprint"])
        model = RandomForestClassifier(500, random_state=draw, n_jobs=1)
        model.fit(counts[np.concatenate([train, negatives])], np.repeat([1, 0], [len(train), len(negatives)]))
        return model.predict_proba(counts[rows])[:, 1]


def enrichment(labels: np.ndarray, scores: np.ndarray, share: float = 0.01) -> float:
    """Actives in the first hundredth of the ranking over those that chance would put there; ties as worst."""
    order = np.lexsort((labels, -scores))
    first = max(1, round(share * len(labels)))
    return float(labels[order[:first]].mean() / labels.mean())


def report(path: Path) -> None:
    """Median over targets and draws of each score."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for method in ("recipe", "nearest", "forest"):
        row: dict[str, Any] = {"method": method, "runs": len(lines)}
        for score in ("ef1", "bedroc", "auc"):
            row[f"median {score}"] = round(statistics.median(line[f"{method} {score}"] for line in lines), 3)
        row["mean s"] = round(statistics.mean(line[f"{method} s"] for line in lines), 1)
        print(json.dumps(row))


if __name__ == "__main__":
    main()
