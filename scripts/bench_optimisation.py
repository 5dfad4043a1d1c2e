"""Does a latent search raise QED of molecules while they stay similar, beside random steps and a genetic algorithm?

    python scripts/bench_optimisation.py STARTS --encoder selfies=A.molkit -o RUNS.jsonl

STARTS is a table of molecules. The first 100 of QED 0.7 to 0.8 that no encoder was trained on are the starts (Jin et
al., ICML 2018); each method may evaluate QED of 500 molecules whose similarity to the start (Tanimoto coefficient of
Morgan environments up to radius 2) is at least 0.4. "random steps" moves the latent vector of the start by steps as
long as those of the search, and never from what it found; the genetic algorithm changes, inserts, drops and crosses
SELFIES tokens of the best 20 so far. A search and random steps end as `molkit generate` does, at 4,000 molecules
written and 10 for each evaluated, the genetic algorithm at 14,000, which it writes in less time. A line is a method and
a start: the best QED that was found, molecules evaluated and written, and seconds of processor time.
With --summary RUNS.jsonl a line for each method: the mean of the best, the share of at least 0.9, and the difference
to the latent search with the 95 % interval of 2,000 paired resamples of the starts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
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
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.generation.search import Found, search
from molkit.generation.writer import Writer, open_writer
from molkit.pipeline.written import standardised

STARTS, EVALUATIONS, LEAST, LONGEST = 100, 500, 0.4, 100
_PARENTS, _BATCH, _WRITTEN = 20, 40, 14_000
_CROSSED, _MORE = 0.3, 0.3  # shares of children that are crossed, and of changes that another one follows


class Scorer:
    """QED of new molecules that are similar enough to a start, counted; `best` is the greatest, `written` all texts."""

    def __init__(self, start: str) -> None:
        self.index = SimilarityIndex(bits_of([start]))
        self.seen = {start}  # as they were written, and canonical
        self.best = 0.0
        self.done = self.written = 0

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Canonical SMILES and QED of those that count, until there are no evaluations left."""
        self.written += len(texts)
        smiles = self._new(filter(None, map(canonical, self._new(texts))))
        mols = [Chem.MolFromSmiles(text) for text in smiles]
        similar = self.index.similarity(packed_bits(FingerprintFeaturizer()(mols)))[:, 0] if mols else []
        near = [place for place, value in enumerate(similar) if value >= LEAST][: EVALUATIONS - self.done]
        found = [(smiles[place], qed(mols[place])) for place in near]
        self.done += len(found)
        self.best = max([self.best, *(value for _, value in found)])
        return found

    def _new(self, texts: Iterable[str]) -> list[str]:
        new = [text for text in dict.fromkeys(texts) if text not in self.seen]
        self.seen.update(new)
        return new


def canonical(text: str) -> str:
    """Canonical SMILES of one molecule, "" if it is none."""
    mol = Chem.MolFromSmiles(text) if text and "." not in text else None
    found = Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else ""
    return found if found and Chem.MolFromSmiles(found) is not None else ""  # RDKit cannot read a few that it writes


def latent(writer: Writer, start: str, rng: np.random.Generator, moving: bool = True) -> Scorer:
    """A latent search, or where it is not `moving` steps from the start alone."""
    scorer = Scorer(start)
    first = Found(start, writer.vectors([start])[0][0])

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        new = scorer(writer.texts(vectors))
        if not moving:
            return [Found(start, first.vector)] * len(new)
        again, readable = writer.vectors([smiles for smiles, _ in new])
        return [
            Found(smiles, own if fits else first.vector, (value,))
            for (smiles, value), own, fits in zip(new, again, readable, strict=True)
        ]

    search([first], writer.steps, ask, EVALUATIONS, rng)
    return scorer


def genetic(start: str, alphabet: Sequence[str], rng: np.random.Generator) -> Scorer:
    """A genetic algorithm on SELFIES tokens; copies in a batch are not written."""
    scorer, found = Scorer(start), [(start, 0.0)]
    tokens = cache(lambda smiles: list(selfies.split_selfies(selfies.encoder(smiles))))
    while scorer.done < EVALUATIONS and scorer.written < _WRITTEN:
        parents = [tokens(smiles) for smiles, _ in found[:_PARENTS]]
        children = {"".join(changed(parents, alphabet, rng)) for _ in range(_BATCH)}
        found += scorer([selfies.decoder(child) for child in sorted(children)])
        found.sort(key=lambda own: -own[1])
    return scorer


def changed(parents: list[list[str]], alphabet: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A parent, at times crossed with another, with a token changed, inserted or dropped, and perhaps more of them."""
    child = list(parents[rng.integers(len(parents))])
    if rng.random() < _CROSSED:
        other = parents[rng.integers(len(parents))]
        share = rng.random()
        child = child[: int(share * len(child))] + other[int(share * len(other)) :]
    for _ in range(rng.geometric(1 - _MORE)):
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

    def of(name: str, key: str) -> np.ndarray:
        return np.array([line[key] for line in lines if line["method"] == name])

    best = {name: of(name, "best") for name in methods}
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(best[methods[0]]), (RESAMPLES, len(best[methods[0]])))
    for name in methods:
        gap = best[methods[0]] - best[name]
        low, high = np.quantile(gap[picks].mean(axis=1), [0.025, 0.975])
        print(json.dumps({"method": name, "starts": len(best[name]), "mean best QED": round(best[name].mean(), 4),
                          "at least 0.9": round(float((best[name] >= 0.9).mean()), 3),
                          **{key: round(float(of(name, key).mean()), 1) for key in ("evaluated", "written", "seconds")},
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
    methods: dict[str, Callable[[str, np.random.Generator], Scorer]] = {}
    for name, writer in writers.items():
        methods[f"latent search, {name}"] = lambda start, rng, own=writer: latent(own, start, rng)
        methods[f"random steps, {name}"] = lambda start, rng, own=writer: latent(own, start, rng, moving=False)
    methods["genetic algorithm"] = lambda start, rng: genetic(start, sorted(tokens), rng)

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        place = setting["start"]
        begun = time.process_time()
        found = methods[setting["method"]](starts[place], np.random.default_rng(place))
        used = time.process_time() - begun
        return {
            "best": round(found.best, 4),
            "evaluated": found.done,
            "written": found.written,
            "seconds": round(used, 2),
        }

    settings = [{"method": name, "start": place} for name in methods for place in range(len(starts))]
    run_missing(given.out, settings, run)
    return None


if __name__ == "__main__":
    main()
