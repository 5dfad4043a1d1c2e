"""Molecules per CPU-second of `molkit predict` beside RDKit's parser and chemprop, start-up subtracted.

    python scripts/bench_engine.py LIBRARY TABLE WORK -o OUT.jsonl [--peers PEERS_PYTHON] [--target NAME]

LIBRARY holds structures, of which those are taken that are standard already; TABLE measured values to fit small
networks on (hidden width 300, depth 3, as chemprop's; what they predict does not matter here). Every command runs on
a few and on many rows, in turn; the difference in processor time of the whole process tree, by the difference in rows,
is its rate. A line per measurement is appended to OUT, so that a run may be repeated; --table prints the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

FEW, MANY = 500, 8500
PARSE = """
import sys
from rdkit import Chem
for text in open(sys.argv[1]).read().split()[1:]:
    Chem.MolFromSmiles(text)
"""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--target", default="logS")
    parser.add_argument("--peers", type=Path, help="the Python of an environment with chemprop")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", help="some of the commands, by semicolon")
    parser.add_argument("--table-only", action="store_true", help="print the medians of OUT")
    given = parser.parse_args(argv)
    if not given.table_only:
        measure(given)
    report(given.out)


def measure(given: argparse.Namespace) -> None:
    """Append a line per command and repeat."""
    given.work.mkdir(parents=True, exist_ok=True)
    inputs = [standard_rows(given.library, given.work / f"{rows}.csv", rows) for rows in (FEW, MANY)]
    every = commands(given)
    chosen = given.only.split(";") if given.only else list(every)
    for repeat in range(given.repeats):
        for name in chosen:
            few, many = (cpu_seconds(every[name], path, given.work) for path in inputs)
            line = {"command": name, "repeat": repeat, "few_s": round(few, 3), "many_s": round(many, 3)}
            line["per_cpu_s"] = round((MANY - FEW) / (many - few), 1)
            with given.out.open("a") as stream:
                print(json.dumps(line), file=stream)
            print(line, flush=True)


def standard_rows(library: Path, path: Path, rows: int) -> Path:
    """A table of the first structures that need no standardising."""
    from molkit.chem.parse import parse
    from molkit.chem.standardise import needs_full_policy
    from molkit.data.library import open_library
    from molkit.types import Problem

    if path.exists():
        return path
    source = open_library(library)
    kept: list[str] = []
    for piece in source.pieces():
        for text in piece.columns[source.smiles or ""]:
            mol = parse(text)
            if not isinstance(mol, Problem) and not needs_full_policy(text, mol):
                kept.append(text)
        if len(kept) >= rows:
            break
    path.write_text("\n".join(["smiles", *kept[:rows]]) + "\n")
    return path


def commands(given: argparse.Namespace) -> dict[str, list[str]]:
    """What is timed; INPUT, PREPARED and OUTPUT stand for files."""
    one, five = networks(given)
    trees = trained(given, "trees.molkit", ["boosting", "forest"])
    predict = [sys.executable, "-m", "molkit", "predict"]
    bare = ["INPUT", "-o", "OUTPUT", "--overwrite", "--workers", "1", "--quiet", "--columns", "pred"]
    found = {
        "rdkit parse": [sys.executable, "-c", PARSE, "INPUT"],
        "molkit, one network": [*predict, str(one), *bare],
        "molkit, one network, exact": [*predict, str(one), *bare, "--exact"],
        "molkit, five networks": [*predict, str(five), *bare],
        "molkit, one network, all columns": [*predict, str(one), *bare[:-2]],
        "molkit, one network, prepared library": [*predict, str(one), "PREPARED", *bare[1:]],
        "molkit, trees": [*predict, str(trees), *bare],
        "molkit, trees, all columns": [*predict, str(trees), *bare[:-2]],
    }
    if given.peers:
        chemprop = str(given.peers.parent / "chemprop")
        for count, word in ((1, "one network"), (5, "five networks")):
            model = chemprop_model(given, chemprop, count)
            call = [
                chemprop,
                "predict",
                "-i",
                "INPUT",
                "-o",
                "OUTPUT",
                "--model-path",
                str(model),
                "--accelerator",
                "cpu",
            ]
            found[f"chemprop, {word}"] = call
            found[f"chemprop with cuik, {word}"] = [*call, "--use-cuikmolmaker-featurization"]
    return found


def networks(given: argparse.Namespace) -> tuple[Path, Path]:
    """Model files of one and of five networks of hidden width 300 that take structures as drawn."""
    from molkit.bundle import read_bundle, write_bundle

    five = trained(given, "five.molkit", ["dmpnn"], epochs=5, width=300, max_isomers=1)
    one = given.work / "one.molkit"
    bundle = read_bundle(five)
    if not one.exists():
        kept = {name: data for name, data in bundle.entries.items() if name not in ("model.json", "card.md")}
        for name in list(kept):
            if name.startswith("learners/0/") and not name.startswith("learners/0/0/"):
                del kept[name]
        write_bundle(one, {**bundle.model, "learners": [{"name": "dmpnn", "models": 1}]}, bundle.card, kept)
    return one, five


def trained(given: argparse.Namespace, name: str, learners: list[str], **options: object) -> Path:
    """A model of five fold models on at most 480 rows, which is the most that networks get five folds for."""
    import pandas as pd

    import molkit

    path = given.work / name
    if not path.exists():
        table = pd.read_csv(given.table).head(480)
        molkit.train(table, given.target, path, learners=learners, fold_models=5, split="random", **options)
    return path


def chemprop_model(given: argparse.Namespace, chemprop: str, count: int) -> Path:
    """A folder with that many networks of chemprop's default size."""
    import pandas as pd

    folder = given.work / f"chemprop-{count}"
    if not folder.exists():
        table = given.work / "chemprop.csv"
        pd.read_csv(given.table).head(480)[["smiles", given.target]].to_csv(table, index=False)
        call = [
            chemprop,
            "train",
            "-i",
            str(table),
            "-o",
            str(folder),
            "-s",
            "smiles",
            "--target-columns",
            given.target,
        ]
        call += ["--epochs", "3", "--accelerator", "cpu", "--ensemble-size", str(count)]
        subprocess.run(call, check=True, capture_output=True, env={**os.environ, **ONE_THREAD})
    return folder if count > 1 else next(folder.rglob("best.pt"))


