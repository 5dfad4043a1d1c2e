"""A column of structures read by workers: what each row is, and which rows are the same compound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from molkit.chem.identity import leak_groups
from molkit.chem.policy import Policy
from molkit.engine.jobs import cell_chunks
from molkit.engine.workers import Job, WorkerPool
from molkit.pipeline.progress import Progress
from molkit.types import Problem

CHUNK = 250
_WORKER = "molkit.audit.worker"


@dataclass(frozen=True)
class Compounds:
    """The n readable rows of a table and the m compounds they hold, and what is known of the other rows.

    A compound is a full standard InChIKey (the standardised SMILES where InChI makes none), as in training; its
    structure, fingerprint and so on are those of its first row. `leak` numbers compounds that must not stand on both
    sides of a split. `written` is, by row, the number of components and the metals of structures with several or any.
    Rows are counted from 0.
    """

    size: int
    rows: np.ndarray  # int64 [n], the readable rows
    of: np.ndarray  # int64 [n], the compound of each readable row
    first: np.ndarray  # int64 [m], place among the readable rows of each compound's first one
    smiles: tuple[str, ...]  # m
    names: tuple[str, ...]  # m, InChIKeys
    leak_keys: tuple[tuple[str, str], ...]  # m
    leak: np.ndarray  # int64 [m]
    scaffolds: tuple[str, ...]  # m
    stereo: np.ndarray  # int64 [m], undefined stereo elements
    bits: np.ndarray  # uint8 [m, 256], packed Morgan fingerprints
    properties: np.ndarray  # float32 [m, P]; P is 0 where they were not asked for
    notes: Mapping[int, tuple[str, ...]]
    problems: Mapping[int, Problem]
    written: Mapping[int, tuple[int, list[str]]]

    def __len__(self) -> int:
        return len(self.names)

    def members(self) -> list[np.ndarray]:
        """The rows of each compound, ascending."""
        order = np.argsort(self.of, kind="stable")
        return np.split(self.rows[order], np.cumsum(np.bincount(self.of, minlength=len(self)))[:-1])

    def form(self, row: int) -> tuple[str, ...]:
        """The counter-ions and solvents that were taken off a row; a charge alone, as drawn, is no other substance."""
        return tuple(note for note in self.notes.get(row, ()) if note.startswith("removed "))

    def forms(self) -> np.ndarray:
        """Number of the compound in its salt form as written, int64 [n] by readable row."""
        keys = [(compound, self.form(row)) for compound, row in zip(self.of.tolist(), self.rows.tolist(), strict=True)]
        numbers: dict[tuple[int, tuple[str, ...]], int] = {}
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def audit_pool(policy: Policy, workers: int, properties: bool) -> WorkerPool:
    """A pool that does `molkit.audit.worker.audit_chunk`, with the properties that the learning curve needs or not."""
    job = Job(f"{_WORKER}:load_reader", (asdict(policy), properties), f"{_WORKER}:audit_chunk")
    return WorkerPool(job, workers, policy.limits.seconds, policy.limits.memory_mb)


def read_compounds(
    pool: WorkerPool, cells: Sequence[Any], faults: Mapping[int, str], progress: Progress, stage: str
) -> Compounds:
    """The compounds in a column of structures; `faults` are sentences by 1-based row."""
    chunks = []
    for chunk in pool.map(cell_chunks(cells, faults, CHUNK)):
        chunks.append(chunk)
        progress(stage, min(len(chunks) * CHUNK, len(cells)), len(cells), {})
    found = [known for chunk in chunks for known in chunk["found"]]
    names, first, of = _distinct([known["inchikey"] or known["smiles"] for known in found])
    kept = [found[place] for place in first]
    bits = [chunk["bits"] for chunk in chunks if chunk["rows"]]
    properties = [known["properties"] for known in kept]
    return Compounds(
        size=len(cells),
        rows=np.array(_placed(chunks, "rows"), np.int64),
        of=of,
        first=first,
        smiles=tuple(known["smiles"] for known in kept),
        names=names,
        leak_keys=tuple(known["leak_keys"] for known in kept),
        leak=leak_groups([known["leak_keys"] for known in kept]),
        scaffolds=tuple(known["scaffold"] for known in kept),
        stereo=np.array([known["stereo"] for known in kept], np.int64),
        bits=np.concatenate(bits)[first] if bits else np.zeros((0, 256), np.uint8),
        properties=np.stack(properties) if properties else np.zeros((0, 1), np.float32),
        notes=_by_row(chunks, "notes"),
        problems=_by_row(chunks, "problems"),
        written=_by_row(chunks, "written"),
    )


def _placed(chunks: Iterable[dict[str, Any]], key: str) -> list[int]:
    return [place * CHUNK + row for place, chunk in enumerate(chunks) for row in chunk[key]]


def _by_row(chunks: Iterable[dict[str, Any]], key: str) -> dict[int, Any]:
    found = {place * CHUNK + row: value for place, chunk in enumerate(chunks) for row, value in chunk[key].items()}
    return dict(sorted(found.items()))


def _distinct(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The different names in order, the place of the first of each, and the number of each name."""
    first: dict[str, int] = {}
    number: dict[str, int] = {}
    of = np.zeros(len(names), np.int64)
    for place, name in enumerate(names):
        first.setdefault(name, place)
        of[place] = number.setdefault(name, len(number))
    return tuple(first), np.array(list(first.values()), np.int64), of
