"""Similarity search over ready fingerprints: nanoseconds of processor time per pair, beside RDKit, in turn.

    python scripts/bench_similarity.py LIBRARY [--rows 100000] [--queries 100] [--top 10] [--repeats 5]

LIBRARY holds one SMILES a line, first column (.gz too). Every method gets the same Morgan bits (radius 2, 2,048, with
chirality) of the library's first rows and of the queries, which are the rows after them, and gives the best hits of
each query, but RDKit only all similarities. FPSim2 is measured too where it is installed (it makes its own bits, and
searches from a SMILES). Molkit's compiling is not counted.
Ratios are RDKit's time over the method's, median of the repeats. Prints JSON lines.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rdkit import Chem, DataStructs, RDLogger

from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.screening.tanimoto import top_similar, words

Method = Callable[[], list[list[float]]]  # the similarities of each query's hits, best first


def read_library(path: Path, rows: int) -> tuple[list[str], np.ndarray]:
    """The first readable structures and their packed bits."""
    smiles: list[str] = []
    bits: list[np.ndarray] = []
    mols: list[Chem.Mol] = []
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            text = line.split()[0]
            mol = Chem.MolFromSmiles(text)
            if mol is not None and mol.GetNumAtoms():
                smiles.append(text)
                mols.append(mol)
            if len(mols) == 1000 or len(smiles) == rows:
                bits.append(packed_bits(FingerprintFeaturizer()(mols)))
                mols = []
            if len(smiles) == rows:
                break
    return smiles, np.concatenate(bits)


def molkit_method(queries: np.ndarray, library: np.ndarray, top: int, threshold: float) -> Method:
    """The compiled search, once warmed up."""
    asked, rows = words(queries), words(library)
    top_similar(asked[:1], rows[:1], 1)
    return lambda: [[value for value in found if value >= 0] for found in _molkit(asked, rows, top, threshold)]


def _molkit(asked: np.ndarray, rows: np.ndarray, top: int, threshold: float) -> list[list[float]]:
    found: list[list[float]] = top_similar(asked, rows, top, threshold)[1].tolist()
    return found


def rdkit_bulk(queries: np.ndarray, library: np.ndarray) -> Callable[[], None]:
    """BulkTanimotoSimilarity alone, without looking for the best of what it gives."""
    asked, rows = ([_vector(row) for row in packed] for packed in (queries, library))

    def search() -> None:
        for query in asked:
            DataStructs.BulkTanimotoSimilarity(query, rows)

    return search


def rdkit_hits(queries: np.ndarray, library: np.ndarray, top: int, threshold: float) -> list[list[float]]:
    """The best of what BulkTanimotoSimilarity gives."""
    asked, rows = ([_vector(row) for row in packed] for packed in (queries, library))
    found = (DataStructs.BulkTanimotoSimilarity(query, rows) for query in asked)
    return [[value for value in heapq.nlargest(top, values) if value >= threshold] for values in found]


def _vector(packed: np.ndarray) -> DataStructs.ExplicitBitVect:
    return DataStructs.CreateFromBitString("".join(map(str, np.unpackbits(packed))))


def fpsim2_method(queries: list[str], library: list[str], top: int, threshold: float, folder: Path) -> Method | None:
    """FPSim2's search in memory on one core, None where it is not installed."""
    try:
        from FPSim2 import FPSim2Engine
        from FPSim2.io import create_db_file
    except ImportError:
        return None
    path = str(folder / "library.h5")
    options = {"radius": 2, "fpSize": 2048, "includeChirality": True}
    rows = [[text, number] for number, text in enumerate(library)]
    create_db_file(rows, path, "smiles", "Morgan", options)
    engine = FPSim2Engine(path)

    def search() -> list[list[float]]:
        found = [engine.top_k(text, k=top, threshold=threshold, n_workers=1) for text in queries]
        return [sorted((float(hit["coeff"]) for hit in hits), reverse=True) for hits in found]

    return search


def measure(methods: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Processor seconds of each method in every round, the methods in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(repeats):
        for name, method in methods.items():
            start = time.process_time()
            method()
            seconds[name].append(time.process_time() - start)
    return seconds


def _same(found: list[list[float]], expected: list[list[float]]) -> bool:
    return list(map(len, found)) == list(map(len, expected)) and all(map(np.allclose, found, expected))


def main(argv: list[str] | None = None) -> None:
    """Print a line for every method and threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--thresholds", type=float, nargs="+", default=[0.0, 0.5, 0.7])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(argv)
    RDLogger.DisableLog("rdApp.*")
    smiles, bits = read_library(options.library, options.rows + options.queries)
    rows = len(smiles) - options.queries
    with tempfile.TemporaryDirectory() as folder:
        for threshold in options.thresholds:
            given: tuple[Any, ...] = (bits[rows:], bits[:rows], options.top, threshold)
            methods: dict[str, Method] = {"molkit": molkit_method(*given)}
            place = Path(folder) / f"{threshold:g}"
            place.mkdir()
            other = fpsim2_method(smiles[rows:], smiles[:rows], options.top, threshold, place)
            if other is not None:
                methods["fpsim2"] = other
            expected = rdkit_hits(*given)
            same = {name: _same(method(), expected) for name, method in methods.items()}
            seconds = measure({"rdkit": rdkit_bulk(*given[:2]), **methods}, options.repeats)
            for name, taken in seconds.items():
                ratios = [base / own for base, own in zip(seconds["rdkit"], taken, strict=True)]
                line = {
                    "method": name,
                    "rows": rows,
                    "queries": options.queries,
                    "top": options.top,
                    "threshold": threshold,
                    "ns_per_pair": round(median(taken) / rows / options.queries * 1e9, 3),
                    "ratio": round(median(ratios), 1),
                    "hits_as_rdkit": same.get(name, True),
                }
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