def cpu_seconds(command: list[str], table: Path, work: Path) -> float:
    """Processor time of a command and of all processes that it started."""
    prepared = table.with_suffix(".lib")
    if "PREPARED" in command and not prepared.exists():
        one = str(work / "one.molkit")
        call = [sys.executable, "-m", "molkit", "prepare", str(table), "-o", str(prepared), "--model", one, "--quiet"]
        subprocess.run(call, check=True)
    words = {"INPUT": str(table), "PREPARED": str(prepared), "OUTPUT": str(work / "out.csv")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [words.get(word, word) for word in command],
        check=True,
        capture_output=True,
        env={**os.environ, **ONE_THREAD},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(path: Path) -> None:
    """Medians of the rates, and of their ratios to the parser and to chemprop in the same repeat."""
    runs: dict[str, list[float]] = defaultdict(list)
    for line in map(json.loads, path.read_text().splitlines()):
        runs[line["command"]].append(line["per_cpu_s"])
    for name, rates in runs.items():
        row: dict[str, object] = {"command": name, "per_cpu_s": round(statistics.median(rates))}
        peers = {"parse": "rdkit parse", "chemprop": "chemprop, one network", "cuik": "chemprop with cuik, one network"}
        if "five" in name:
            peers["chemprop"], peers["cuik"] = "chemprop, five networks", "chemprop with cuik, five networks"
        for short, other in peers.items():
            if runs.get(other) and other != name:
                ratios = [a / b for a, b in zip(rates, runs[other], strict=False)]
                row[f"times {short}"] = round(statistics.median(ratios), 3)
        print(json.dumps(row))


if __name__ == "__main__":
    main()
