"""A chunk of cells to structures and features, one structure at a time under the pool's watch.

`tick(i)` is called before each step on row i, so that the pool knows which structure hangs or crashes; see
`molkit.engine.workers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from rdkit import Chem

from molkit.chem.quiet import QUIET
from molkit.chem.standardise import Policy, Structure, read_structure
from molkit.chem.stereo import isomers, undefined_stereo
from molkit.engine.jobs import IDLE, Tick, library_of
from molkit.features import FEATURIZERS
from molkit.types import Problem, Values


class Featurizer(Protocol):
    """Molecules, or items of another kind, to one packed feature; `kind` is its name in a model file."""

    @property
    def kind(self) -> str: ...

    def __call__(self, items: Sequence[Any], /) -> Values: ...


Featurizers = Mapping[str, Featurizer]


class _Watched(Sequence[Any]):
    """Items that report their row whenever one is handed out."""

    def __init__(self, items: Sequence[Any], rows: Sequence[int], tick: Tick) -> None:
        self._items, self._rows, self._tick = items, rows, tick

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: Any) -> Any:
        self._tick(self._rows[place])
        return self._items[place]

    def __iter__(self) -> Iterator[Any]:
        for item, row in zip(self._items, self._rows, strict=True):
            self._tick(row)
            yield item


@dataclass
class Chunk:
    """What was read of a chunk: `items[i]` is (an isomer of) the structure, or whatever else, in row `rows[i]`.

    `structures` are those of molecules alone; `thing` is what a row holds, in words.
    """

    size: int
    items: list[Any] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    structures: dict[int, Structure] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    thing: str = "structure"

    def drop(self, row: int, problem: Problem) -> None:
        """Row `row` has no result, for this reason."""
        self.problems[row] = problem
        self.structures.pop(row, None)
        kept = [i for i, owner in enumerate(self.rows) if owner != row]
        self.items, self.rows = [self.items[i] for i in kept], [self.rows[i] for i in kept]


def read_chunk(
    cells: Sequence[Any], policy: Policy, tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool
) -> Chunk:
    """Structures of the cells that can be read, reasons for the others."""
    chunk = Chunk(len(cells), problems=dict(skip))
    with QUIET:
        for row, cell in enumerate(cells):
            if row not in skip:
                tick(row)
                _read_cell(chunk, row, cell, policy, policy.max_isomers if enumerate_stereo else 1)
    tick(IDLE)
    return chunk


def _read_cell(chunk: Chunk, row: int, cell: Any, policy: Policy, isomers_wanted: int) -> None:
    found = guarded(partial(read_structure, "" if cell is None else str(cell), policy))
    mols = found if isinstance(found, Problem) else guarded(partial(_variants, found.mol, isomers_wanted))
    if isinstance(mols, Problem):
        chunk.problems[row] = mols
        return
    chunk.structures[row] = found
    chunk.items.extend(mols)
    chunk.rows.extend([row] * len(mols))


def _variants(mol: Chem.Mol, limit: int) -> list[Chem.Mol]:
    return isomers(mol, limit) if limit > 1 and undefined_stereo(mol) else [mol]


def guarded(action: Callable[[], Any], thing: str = "structure") -> Any:
    """The result of `action`, or a Problem if the library that does it fails on this structure, or other thing."""
    try:
        return action()
    except MemoryError:
        return Problem("too_large", f"this {thing} needs more memory than one {thing} may take.")
    except Exception as error:
        return Problem("crashed", f"{library_of(thing)} failed on this {thing} ({type(error).__name__}).")


def featurize(chunk: Chunk, featurizers: Featurizers, tick: Tick) -> dict[str, Values]:
    """Every feature of the chunk's structures; a structure without finite features is dropped from it."""
    values = _features(chunk, featurizers, tick)
    for key in [key for key in values if key.endswith("/descriptors")]:
        descriptors = np.asarray(values[key])
        bad = {chunk.rows[i] for i in np.flatnonzero(~np.isfinite(descriptors).any(axis=1))}
        for row in bad:
            chunk.drop(row, Problem("non_finite", "no descriptor of this structure can be computed."))
        if bad:
            values = _features(chunk, featurizers, tick)
    return values


def _features(chunk: Chunk, featurizers: Featurizers, tick: Tick) -> dict[str, Values]:
    if not chunk.items:
        return {}
    try:
        return _all_features(chunk.items, chunk.rows, featurizers, tick)
    except Exception:
        for row in dict.fromkeys(chunk.rows):  # find the structures that a featurizer fails on
            items = [item for item, owner in zip(chunk.items, chunk.rows, strict=True) if owner == row]
            found = guarded(partial(_all_features, items, [row] * len(items), featurizers, tick), chunk.thing)
            if isinstance(found, Problem):
                chunk.drop(row, found)
        return _all_features(chunk.items, chunk.rows, featurizers, tick) if chunk.items else {}


def _all_features(items: Sequence[Any], rows: Sequence[int], featurizers: Featurizers, tick: Tick) -> dict[str, Values]:
    watched = _Watched(items, rows, tick)
    values = {key: featurizer(watched) for key, featurizer in featurizers.items()}
    tick(IDLE)
    return values


def new_featurizers(keys: Sequence[str], options: Mapping[str, Mapping[str, Any]]) -> Featurizers:
    """Featurizers for keys such as "drug/graph"; `options` are theirs by kind."""
    kinds = {key: key.split("/")[1] for key in keys}
    return {key: FEATURIZERS[kind](**options.get(kind, {})) for key, kind in kinds.items()}


def status_columns(size: int, problems: Mapping[int, Problem], first_row: int) -> dict[str, list[Any]]:
    """Status and reason of every row of a chunk; `first_row` is the table's row of its first."""
    found = [problems.get(row) for row in range(size)]
    return {
        "status": ["ok" if problem is None else problem.status for problem in found],
        "reason": [problem and problem.sentence(first_row + row) for row, problem in enumerate(found)],
    }
