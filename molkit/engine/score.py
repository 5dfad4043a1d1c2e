"""One chunk of cells to the columns of predictions: pure functions of the chunk and the models.

`score_chunk` is `read_cells`, which is chemistry and may hang or crash, then `score_packed`, which is arithmetic
on arrays; they run in one process or in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.alerts import ALL_CATALOGUES, alerts
from molkit.chem.draw import drawn_block
from molkit.chem.identity import inchikey
from molkit.chem.policy import Policy
from molkit.chem.properties import profile_properties
from molkit.chem.standardise import Structure
from molkit.chem.stereo import undefined_stereo
from molkit.domain import nearest_in_each
from molkit.engine.cells import Nearest, nearest_cells, stereo_ranges, target_cells
from molkit.engine.columns import DRAWN, PROPERTY_NAMES
from molkit.engine.inputs import ReadRows, read_remarks, read_rows
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.scorer import ModelScorer, Reading, Scorer
from molkit.engine.structures import guarded, status_columns
from molkit.features.inputs import called
from molkit.learners.stack import disagreement, predict_models
from molkit.neighbours import sketches_of
from molkit.trust import Familiarity
from molkit.types import Column, Problem

READ_AS_DRAWN = "stereo_undefined: read as drawn"


@dataclass(frozen=True)
class Packed:
    """What was read of a chunk as arrays: sample i belongs to row `rows[i]`, isomers of a row follow each other."""

    size: int
    first_row: int
    rows: np.ndarray  # int64 [n]
    columns: Mapping[str, Column]
    problems: dict[int, Problem]
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, dict[int, Any]] = field(default_factory=dict)  # name of a shared column -> row -> cell


def score_chunk(scorer: Scorer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """Every output column, and "status", for every row of the chunk in order."""
    return score_packed(scorer, read_cells(scorer, cells, tick, skip))


def read_cells(scorer: Scorer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> list[Packed]:
    """The structures of a chunk as each reading has them; the first also holds the shared columns."""
    found = []
    for place, reading in enumerate(scorer.readings):
        read = read_rows(reading.readers, cells, tick, skip, enumerate_stereo=True)
        name = reading.molecules
        structures = {} if name is None else read.chunks[name].structures
        own_tick = tick if name is None else read.ticks[name]
        texts = _texts(structures, scorer.names if place == 0 else (), own_tick)
        if scorer.novelty is not None and place == 0:
            texts |= scorer.novelty.cells(structures, own_tick)
        notes: dict[int, tuple[str, ...]] = {}
        if "note" in scorer.names:
            notes = _row_notes(reading, cells, read, tick)
        if name is not None:
            texts = {column: read.by_row(name, found_in) for column, found_in in texts.items()}
        found.append(Packed(read.size, cells.first_row, read.rows, read.columns, read.problems, notes, texts))
    return found


def score_packed(scorer: Scorer, packed: Sequence[Packed]) -> dict[str, list[Any]]:
    """The output columns of a chunk whose structures have been read.

    A row that some models can read and others cannot has the numbers of the former, and the status of the first of
    the others; its standardised structure is that of the first reading.
    """
    first = packed[0]
    columns: dict[str, list[Any]] = {}
    problems: dict[int, Problem] = {}
    notes: dict[int, dict[str, None]] = {}  # by row, each once
    unread: dict[int, Problem] = {}  # of the first reading
    for place, (reading, chunk) in enumerate(zip(scorer.readings, packed, strict=True)):
        lost = dict(chunk.problems)
        for row, sentences in chunk.notes.items():
            notes.setdefault(row, {}).update(dict.fromkeys(sentences))
        for found in _score_models(reading.models, chunk):
            columns |= found.columns
            lost |= found.problems
            for row, said in found.ranges.items():
                notes.setdefault(row, {})[said] = None
        problems = {**lost, **problems}
        unread = lost if place == 0 else unread
    columns |= _shared_columns(scorer.names, first, notes, unread)
    status = status_columns(first.size, problems, first.first_row)
    return columns | (status if "status" in scorer.names else {"status": status["status"]})


def _shared_columns(
    names: Sequence[str], chunk: Packed, notes: Mapping[int, Iterable[str]], lost: Mapping[int, Problem]
) -> dict[str, list[Any]]:
    texts = dict(chunk.texts)
    if "note" in names:
        texts["note"] = {row: "; ".join(said) for row, said in notes.items()}
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in texts}
    for name, cells in texts.items():
        for row, cell in cells.items():
            columns[name][row] = None if row in lost or cell == "" else cell
    return columns


@dataclass(frozen=True)
class _Scored:
    """A model's own columns, the rows for which it has no number, and ranges over stereoisomers."""

    columns: dict[str, list[Any]]
    problems: dict[int, Problem]
    ranges: dict[int, str]


def _score_models(models: Sequence[ModelScorer], chunk: Packed) -> list[_Scored]:
    if not len(chunk.rows):
        return [_Scored({name: [None] * chunk.size for name in model.names.values()}, {}, {}) for model in models]
    said = predict_models([model.ensemble for model in models], chunk.columns)
    return list(map(_score_model, models, repeat(chunk), said, _nearest(models, chunk)))


