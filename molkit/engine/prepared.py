"""A chunk of a prepared library to the columns of predictions: no structure is read, unless to write it.

A structure in an SD file comes from its standardised SMILES, so its atoms have another order than from the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.data.prepared import PreparedLibrary, open_prepared
from molkit.data.prepared_features import PartFeatures, read_features
from molkit.engine.jobs import IDLE, PreparedCells, Tick
from molkit.engine.score import READ_AS_DRAWN, TEXTS, Packed, score_packed
from molkit.engine.scorer import Scorer
from molkit.engine.structures import guarded
from molkit.errors import InputError
from molkit.types import Column, Problem


def score_prepared(
    scorer: Scorer, cells: PreparedCells, tick: Tick, skip: Mapping[int, Problem]
) -> dict[str, list[Any]]:
    """Every output column, and "status", for every row of the chunk in order."""
    return score_packed(scorer, read_prepared(scorer, cells, tick, skip))


def read_prepared(scorer: Scorer, cells: PreparedCells, tick: Tick, skip: Mapping[int, Problem]) -> list[Packed]:
    """The stored structures of a chunk as each reading has them; see `molkit.engine.score.read_cells`."""
    library = _library(cells.folder, cells.sha256)
    found = []
    for place, reading in enumerate(scorer.readings):
        stereo = "isomers" if reading.policy.max_isomers > 1 else "drawn"
        part = read_features(library, cells.part, sorted(reading.featurizers), stereo, cells.start, cells.stop)
        names = scorer.names if place == 0 else ()
        texts = {name: _text(part, name, tick, skip) for name in TEXTS if name in names}
        notes = _notes(part, stereo) if "note" in scorer.names else {}
        everything = np.arange(len(part.rows))
        columns = {key: Column(value, everything) for key, value in part.values.items()}
        found.append(Packed(part.size, cells.first_row, part.rows, columns, part.problems, notes, texts))
    return found


@lru_cache(maxsize=1)
def _library(folder: str, sha256: str) -> PreparedLibrary:
    """The opened library; raises InputError if it is not the one with that hash, as its rows may be others."""
    library = open_prepared(Path(folder))
    if library.sha256 != sha256:
        raise InputError(f"{folder}: was replaced while it was read. Run again.")
    return library


def _notes(part: PartFeatures, stereo: str) -> dict[int, tuple[str, ...]]:
    notes = dict(part.notes)
    if stereo == "drawn":
        for row in part.undefined:
            notes[row] = (*notes.get(row, ()), READ_AS_DRAWN)
    return notes


def _text(part: PartFeatures, name: str, tick: Tick, skip: Mapping[int, Problem]) -> dict[int, Any]:
    if name == "smiles_std":
        return dict(part.smiles_std)
    cells = {}
    for row, smiles in part.smiles_std.items():
        if row not in skip:
            tick(row)
            found = guarded(partial(_written, name, smiles))
            cells[row] = None if isinstance(found, Problem) else found
    tick(IDLE)
    return cells


def _written(name: str, smiles: str) -> str:
    return TEXTS[name](Chem.MolFromSmiles(smiles))
