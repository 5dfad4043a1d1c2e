"""Proves on a library that the fast path of the structure policy equals the full one.

    python scripts/check_fast_path.py LIBRARY.smi.gz [--first N] [--workers 2]

For every structure that `needs_full_policy` lets pass, `standardise` must give the same canonical
SMILES and no notes. Prints counts, and the first mismatches; the exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from rdkit import Chem

from molkit.chem.parse import parse
from molkit.chem.standardise import Structure, needs_full_policy, standardise
from molkit.types import Problem

CHUNK = 500
SHOWN = 20


def main(argv: list[str] | None = None) -> int:
    """Checks a library and prints the counts; 0 if the two paths agree everywhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("library", type=Path, help="SMILES in the first tab-separated column, may be .gz")
    parser.add_argument("--first", type=int, default=None, help="check only so many lines")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    counts: Counter[str] = Counter()
    mismatches: list[str] = []
    started = time.monotonic()
    with get_context("spawn").Pool(options.workers) as pool:
        chunks = _chunks(options.library, options.first)
        for done, (found, different) in enumerate(pool.imap_unordered(check, chunks), start=1):
            counts += found
            mismatches += different
            if done % 50 == 0:
                print(
                    f"{done * CHUNK:>9,} lines, {time.monotonic() - started:.0f} s, {len(mismatches)} mismatches",
                    file=sys.stderr,
                )
    return _report(counts, mismatches)


def check(texts: list[str]) -> tuple[Counter[str], list[str]]:
    """Counts of one chunk, and its mismatches as lines of text."""
    counts: Counter[str] = Counter()
    different = []
    for text in texts:
        mol = parse(text)
        if isinstance(mol, Problem):
            counts["problem " + mol.status] += 1
            continue
        full = standardise(mol)
        if needs_full_policy(text, mol):
            counts["full" if isinstance(full, Structure) else "full, " + full.status] += 1
            if isinstance(full, Structure) and not full.notes:
                counts["full, but nothing was done"] += 1
            continue
        counts["fast"] += 1
        if not _same(mol, full):
            different.append(f"{text}  {Chem.MolToSmiles(mol)}  {_shown(full)}")
    return counts, different


def _same(mol: Chem.Mol, full: Structure | Problem) -> bool:
    return isinstance(full, Structure) and not full.notes and Chem.MolToSmiles(mol) == Chem.MolToSmiles(full.mol)


def _shown(full: Structure | Problem) -> str:
    if isinstance(full, Problem):
        return f"{full.status}: {full.reason}"
    return f"{Chem.MolToSmiles(full.mol)} {full.notes}"


def _chunks(library: Path, first: int | None) -> Iterator[list[str]]:
    opener = gzip.open if library.suffix == ".gz" else open
    with opener(library, "rt", encoding="utf-8") as lines:
        texts = (line.split("\t", 1)[0].strip() for line in islice(lines, first))
        while chunk := list(islice(texts, CHUNK)):
            yield chunk


def _report(counts: Counter[str], mismatches: list[str]) -> int:
    problems = sum(count for name, count in counts.items() if name.startswith("problem"))
    read = counts["fast"] + sum(
        count
        for name, count in counts.items()
        if name == "full" or (name.startswith("full, ") and "nothing" not in name)
    )
    print(f"lines {read + problems:,}; read {read:,}; fast share {counts['fast'] / max(read, 1):.4f}")
    for name in sorted(counts):
        print(f"  {name}: {counts[name]:,}")
    print(f"  mismatches: {len(mismatches):,}")
    for line in mismatches[:SHOWN]:
        print(line)
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