def _nearest(models: Sequence[ModelScorer], chunk: Packed) -> list[Nearest | None]:
    """For each model that has an index the nearest compounds; of several isomers that of the most similar one."""
    having = [model for model in models if model.neighbours is not None]
    if not having:
        return [None] * len(models)
    queries = sketches_of(having[0].inputs, chunk.columns)
    assert queries is not None  # a model has an index only where there is something to tell similarity by
    indexes = [model.neighbours for model in having if model.neighbours is not None]
    alone = [index.alone for index in indexes]
    if all(index is not None for index in alone):  # many models of molecules share what is made of the queries
        bits = queries.bits[0][queries.index[:, 0]]
        each = nearest_in_each([index for index in alone if index is not None], bits)
    else:
        each = [index.nearest(queries) for index in indexes]
    found, starts = [], np.unique(chunk.rows, return_index=True)[1]
    for compounds, similarity in each:
        best = np.lexsort((-similarity, chunk.rows))[starts]
        found.append(Nearest(compounds[best], similarity[best]))
    own = iter(found)
    return [None if model.neighbours is None else next(own) for model in models]


def _score_model(model: ModelScorer, chunk: Packed, said: list[np.ndarray], nearest: Nearest | None) -> _Scored:
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in model.names}
    problems: dict[int, Problem] = {}
    ranges: dict[int, str] = {}
    predictions = model.ensemble.combine([part.mean(axis=0) for part in said])
    rows, starts, counts = np.unique(chunk.rows, return_index=True, return_counts=True)
    mean = np.add.reduceat(predictions, starts) / counts[:, None]
    apart = disagreement(said, model.trust.floors) if model.judges else None
    known = Familiarity(
        len(rows),
        None if apart is None else np.add.reduceat(apart, starts) / counts[:, None],
        None if nearest is None else nearest.similarity,
    )
    cells = target_cells(model, mean, known)
    finite = np.all([np.isfinite(cells[f"{target.name}_pred"]) for target in model.targets], axis=0)
    if "in_domain" in model.names:
        cells["in_domain"] = model.trust.verdicts(known) or [None] * len(rows)
    if nearest is not None:
        cells |= nearest_cells(model, nearest)
    for name in cells.keys() & columns.keys():
        for row, value in zip(rows.tolist(), cells[name], strict=True):
            columns[name][row] = value
    several = counts > 1
    if several.any():
        low, high = np.minimum.reduceat(predictions, starts), np.maximum.reduceat(predictions, starts)
        ranges = dict(zip(rows[several].tolist(), stereo_ranges(model, low[several], high[several]), strict=True))
    for row in rows[~finite].tolist():
        problems[row] = Problem("non_finite", f"the model gives no finite number for this {called(model.inputs)}.")
        for values in columns.values():
            values[row] = None
    return _Scored({model.names[name]: values for name, values in columns.items()}, problems, ranges)


TEXTS: dict[str, Callable[[Chem.Mol], str]] = {
    "smiles_std": Chem.MolToSmiles,
    "inchikey": inchikey,
    "alerts": lambda mol: "; ".join(alerts(mol, ALL_CATALOGUES)),
    DRAWN: drawn_block,
}


def _texts(structures: Mapping[int, Structure], names: Sequence[str], tick: Tick) -> dict[str, dict[int, Any]]:
    texts: dict[str, dict[int, Any]] = {}
    for name in TEXTS.keys() & set(names):
        texts[name] = {}
        for row, structure in structures.items():
            tick(row)
            found = guarded(partial(TEXTS[name], structure.mol))
            texts[name][row] = None if isinstance(found, Problem) else found
    if wanted := [name for name in PROPERTY_NAMES if name in names]:
        texts |= _properties(structures, wanted, tick)
    tick(IDLE)
    return texts


def _properties(structures: Mapping[int, Structure], names: Sequence[str], tick: Tick) -> dict[str, dict[int, Any]]:
    """Columns that are computed together, as they share what is dear."""
    found: dict[str, dict[int, Any]] = {name: {} for name in names}
    for row, structure in structures.items():
        tick(row)
        values = guarded(partial(profile_properties, structure.mol))
        for name, cells in found.items():
            cells[row] = None if isinstance(values, Problem) else values[name]
    return found


def _row_notes(reading: Reading, cells: Cells, read: ReadRows, tick: Tick) -> dict[int, tuple[str, ...]]:
    """What was done to the cells of each row, and what is to be told of them; of several inputs each with its name."""
    notes: dict[int, tuple[str, ...]] = {}
    for number, reader in enumerate(reading.readers):
        name = reader.input.name
        done = read.by_row(name, _notes(read.chunks[name].structures, reading.policy, read.ticks[name]))
        for found in (done, read_remarks(reading.readers, number, cells, read, tick)):
            for row, said in found.items():
                own = said if len(reading.readers) == 1 else tuple(f"{name}: {sentence}" for sentence in said)
                notes[row] = (*notes.get(row, ()), *own)
    return notes


def _notes(structures: Mapping[int, Structure], policy: Policy, tick: Tick) -> dict[int, tuple[str, ...]]:
    """What was done to each structure to which something was done."""
    notes = {}
    for row, structure in structures.items():
        tick(row)
        centres = guarded(partial(undefined_stereo, structure.mol)) if policy.max_isomers == 1 else 0
        said = (*structure.notes, *((READ_AS_DRAWN,) if centres else ()))
        if said:
            notes[row] = said
    tick(IDLE)
    return notes
