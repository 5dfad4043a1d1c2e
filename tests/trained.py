"""Two small models that the tests of commands share, trained once per test run, and molkit's command line."""

from __future__ import annotations

import atexit
import contextlib
import csv
import io
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import molkit
from molkit.cli import main
from molkit.config import RunConfig
from molkit.learners.autoencoder import AutoencoderOptions
from molkit.pipeline.autoencode import autoencode_table

csv.field_size_limit(1 << 30)
ROOT = Path(__file__).resolve().parents[1]
SOLUBILITY = ROOT / "datasets" / "solubility" / "solubility.csv"


@cache
def folder() -> Path:
    """A folder that goes when the tests end."""
    made = Path(tempfile.mkdtemp(prefix="molkit-tests-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def solubility(every: int = 5) -> list[dict[str, str]]:
    """Every so-many-th row of the shipped solubility table."""
    with SOLUBILITY.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))[::every]


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    """A table file from rows."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a table file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def small_table() -> Path:
    """257 molecules with names and measured logS."""
    return write_csv(folder() / "small.csv", solubility())


@cache
def tree_model() -> Path:
    """Gradient boosting on the small table."""
    path = folder() / "trees.molkit"
    molkit.train(small_table(), "logS", path, unit="log mol/L", learners=["boosting"], fold_models=2, id="name",
                 workers=2)  # fmt: skip
    return path


@cache
def stacked_model() -> Path:
    """All three learners, the network for a few epochs."""
    path = folder() / "stack.molkit"
    molkit.train(small_table(), "logS", path, learners=["boosting", "forest", "dmpnn"], fold_models=2, epochs=4,
                 workers=2)  # fmt: skip
    return path


@cache
def small_library() -> Path:
    """200 small molecules, a .csv of SMILES."""
    ends = ("C", "O", "N", "Cl", "C#N", "C(=O)O", "c1ccccc1", "c1ccncc1")
    rows = [f"{'C' * n}{middle}{end}" for n in range(1, 6) for middle in ("", "O", "N", "C(C)", "C=C") for end in ends]
    return write_csv(folder() / "library.csv", [{"smiles": smiles} for smiles in rows])


@cache
def autoencoder() -> Path:
    """An autoencoder of the small library that has learned little; at temperature 1 it writes all sorts."""
    path = folder() / "library.molkit"
    options = AutoencoderOptions(module={"latent": 4, "width": 16, "hidden": 32}, epochs=3)
    autoencode_table(small_library(), path, options=options, config=RunConfig(workers=1))
    return path


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def clean(self) -> bool:
        """No traceback, and no more than an error line on the error stream after the notes."""
        return "Traceback" not in self.out + self.err


def run(*arguments: object) -> Ran:
    """`molkit ARGUMENTS` within this process."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    words = ["molkit", *map(str, arguments)]
    with (
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
        patch.object(sys, "argv", words),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    texts = [stream.buffer.getvalue().decode() for stream in streams]  # type: ignore[attr-defined]
    return Ran(code, *texts)


def check_overwriting(*command: object) -> None:
    """A command that wrote its output refuses to write it again, unless it is told to."""
    again = run(*command)
    assert again.code == 2
    assert "exists" in again.err
    assert run(*command, "--overwrite").code == 0


COMMAND = [sys.executable, "-m", "molkit"]


@contextlib.contextmanager
def after(seconds: float, action: object) -> Iterator[None]:
    """Call `action` that long after the block began."""
    timer = threading.Timer(seconds, action)  # type: ignore[arg-type]
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def ended(study: Path) -> int:
    """Trials that ended in the file of a search, 0 while there is none."""
    if not study.exists() or not study.stat().st_size:
        return 0
    try:
        with contextlib.closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True, timeout=10)) as database:
            states = "select count(*) from trials where state in ('COMPLETE', 'PRUNED')"
            return int(database.execute(states).fetchone()[0])
    except sqlite3.OperationalError:  # its tables are being made
        return 0
