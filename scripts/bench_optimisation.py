"""Does a latent search raise QED of molecules while they stay similar, beside random steps and a genetic algorithm?

    python scripts/bench_optimisation.py STARTS --encoder selfies=A.molkit -o RUNS.jsonl

STARTS is a table of molecules. The first 100 of QED 0.7 to 0.8 that no encoder was trained on are the starts (Jin et
al., ICML 2018); each method may evaluate QED of 500 molecules whose similarity to the start (Tanimoto coefficient of
Morgan environments up to radius 2) is at least 0.4. "random steps" moves the latent vector of the start by steps as
long as those of the search, and never from what it found; the genetic algorithm changes, inserts, drops and crosses
SELFIES tokens of the best 20 so far. A line is a method and a start: the best QED that was found.
With --summary RUNS.jsonl a line for each method: the mean of the best, the share of at least 0.9, and the difference
to the latent search with the 95 % interval of 2,000 paired resamples of the starts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import selfies
from bench_generation import bits_of
from rdkit import Chem, RDLogger
from resumable import run_missing

from molkit.chem.drug_likeness import qed
from molkit.data.library import open_library
from molkit.data.table import read_table
from molkit.domain import SimilarityIndex
from molkit.evaluation.bootstrap import RESAMPLES
from molkit.generation.search import Found, search
from molkit.generation.writer import Writer, open_writer
from molkit.pipeline.written import standardised

STARTS, EVALUATIONS, LEAST, LONGEST = 100, 500, 0.4, 100
_PARENTS, _BATCH, _VAIN = 20, 40, 100


class Scorer:
    """QED of new molecules that are similar enough to a start, counted."""

    def __init__(self, start: str) -> None:
        self.index = SimilarityIndex(bits_of([start]))
        self.seen = {start}
        self.best = 0.0
        self.done = 0

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Canonical SMILES and QED of those that count, until there are no evaluations left."""
        found = []
        for text in texts:
            mol = Chem.MolFromSmiles(text) if text and self.done < EVALUATIONS else None
            smiles = None if mol is None or not mol.GetNumAtoms() or "." in text else Chem.MolToSmiles(mol)
            if smiles is None or smiles in self.seen:
                continue
            self.seen.add(smiles)
            if self.index.similarity(bits_of([smiles]))[0, 0] >= LEAST:
                self.done += 1
                value = qed(Chem.MolFromSmiles(smiles))
                self.best = max(self.best, value)
                found.append((smiles, value))
        return found


def latent(writer: Writer, start: str, rng: np.random.Generator, moving: bool = True) -> float:
    """The best of a latent search, or where it is not `moving` of steps from the start alone."""
    scorer = Scorer(start)
    ((vector, *_),) = [writer.vectors([start])[0]]

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        new = scorer(writer.texts(vectors))
        again, readable = writer.vectors([smiles for smiles, _ in new])
        return [
            Found(smiles, own if moving else vector, (value,))
            for (smiles, value), own, fits in zip(new, again, readable, strict=True)
            if fits
        ]

    search(vector[None], writer.spread, ask, EVALUATIONS, rng)
    return scorer.best


def genetic(start: str, alphabet: Sequence[str], rng: np.random.Generator) -> float:
    """The best of a genetic algorithm on SELFIES tokens."""
    scorer, found, asked = Scorer(start), [(start, 0.0)], 0
    while scorer.done < EVALUATIONS and asked < _VAIN * EVALUATIONS:
        parents = [list(selfies.split_selfies(selfies.encoder(smiles))) for smiles, _ in found[:_PARENTS]]
        children = [changed(parents, alphabet, rng) for _ in range(_BATCH)]
        found += scorer([selfies.decoder("".join(child)) for child in children])
        found.sort(key=lambda own: -own[1])
        asked += _BATCH
    return scorer.best


def changed(parents: list[list[str]], alphabet: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A parent, crossed with another half the time, with one to three tokens changed, inserted or dropped."""
    child = list(parents[rng.integers(len(parents))])
    if rng.random() < 0.5:
        other = parents[rng.integers(len(parents))]
        share = rng.random()
        child = child[: int(share * len(child))] + other[int(share * len(other)) :]
    for _ in range(rng.integers(1, 4)):
        place, token = int(rng.integers(len(child) + 1)), str(rng.choice(alphabet))
        kind = rng.integers(3)
        child[place : place + (kind != 1)] = [] if kind == 2 else [token]
    return child[:LONGEST] or [str(rng.choice(alphabet))]


def chosen_starts(path: Path, writers: Sequence[Writer]) -> list[str]:
    """Molecules of QED 0.7 to 0.8 that the encoders can read and were not trained on."""
    source = open_library(path)
    cells = read_table(source).columns[source.smiles or ""]
    found: list[str] = []
    for at in range(0, len(cells), 1000):
        for smiles in standardised(cells[at : at + 1000], writers[0].policy):
            if smiles is None or any(own.trained_on([smiles])[0] for own in writers):
                continue
            if 0.7 <= qed(Chem.MolFromSmiles(smiles)) <= 0.8 and all(own.vectors([smiles])[1][0] for own in writers):
                found.append(smiles)
        if len(found) >= STARTS:
            break
    return found[:STARTS]


def summary(runs: Path) -> None:
    """Print a line for each method."""
    lines = [json.loads(line) for line in runs.open()]
    methods = list(dict.fromkeys(line["method"] for line in lines))
    best = {name: np.array([line["best"] for line in lines if line["method"] == name]) for name in methods}
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(best[methods[0]]), (RESAMPLES, len(best[methods[0]])))
    for name in methods:
        gap = best[methods[0]] - best[name]
        low, high = np.quantile(gap[picks].mean(axis=1), [0.025, 0.975])
        print(json.dumps({"method": name, "starts": len(best[name]), "mean best QED": round(best[name].mean(), 4),
                          "at least 0.9": round(float((best[name] >= 0.9).mean()), 3),
                          f"{methods[0]} less this": "" if name == methods[0] else
                          f"{gap.mean():+.4f} [{low:+.4f}, {high:+.4f}]"}))  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("starts", type=Path, nargs="?")
    parser.add_argument("--encoder", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--summary", type=Path, metavar="RUNS.jsonl")
    parser.add_argument("-o", "--out", type=Path)
    given = parser.parse_args(argv)
    if given.summary:
        return summary(given.summary)
    RDLogger.DisableLog("rdApp.*")
    writers = {name: open_writer(path) for name, path in (text.split("=", 1) for text in given.encoder)}
    starts = chosen_starts(given.starts, list(writers.values()))
    tokens = {token for smiles in starts for token in selfies.split_selfies(selfies.encoder(smiles))}
    methods: dict[str, Callable[[str, np.random.Generator], float]] = {}
    for name, writer in writers.items():
        methods[f"latent search, {name}"] = lambda start, rng, own=writer: latent(own, start, rng)
        methods[f"random steps, {name}"] = lambda start, rng, own=writer: latent(own, start, rng, moving=False)
    methods["genetic algorithm"] = lambda start, rng: genetic(start, sorted(tokens), rng)

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        place = setting["start"]
        rng = np.random.default_rng(place)
        return {"best": round(methods[setting["method"]](starts[place], rng), 4)}

    settings = [{"method": name, "start": place} for name in methods for place in range(len(starts))]
    run_missing(given.out, settings, run)
    return None


if __name__ == "__main__":
    main()
