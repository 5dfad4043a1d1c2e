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
from molkit.domain import SimilarityIndex
from molkit.engine.columns import DRAWN, nearest_value_name
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.scorer import ModelScorer, Scorer
from molkit.engine.structures import Chunk, featurize, guarded, read_chunk, status_columns
from molkit.evaluation.recalibrate import shifted
from molkit.features import packed_bits
from molkit.learners.stack import disagreement
from molkit.trust import Familiarity
from molkit.types import Column, Problem, Target, Values

READ_AS_DRAWN = "stereo_undefined: read as drawn"
EITHER = " or "  # between classes of which neither can be ruled out


@dataclass(frozen=True)
class Packed:
    """The structures of a chunk as arrays: value i belongs to row `rows[i]`, isomers of a row follow each other."""

    size: int
    first_row: int
    rows: np.ndarray  # int64 [n]
    values: Mapping[str, Values]
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
        said = model.ensemble.predict_models({key: Column(value, everything) for key, value in chunk.values.items()})
        predictions = model.ensemble.combine([part.mean(axis=0) for part in said])
        rows, starts, counts = np.unique(chunk.rows, return_index=True, return_counts=True)
        mean = np.add.reduceat(predictions, starts) / counts[:, None]
        apart = disagreement(said, model.trust.floors) if model.judges else None
        compounds, similarity = (None, None) if model.index is None else _nearest(model.index, chunk, starts)
        known = Familiarity(
            len(rows), None if apart is None else np.add.reduceat(apart, starts) / counts[:, None], similarity
        )
        cells = _target_cells(model, mean, known)
        finite = np.all([np.isfinite(cells[f"{target.name}_pred"]) for target in model.targets], axis=0)
        if "in_domain" in model.names:
            cells["in_domain"] = model.trust.verdicts(known) or [None] * len(rows)
        if compounds is not None and similarity is not None:
            cells |= _nearest_cells(model, compounds, similarity)
        for name in cells.keys() & columns.keys():
            for row, value in zip(rows.tolist(), cells[name], strict=True):
                columns[name][row] = value
        several = counts > 1
        if several.any():
            low, high = np.minimum.reduceat(predictions, starts), np.maximum.reduceat(predictions, starts)
            ranges = dict(zip(rows[several].tolist(), _ranges(model, low[several], high[several]), strict=True))
        for row in rows[~finite].tolist():
            problems[row] = Problem("non_finite", "the model gives no finite number for this structure.")
            for values in columns.values():
                values[row] = None
    return _Scored({model.names[name]: values for name, values in columns.items()}, problems, ranges)


def _target_cells(model: ModelScorer, mean: np.ndarray, known: Familiarity) -> dict[str, list[Any]]:
    """The columns of all targets from predictions [n, K], without the intervals or sets that a target has not."""
    cells: dict[str, list[Any]] = {}
    level, nothing = model.level / 100, [None] * len(model.targets)
    halves = model.trust.half_widths(known, level) if model.judges else nothing
    all_sets = model.trust.sets(mean, level) if model.judges else nothing
    for target, values, half, sets, share in zip(
        model.targets, mean.T, halves, all_sets, model.trust.shares, strict=True
    ):
        if target.kind == "binary":
            cells |= _class_cells(target, _expected(model, target, values, share), sets, model.level)
        else:
            cells |= _number_cells(target, values, half, model.level)
    return cells


def _number_cells(target: Target, values: np.ndarray, half: np.ndarray | None, level: int) -> dict[str, list[Any]]:
    name = target.name
    cells: dict[str, list[Any]] = {f"{name}_pred": measured_scale(target, values)}
    if half is not None:
        cells[f"{name}_lo{level}"] = measured_scale(target, values - half)
        upper = measured_scale(target, values + half)
        cells[f"{name}_hi{level}"] = [end if np.isfinite(end) else None for end in upper]
    return cells


def _class_cells(target: Target, values: np.ndarray, sets: np.ndarray | None, level: int) -> dict[str, list[Any]]:
    name = target.name
    cells: dict[str, list[Any]] = {f"{name}_pred": measured_scale(target, values)}
    if target.classes:
        classes = target.classes
        cells[f"{name}_label"] = [classes[high] for high in (values >= target.threshold).tolist()]
        if sets is not None:
            shown = {(True, False): classes[0], (False, True): classes[1], (True, True): EITHER.join(classes)}
            cells[f"{name}_set{level}"] = [shown[low, high] for low, high in sets.tolist()]
    return cells


def _expected(model: ModelScorer, target: Target, values: np.ndarray, share: float | None) -> np.ndarray:
    """Probabilities where positives have another share than among the training rows."""
    now = model.prevalences.get(target.name)
    return values if now is None or share is None else shifted(values, share, now)


def measured_scale(target: Target, values: np.ndarray) -> list[float]:
    """The model's numbers on the scale of the measured one: the only place where a log is undone."""
    with np.errstate(over="ignore"):  # infinity is for the caller to notice
        shown = np.float32(np.power(10.0, values) if target.log else values)
    return [float(text) for text in shown.astype(str)]  # the shortest digits that a float32 needs


def _ranges(model: ModelScorer, low: np.ndarray, high: np.ndarray) -> list[str]:
    ends = [
        (target.name, *(measured_scale(target, _expected(model, target, end[:, k], share)) for end in (low, high)))
        for k, (target, share) in enumerate(zip(model.targets, model.trust.shares, strict=True))
    ]
    return [
        "stereo_undefined: mean over stereoisomers, "
        + ", ".join(f"{name} {lows[i]:.4g} to {highs[i]:.4g}" for name, lows, highs in ends)
        for i in range(len(low))
    ]


def _nearest(index: SimilarityIndex, chunk: Packed, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest training compound of each row and its similarity; of several isomers that of the most similar one."""
    counts = chunk.values["drug/fingerprint"]
    assert isinstance(counts, np.ndarray)
    nearest, similarity = index.nearest(packed_bits(counts))
    best = np.lexsort((-similarity, chunk.rows))[starts]
    return nearest[best], similarity[best]


def _nearest_cells(model: ModelScorer, compounds: np.ndarray, similarity: np.ndarray) -> dict[str, list[Any]]:
    places = compounds.tolist()
    cells: dict[str, list[Any]] = {
        "nearest_train": [model.training["smiles"][place] for place in places],
        "nearest_train_similarity": [round(value, 4) for value in similarity.tolist()],
    }
    if "ids" in model.training:
        cells["nearest_train_id"] = [model.training["ids"][place] for place in places]
    for target, values in zip(model.targets, model.training_values[compounds].T, strict=True):
        cells[nearest_value_name(target)] = [
            None if value != value else target.classes[int(value)] if target.classes else value
            for value in values.tolist()
        ]
    return cells


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
