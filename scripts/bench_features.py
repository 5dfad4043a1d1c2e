"""Molecules per CPU-second from SMILES to packed features, beside RDKit's bare parser, in turn.

    python scripts/bench_features.py LIBRARY [--rows 6000] [--repeats 7]

LIBRARY holds one SMILES a line, first column (.gz too). Structures without and with stereo marks are measured apart;
the ratio is the parser's time over the time of parsing and featurizing the same structures, the median of the repeats.
Prints JSON lines.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from rdkit import Chem, RDLogger

from molkit.chem.quiet import QUIET
from molkit.chem.standardise import Structure, read_structure
from molkit.features import DescriptorFeaturizer, FingerprintFeaturizer, GraphFeaturizer

CHUNK = 500


def read_library(path: Path, rows: int) -> dict[str, list[str]]:
    """Readable single-fragment structures by whether they carry stereo marks."""
    found: dict[str, list[str]] = {"without stereo marks": [], "with stereo marks": []}
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            text = line.split()[0]
            part = found["with stereo marks" if set(text) & set("@/\\") else "without stereo marks"]
            if len(part) < rows and "." not in text and Chem.MolFromSmiles(text) is not None:
                part.append(text)
            if all(len(part) >= rows for part in found.values()):
                break
    return found


def parse(texts: list[str]) -> list[Any]:
    return [Chem.MolFromSmiles(text) for text in texts]


def standardise(texts: list[str]) -> list[Any]:
    with QUIET:  # as the engine does it
        return [found.mol for text in texts if isinstance(found := read_structure(text), Structure)]


def seconds(work: Callable[[list[str]], object], texts: list[str]) -> float:
    started = time.process_time()
    for place in range(0, len(texts), CHUNK):
        work(texts[place : place + CHUNK])
    return time.process_time() - started


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args(argv)
    RDLogger.DisableLog("rdApp.*")
    graph, fingerprint, descriptors = GraphFeaturizer(), FingerprintFeaturizer(), DescriptorFeaturizer()
    jobs: dict[str, Callable[[list[str]], object]] = {
        "graph": lambda texts: graph(parse(texts)),
        "standardise": standardise,
        "standardise + graph": lambda texts: graph(standardise(texts)),
        "fingerprint": lambda texts: fingerprint(parse(texts)),
        "descriptors": lambda texts: descriptors(parse(texts)),
    }
    for part, texts in read_library(options.library, options.rows).items():
        for name, job in jobs.items():
            rows = texts[: options.rows // 4] if name == "descriptors" else texts
            pairs = [(seconds(parse, rows), seconds(job, rows)) for _ in range(options.repeats)]
            ratios = [bare / full for bare, full in pairs]
            rate = len(rows) / median(full for _, full in pairs)
            result = {"structures": part, "features": name, "rows": len(rows), "per_cpu_s": round(rate)}
            spread = {
                "ratio": round(median(ratios), 3),
                "lowest": round(min(ratios), 3),
                "highest": round(max(ratios), 3),
            }
            print(json.dumps({**result, **spread}), flush=True)


if __name__ == "__main__":
    main()
