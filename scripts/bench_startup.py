"""CPU-seconds of whole molkit processes: help, and one structure with each kind of model.

    python scripts/bench_startup.py [--repeats 7]

Trains small models on the shipped solubility table first. Counts the worker processes too. Prints JSON lines.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import molkit
from molkit.data.cards import shipped_path

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def cpu_seconds(command: list[str]) -> float:
    """User and system seconds of a command and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args(argv)
    program = str(Path(sys.executable).with_name("molkit"))
    with tempfile.TemporaryDirectory() as folder:
        commands = {"molkit --help": [program, "--help"]}
        for learners in (["boosting"], ["forest"], ["dmpnn"], ["boosting", "forest", "dmpnn"]):
            path = Path(folder) / f"{'-'.join(learners)}.molkit"
            molkit.train(shipped_path("solubility"), "logS", path, learners=learners, epochs=2).close()
            commands[f"predict one, {' + '.join(learners)}"] = [program, "predict", str(path), ASPIRIN]
        for name, command in commands.items():
            cpu_seconds(command)  # warms the disk cache up
            times = [cpu_seconds(command) for _ in range(options.repeats)]
            spread = {"cpu_s": round(median(times), 3), "lowest": round(min(times), 3), "highest": round(max(times), 3)}
            print(json.dumps({"command": name, **spread}), flush=True)


if __name__ == "__main__":
    main()
