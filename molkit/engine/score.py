"""One chunk of cells to the columns of predictions: pure functions of the chunk and the models.

`score_chunk` is `read_cells`, which is chemistry and may hang or crash, then `score_packed`, which is arithmetic
on arrays; they run in one process or in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.chem.alerts import alerts
from molkit.chem.draw import drawn_block
from molkit.chem.identity import inchikey
from molkit.chem.policy import Policy
from molkit.chem.stereo import undefined_stereo
from molkit.engine.columns import DRAWN, nearest_value_name
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.scorer import ModelScorer, Scorer
from molkit.engine.structures import Chunk, featurize, guarded, read_chunk, status_columns
from molkit.features import packed_bits
from molkit.types import Column, Graphs, Problem, Target

READ_AS_DRAWN = "stereo_undefined: read as drawn"


@dataclass(frozen=True)
class Packed:
    """The structures of a chunk as arrays: value i belongs to row `rows[i]`, isomers of a row follow each other."""

    size: int
    first_row: int
    rows: np.ndarray  # int64 [n]
    values: Mapping[str, Graphs | np.ndarray]
    problems: dict[int, Problem]
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, dict[int, Any]] = field(default_factory=dict)  # name of a shared column -> row -> cell


def score_chunk(scorer: Scorer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """Every output column, and "status", for every row of the chunk in order."""
    return score_packed(scorer, read_cells(scorer, cells, tick, skip))


def read_cells(scorer: Scorer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> list[Packed]:
    """The structures of a chunk as each reading has them; the first also holds the shared columns."""
    known = {**cells.faults, **skip}
    found = []
    for place, reading in enumerate(scorer.readings):
        chunk = read_chunk(cells.texts, reading.policy, tick, known, enumerate_stereo=True)
        values = featurize(chunk, reading.featurizers, tick)
        rows = np.array(chunk.rows, np.int64)
        texts = _texts(chunk, scorer.names if place == 0 else (), tick)
        notes = _notes(chunk, reading.policy, tick) if "note" in scorer.names else {}
        found.append(Packed(chunk.size, cells.first_row, rows, values, chunk.problems, notes, texts))
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
        for model in reading.models:
            found = _score_model(model, chunk)
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
            columns[name][row] = None if row in lost else cell or None
    return columns


@dataclass(frozen=True)
class _Scored:
    """A model's own columns, the rows for which it has no number, and ranges over stereoisomers."""

    columns: dict[str, list[Any]]
    problems: dict[int, Problem]
    ranges: dict[int, str]


def _score_model(model: ModelScorer, chunk: Packed) -> _Scored:
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in model.names}
    problems: dict[int, Problem] = {}
    ranges: dict[int, str] = {}
    if len(chunk.rows):
        everything = np.arange(len(chunk.rows))
        predictions = model.ensemble.predict({key: Column(value, everything) for key, value in chunk.values.items()})
        rows, starts, counts = np.unique(chunk.rows, return_index=True, return_counts=True)
        mean = np.add.reduceat(predictions, starts) / counts[:, None]
        finite = np.ones(len(rows), bool)
        for k, target in enumerate(model.targets):
            cells = _target_cells(target, mean[:, k], model.half_widths[k])
            finite &= np.isfinite(cells[f"{target.name}_pred"])
            for name in cells.keys() & columns.keys():
                for row, value in zip(rows.tolist(), cells[name], strict=True):
                    columns[name][row] = value
        if model.index is not None:
            _nearest(model, chunk, columns)
        several = counts > 1
        if several.any():
            low, high = np.minimum.reduceat(predictions, starts), np.maximum.reduceat(predictions, starts)
            ranges = dict(zip(rows[several].tolist(), _ranges(model, low[several], high[several]), strict=True))
        for row in rows[~finite].tolist():
            problems[row] = Problem("non_finite", "the model gives no finite number for this structure.")
            for values in columns.values():
                values[row] = None
    return _Scored({model.names[name]: values for name, values in columns.items()}, problems, ranges)


