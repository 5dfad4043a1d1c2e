"""Does novelty by an autoencoder tell odd molecules from those like its training, beside similarity to these?

    python scripts/bench_novelty.py LIBRARY OTHERS WORK --encoder selfies=A.molkit -o OUT.jsonl

The encoders were trained by `molkit autoencode LIBRARY`. OTHERS is a table of odd substances: a random choice of 3,000
rows that standardisation changes (salts, charges, other writings of groups; rows that it refuses are left out) is to be
told from 3,000 random molecules of LIBRARY that no encoder was trained on. `rows` are the odd ones "raw", canonical
SMILES of what is drawn, not standardised, whose tokens the autoencoder reads as they are; of these those that it is
"raw, readable" to; or "standardised", as `molkit predict --novelty` reads them. What the autoencoder cannot read, the
share `unreadable`, counts as most novel. `signal` is the novelty, each of the two measures that it is made of,
1 - similarity to the nearest molecule of LIBRARY that the first encoder was trained on (Tanimoto coefficient of Morgan
environments up to radius 2, 2,048 bits), or both: the mean of the ranks of novelty and of that. Scores are ROC-AUC with
the 95 % interval of 2,000 resamples of the molecules, and the paired difference to similarity alone. `out` is the share
of odd ones, `held out` that of the others, with a novelty above 0.95, which `predict` calls out of the library.
"""

from __future__ import annotations

import argparse
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from bench_generation import bits_of, read_library
from rdkit import Chem, RDLogger
from resumable import kept_arrays, run_missing
from scipy.stats import rankdata

from molkit.bundle import content_hash
from molkit.data.library import open_library
from molkit.data.table import read_table
from molkit.domain import NOVELTY_OUT, SimilarityIndex
from molkit.engine.novelty import novelty_from_bundle
from molkit.evaluation.bootstrap import RESAMPLES, interval, resampled
from molkit.evaluation.metrics import find_metric
from molkit.generation.writer import Writer, open_writer
from molkit.pipeline.written import standardised

MOLECULES = 3000
ROWS = ("raw", "raw, readable", "standardised")
SIGNALS = ("novelty", "log density", "surprise", "similarity", "both")
_AUC = find_metric("ROC-AUC").function


def odd_molecules(path: Path, writer: Writer) -> dict[str, np.ndarray]:
    """Random rows that standardisation changes: canonical SMILES of what is drawn, and as they are standardised."""
    source = open_library(path)
    cells = read_table(source).columns[source.smiles or ""]
    order = np.random.default_rng(0).permutation(len(cells))
    raw: list[str] = []
    std: list[str] = []
    for at in range(0, len(order), 1000):
        texts = [str(cells[place]) for place in order[at : at + 1000]]
        for text, new in zip(texts, standardised(texts, writer.policy), strict=True):
            mol = Chem.MolFromSmiles(text) if new is not None else None
            if mol is not None and (old := Chem.MolToSmiles(mol)) != new:
                raw.append(old)
                std.append(str(new))
        if len(raw) >= MOLECULES:
            break
    return {"raw": np.array(raw[:MOLECULES]), "standardised": np.array(std[:MOLECULES])}


def measures(writer: Writer, texts: np.ndarray) -> dict[str, np.ndarray]:
    """What an autoencoder says of SMILES whose tokens it reads as they are: the higher, the more novel; NaN unread."""
    novelty = novelty_from_bundle(writer.bundle, writer.learner)
    values = writer.values(texts.tolist())
    density, surprise = novelty.measures(values, novelty.autoencoder.encode_readable(values))
    return {"novelty": novelty.of_measures(density, surprise), "log density": -density, "surprise": surprise}


def ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks [n], NaN as the highest."""
    return rankdata(np.where(np.isnan(values), np.inf, values))


def line(odd: dict[str, np.ndarray], held: dict[str, np.ndarray], signal: str) -> dict[str, Any]:
    """How well a signal tells the odd molecules from the held-out ones."""
    y = np.repeat([1.0, 0.0], [len(odd["novelty"]), len(held["novelty"])])
    found = {name: ranks(np.concatenate([odd[name], held[name]])) for name in odd}
    found["both"] = found["novelty"] + found["similarity"]

    def score(weights: np.ndarray) -> Any:
        return _AUC(y, found[signal], weights)

    def gain(weights: np.ndarray) -> Any:
        return score(weights) - _AUC(y, found["similarity"], weights)

    once = np.ones((1, len(y)))
    low, high = interval(resampled(score, len(y), RESAMPLES, 0))
    below, above = interval(resampled(gain, len(y), RESAMPLES, 0))
    against = f"{float(gain(once)[0]):+.3f} [{below:+.3f}, {above:+.3f}]"
    return {
        "odd": len(odd["novelty"]),
        "unreadable": round(float(np.isnan(odd["surprise"]).mean()), 3),
        "ROC-AUC": f"{float(score(once)[0]):.3f} [{low:.3f}, {high:.3f}]",
        "less similarity": "" if signal == "similarity" else against,
        "out": round(float((odd["novelty"] > NOVELTY_OUT).mean()), 3) if signal == "novelty" else "",
        "held out": round(float((held["novelty"] > NOVELTY_OUT).mean()), 3) if signal == "novelty" else "",
    }


def main(argv: list[str] | None = None) -> None:
    """Measure what is missing, and print and write a line for every encoder, kind of rows and signal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("others", type=Path)
    parser.add_argument("work", type=Path, help="folder for what was read and similarities")
    parser.add_argument("--encoder", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("-o", "--out", type=Path)
    given = parser.parse_args(argv)
    given.work.mkdir(parents=True, exist_ok=True)
    RDLogger.DisableLog("rdApp.*")
    writers = {name: open_writer(path) for name, path in (text.split("=", 1) for text in given.encoder)}
    first = next(iter(writers.values()))
    texts = np.array(read_library(given.library, given.work)[0])
    trained = np.array([own.trained_on(texts.tolist()) for own in writers.values()])
    unknown = np.flatnonzero(~trained.any(axis=0))
    held = texts[np.random.default_rng(0).permutation(unknown)[:MOLECULES]]
    odd = kept_arrays(given.work / "odd.npz", partial(odd_molecules, given.others, first))

    def nearest() -> dict[str, np.ndarray]:
        index = SimilarityIndex(bits_of(texts[trained[0]].tolist()))
        groups = {"held": held, **odd}
        return {name: 1 - index.nearest(bits_of(own.tolist()))[1] for name, own in groups.items()}

    mark = "-".join(content_hash(own.path)[:8] for own in writers.values())
    apart = kept_arrays(given.work / f"similarity-{mark}.npz", nearest)

    @cache
    def told(encoder: str, group: str) -> dict[str, np.ndarray]:
        own = held if group == "held" else odd[group]
        return {**measures(writers[encoder], own), "similarity": apart[group]}

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        found = told(setting["encoder"], setting["rows"].partition(",")[0])
        if setting["rows"] == "raw, readable":
            found = {name: own[~np.isnan(found["surprise"])] for name, own in found.items()}
        return line(found, told(setting["encoder"], "held"), setting["signal"])

    settings = (
        {"encoder": name, "rows": rows, "signal": signal} for name in writers for rows in ROWS for signal in SIGNALS
    )
    run_missing(given.out, settings, run)


if __name__ == "__main__":
    main()
