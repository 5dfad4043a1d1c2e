"""What a model says of rows, as the cells of output columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.quantities import Quantity, class_name, quantities
from molkit.engine.columns import nearest_value_name
from molkit.engine.scorer import ModelScorer
from molkit.evaluation.class_sets import with_called
from molkit.evaluation.recalibrate import shifted
from molkit.features.sequence import shortened
from molkit.trust import Familiarity
from molkit.types import Target

EITHER = " or "  # between classes of which neither can be ruled out


@dataclass(frozen=True)
class Nearest:
    """The nearest training compound of each row and its similarity."""

    compounds: np.ndarray  # int64 [n]
    similarity: np.ndarray  # float64 [n]


def target_cells(model: ModelScorer, mean: np.ndarray, known: Familiarity) -> dict[str, list[Any]]:
    """The columns of all targets from predictions [n, K], without the intervals or sets that a target has not."""
    cells: dict[str, list[Any]] = {}
    level, nothing = model.level / 100, [None] * len(model.targets)
    halves = model.trust.half_widths(known, level) if model.judges else nothing
    all_sets = model.trust.sets(mean, level) if model.judges else nothing
    for own in quantities(model.targets):
        target, k = own.target, own.columns[0]
        values, half, sets, share = mean[:, k], halves[k], all_sets[k], model.trust.shares[k]
        if own.several:
            held_by_class = [all_sets[column] for column in own.columns]
            cells |= _several_cells(own, own.predictions(mean), held_by_class, model.level)
        elif target.kind == "binary":
            shown = _expected(model, target, values, share)
            held = None if sets is None else with_called(sets, shown >= target.threshold)
            cells |= _class_cells(target, shown, held, model.level)
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


def _several_cells(
    own: Quantity, chances: np.ndarray, sets: Sequence[np.ndarray | None], level: int
) -> dict[str, list[Any]]:
    """The probability of each class, the most probable one and the classes that cannot be ruled out, it among them.

    A class is ruled out where its probability is as low as that of few held-out rows of that class.
    """
    name, classes = own.target.name, own.target.classes or ()
    cells: dict[str, list[Any]] = {
        f"{class_name(name, one)}_pred": measured_scale(own.target, values)
        for one, values in zip(classes, chances.T, strict=True)
    }
    called = chances.argmax(axis=1)
    cells[f"{name}_label"] = [classes[code] for code in called.tolist()]
    if all(found is not None for found in sets):
        inside = np.stack([found[:, 1] for found in sets if found is not None], axis=1)
        inside[np.arange(len(called)), called] = True
        cells[f"{name}_set{level}"] = [
            EITHER.join(one for one, held in zip(classes, row, strict=True) if held) for row in inside.tolist()
        ]
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


def stereo_ranges(model: ModelScorer, low: np.ndarray, high: np.ndarray) -> list[str]:
    """What is noted of each row of which isomers were predicted; of several classes the one that varies most."""
    ends = []
    for own in quantities(model.targets):
        k = max(own.columns, key=lambda column: float((high - low)[:, column].sum()))
        target, share = model.targets[k], model.trust.shares[k]
        scaled = (measured_scale(target, _expected(model, target, end[:, k], share)) for end in (low, high))
        ends.append((target.name, *scaled))
    return [
        "stereo_undefined: mean over stereoisomers, "
        + ", ".join(f"{name} {lows[i]:.4g} to {highs[i]:.4g}" for name, lows, highs in ends)
        for i in range(len(low))
    ]


def nearest_cells(model: ModelScorer, nearest: Nearest) -> dict[str, list[Any]]:
    compounds, places = nearest.compounds, nearest.compounds.tolist()
    cells: dict[str, list[Any]] = {
        "nearest_train_similarity": [round(value, 4) for value in nearest.similarity.tolist()],
    }
    index = model.neighbours.sketches.index[compounds] if model.neighbours else np.empty((0, 0), np.int64)
    for column, things, own_things in zip(model.nearest_names, model.things, index.T, strict=True):
        cells[column] = [shortened(things[thing]) for thing in own_things.tolist()]
    if model.ids is not None:
        cells["nearest_train_id"] = [model.ids[place] for place in places]
    for own in quantities(model.targets):
        target, values = own.target, own.labels(model.training_values[compounds])
        cells[nearest_value_name(target)] = [
            None if value != value else target.classes[int(value)] if target.classes else value
            for value in values.tolist()
        ]
    return cells