def _target_cells(target: Target, values: np.ndarray, half_width: float | None) -> dict[str, list[Any]]:
    """The columns of one target, without the endings of a target of numbers where there is no interval."""
    name = target.name
    cells: dict[str, list[Any]] = {f"{name}_pred": measured_scale(target, values)}
    if target.kind == "binary" and target.classes:
        cells[f"{name}_label"] = [target.classes[high] for high in (values >= target.threshold).tolist()]
    elif half_width is not None:
        cells[f"{name}_lo90"] = measured_scale(target, values - half_width)
        upper = measured_scale(target, values + half_width)
        cells[f"{name}_hi90"] = [end if np.isfinite(end) else None for end in upper]
    return cells


def measured_scale(target: Target, values: np.ndarray) -> list[float]:
    """The model's numbers on the scale of the measured one: the only place where a log is undone."""
    with np.errstate(over="ignore"):  # infinity is for the caller to notice
        shown = np.float32(np.power(10.0, values) if target.log else values)
    return [float(text) for text in shown.astype(str)]  # the shortest digits that a float32 needs


def _ranges(model: ModelScorer, low: np.ndarray, high: np.ndarray) -> list[str]:
    ends = [
        (target.name, measured_scale(target, low[:, k]), measured_scale(target, high[:, k]))
        for k, target in enumerate(model.targets)
    ]
    return [
        "stereo_undefined: mean over stereoisomers, "
        + ", ".join(f"{name} {lows[i]:.4g} to {highs[i]:.4g}" for name, lows, highs in ends)
        for i in range(len(low))
    ]


def _nearest(model: ModelScorer, chunk: Packed, columns: dict[str, list[Any]]) -> None:
    counts = chunk.values["drug/fingerprint"]
    assert model.index is not None
    assert isinstance(counts, np.ndarray)
    nearest, similarity = model.index.nearest(packed_bits(counts))
    best: dict[int, int] = {}  # of several isomers the one with the nearest compound
    for place, row in enumerate(chunk.rows.tolist()):
        if row not in best or similarity[place] > similarity[best[row]]:
            best[row] = place
    verdicts = model.domain.verdict(similarity)
    for row, place in best.items():
        compound = int(nearest[place])
        cells = {"in_domain": verdicts[place], "nearest_train_similarity": round(float(similarity[place]), 4)}
        cells["nearest_train"] = model.training["smiles"][compound]
        cells["nearest_train_id"] = model.training["ids"][compound] if "ids" in model.training else None
        for target, value in zip(model.targets, model.training_values[compound].tolist(), strict=True):
            cells[nearest_value_name(target)] = None if np.isnan(value) else value
        for name in cells.keys() & columns.keys():
            columns[name][row] = cells[name]


TEXTS: dict[str, Callable[[Chem.Mol], str]] = {
    "smiles_std": Chem.MolToSmiles,
    "inchikey": inchikey,
    "alerts": lambda mol: "; ".join(alerts(mol)),
    DRAWN: drawn_block,
}


def _texts(chunk: Chunk, names: Sequence[str], tick: Tick) -> dict[str, dict[int, Any]]:
    texts: dict[str, dict[int, Any]] = {}
    for name in TEXTS.keys() & set(names):
        texts[name] = {}
        for row, structure in chunk.structures.items():
            tick(row)
            found = guarded(partial(TEXTS[name], structure.mol))
            texts[name][row] = None if isinstance(found, Problem) else found
    tick(IDLE)
    return texts


def _notes(chunk: Chunk, policy: Policy, tick: Tick) -> dict[int, tuple[str, ...]]:
    """What was done to each structure to which something was done."""
    notes = {}
    for row, structure in chunk.structures.items():
        tick(row)
        centres = guarded(partial(undefined_stereo, structure.mol)) if policy.max_isomers == 1 else 0
        said = (*structure.notes, *((READ_AS_DRAWN,) if centres else ()))
        if said:
            notes[row] = said
    tick(IDLE)
    return notes
