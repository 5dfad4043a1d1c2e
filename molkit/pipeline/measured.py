"""What a table holds of one target: measured values, and predictions in columns of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.data.classes import PAIRS, class_key, find_classes, says_class, told_classes
from molkit.data.columns import find_column
from molkit.data.labels import read_labels
from molkit.data.quantities import class_name
from molkit.data.table import Table
from molkit.data.targets import class_codes
from molkit.errors import InputError

TASKS = ("regression", "binary", "multiclass")
_SHOWN = 60
_LISTED = 5


@dataclass(frozen=True)
class Measured:
    """Labels float64 [n] of one column, NaN = not measured: numbers, 0 and 1, or codes of `classes`."""

    values: np.ndarray
    kind: str
    unit: str = ""
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predicted:
    """Predictions float64 [n] or [n, C], NaN where there is none, and why that is, by 1-based row."""

    values: np.ndarray
    reasons: dict[int, str] = field(default_factory=dict)


def read_measured(
    path: Path, table: Table, name: str, task: str | None, unit: str | None, classes: tuple[str, ...] | None = None
) -> Measured:
    """The labels of column `name`; `classes` are those of a model, which the table's must be among.

    Bounds (`>10`) are no values to compare with and are left out. Other than for training, one distinct value
    is enough. Raises InputError for cells that cannot be read, with their rows.
    """
    if task not in (None, *TASKS):
        raise InputError(f"--task {task!r}: expected {', '.join(TASKS[:-1])} or {TASKS[-1]}.")
    cells = [None if row in table.faults else cell for row, cell in enumerate(table.columns[name], table.first_row)]
    keys = [class_key(known) for known in classes or ()]
    found = told_classes(cells, task) if classes is None else find_classes(cells, keys)
    if not found:
        raise InputError(f"{path}: column {name!r} has no measured value in {len(cells)} rows.")
    if classes is not None and (unknown := set(found) - set(keys)):
        rows = [row for row, cell in enumerate(cells) if says_class(cell, keys) and class_key(cell) in unknown]
        listed = ", ".join(f"row {table.first_row + row}: {str(cells[row])[:_SHOWN]!r}" for row in rows[:_LISTED])
        raise InputError(
            f"{path}: column {name!r} has {len(rows)} cell{'s' * (len(rows) > 1)} of a class that the model does not "
            f"know ({listed}{', ...' * (len(rows) > _LISTED)}); it knows {' and '.join(map(repr, classes))}. "
            "Correct these cells, or blank them to score the other rows."
        )
    if task == "multiclass" or classes is not None:
        return _coded(cells, tuple(found.values()) if classes is None else classes, task or "binary")
    if len(found) == 1:
        only = _of_one_value(path, name, cells, next(iter(found)), task)
        if only is not None:
            return only
    labels = read_labels(table, [name], task=task, unit=unit)
    bounds = labels.relations[:, 0] != 0
    notes = labels.notes
    if bounds.any():
        notes = (*notes, f"Column {name!r}: {int(bounds.sum())} bounds (> or <) are not scored.")
    names = labels.classes[0] or ()
    if labels.exclusive:
        names = tuple(own[1] for own in labels.classes if own)
        return Measured(_coded(cells, names, "multiclass").values, "multiclass", "", names, notes)
    return Measured(np.where(bounds, np.nan, labels.values[:, 0]), labels.kinds[0], labels.units[0], names, notes)


def _coded(cells: list[object], classes: tuple[str, ...], kind: str) -> Measured:
    return Measured(class_codes(cells, [class_key(name) for name in classes]), kind, "", classes)


def _of_one_value(path: Path, name: str, cells: list[object], key: str, task: str | None) -> Measured | None:
    """A column in which every measured cell says the same, which no model could learn but a table may hold."""
    pair = next((pair for pair in PAIRS if key in pair), None)
    if task != "regression" and pair is not None:
        return _coded(cells, pair, "binary")
    if task == "binary":
        raise InputError(
            f"{path}: column {name!r} holds {key!r} only, of which nothing says whether it is the positive class."
        )
    reading = read_number(key)
    if reading.kind != "number" or reading.relation:
        return None
    return Measured(np.array([np.nan if is_blank(cell) else read_number(cell).value for cell in cells]), "regression")


def prediction_columns(path: Path, table: Table, name: str, wanted: str | None, task: str | None) -> dict[str, str]:
    """Columns that hold predictions of a target: "" -> the one, or class -> its probability.

    Raises InputError if there are none.
    """
    if wanted is not None:
        return {"": find_column(table.names, wanted, "--prediction")}
    plain = f"{name}_pred"
    if plain in table.names and task != "multiclass":
        return {"": plain}
    several = {column.removeprefix(f"{plain}_"): column for column in table.names if column.startswith(f"{plain}_")}
    several.pop("molkit", None)
    own, end = class_name(name, ""), "_pred"  # as `molkit predict` writes them
    several |= {column[len(own) : -len(end)]: column for column in table.names
                if column.startswith(own) and column.endswith(end)}  # fmt: skip
    if task in (None, "multiclass") and len(several) > 1:
        return several
    if plain in table.names:
        return {"": plain}
    listed = ", ".join(repr(column) for column in table.names[:30])
    raise InputError(
        f"{path}: there is no column {plain!r} with predictions of {name!r}. Name it with --prediction, or give a "
        f"model file before the table to predict first. The columns are: {listed}."
    )


def read_predicted(path: Path, table: Table, columns: dict[str, str], measured: Measured) -> Predicted:
    """The predictions of `prediction_columns`; probabilities in the order of the measured classes.

    A blank or infinite cell is a failure, told with the table's own `status` and `reason` if it has them.
    Raises InputError for a cell that is no number (or no class), with its row.
    """
    if "" not in columns:
        values = np.stack([_numbers(path, table, column) for column in columns.values()], axis=1)
    elif measured.kind == "multiclass":
        values = _codes(path, table, columns[""], measured.classes)
    else:
        values = _numbers(path, table, columns[""])
    missing = ~np.isfinite(values).reshape(len(table), -1).all(axis=1)
    return Predicted(values, {row + table.first_row: _reason(table, row) for row in np.flatnonzero(missing).tolist()})


def with_class_names(measured: Measured, columns: dict[str, str], path: Path, name: str) -> Measured:
    """Measured classes as codes of the classes that have a column of probabilities."""
    classes = tuple(columns)
    codes = {class_key(known): float(code) for code, known in enumerate(classes)}
    unknown = [text for text in measured.classes if class_key(text) not in codes]
    if unknown:
        raise InputError(
            f"{path}: column {name!r} holds {unknown[0]!r}, for which there is no column {name}_pred_{unknown[0]}."
        )
    order = np.array([codes[class_key(text)] for text in measured.classes])
    known = ~np.isnan(measured.values)
    values = np.full(len(known), np.nan)
    values[known] = order[measured.values[known].astype(np.int64)]
    return Measured(values, "multiclass", "", classes, measured.notes)


def _numbers(path: Path, table: Table, column: str) -> np.ndarray:
    values = np.full(len(table), np.nan)
    for place, cell in enumerate(table.columns[column]):
        row = table.first_row + place
        reading = read_number(cell)
        if row in table.faults or reading.kind in ("blank", "infinite"):
            continue
        if reading.kind != "number" or reading.relation:
            raise InputError(f"{path}: row {row}, column {column!r}: {str(cell)[:_SHOWN]!r} is no predicted number.")
        values[place] = reading.value
    return values


def _codes(path: Path, table: Table, column: str, classes: tuple[str, ...]) -> np.ndarray:
    """Predicted classes as codes; one that was never measured gets a code of its own."""
    codes = {class_key(name): float(code) for code, name in enumerate(classes)}
    values = np.full(len(table), np.nan)
    for place, cell in enumerate(table.columns[column]):
        if table.first_row + place not in table.faults and says_class(cell, codes):
            values[place] = codes.setdefault(class_key(cell), float(len(codes)))
    return values


def _reason(table: Table, place: int) -> str:
    """Why a row has no prediction, as far as the table says."""
    fault = table.faults.get(place + table.first_row)
    said = [table.columns[name][place] for name in ("status", "reason") if name in table.names]
    told = ": ".join(str(cell) for cell in said if not is_blank(cell) and str(cell) != "ok")
    return fault or told or "no finite number"
