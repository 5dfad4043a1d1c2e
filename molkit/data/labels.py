"""The measured values in a table: targets, relations, units, weights, groups, ids and split.

Values stay as measured; nothing is converted or transformed. What cannot be read for certain is an
InputError that names the rows, never a guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from molkit.data.cells import is_blank
from molkit.data.columns import find_column
from molkit.data.exports import (
    find_export,
    relation_column,
    units_column,
)
from molkit.data.quantities import class_name, exclusive_columns
from molkit.data.table import Table
from molkit.data.targets import TargetColumn, class_columns, read_target
from molkit.data.units import header_unit, plain_unit
from molkit.errors import InputError
from molkit.types import Target

Kind = Literal["regression", "binary"]
Part = Literal["train", "valid", "test"]

_PARTS: dict[str, Part] = {
    "train": "train", "training": "train", "tr": "train",
    "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid", "tune": "valid",
    "test": "test", "testing": "test", "te": "test", "holdout": "test", "hold-out": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Labels:
    """What was measured, n rows by K targets.

    `values` float64 [n, K], NaN = not measured, 1 = the positive class; `relations` int8 [n, K]: 0
    equal, +1 the true value is above the number (">"), -1 below ("<"). `classes` holds the names of
    the (negative, positive) class of a binary target, None for regression. `weights` float64 [n].
    `faults` says which 1-based rows cannot be used, and why; their values are NaN. A multiclass target is a binary
    one for each class, called NAME=CLASS; `multiclass` holds its NAME for each of these, "" for others (or nothing
    where there are no others).
    """

    targets: tuple[str, ...]
    values: np.ndarray
    relations: np.ndarray
    kinds: tuple[Kind, ...]
    units: tuple[str, ...]
    classes: tuple[tuple[str, ...] | None, ...]
    weights: np.ndarray | None = None
    groups: list[str] | None = None
    ids: list[str] | None = None
    split: list[Part | None] | None = None
    notes: tuple[str, ...] = ()
    faults: dict[int, str] = field(default_factory=dict)
    multiclass: tuple[str, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """The multiclass target of each column, "" for none."""
        return self.multiclass or ("",) * len(self.targets)

    @property
    def exclusive(self) -> tuple[tuple[int, ...], ...]:
        """The columns of each multiclass target."""
        return exclusive_columns(self.parents)

    def __len__(self) -> int:
        return len(self.values)


def read_labels(
    table: Table,
    targets: Sequence[str] | None,
    *,
    task: str | None = None,
    unit: str | None = None,
    relation: str | None = None,
    weight: str | None = None,
    group: str | None = None,
    id: str | None = None,
    split_column: str | None = None,
) -> Labels:
    """The labels of a table; `targets=None` recognises ChEMBL and CDD Vault exports.

    `task` is "regression", "binary", "multiclass" or None (by looking); `unit` is that of every target; `relation`
    names the column of relation signs, "none" means there is none; the others name columns. Raises
    InputError for unknown columns, cells that are no numbers, mixed units, and targets with one value.
    """
    if task not in (None, "regression", "binary", "multiclass"):
        raise InputError(f"--task {task!r}: expected regression, binary or multiclass.")
    notes: list[str] = []
    faults = dict(table.faults)
    if targets is None:
        export = find_export(table)
        targets, notes = export.targets, [*export.notes]
        id = id or export.id
    names = [find_column(table.names, name, "--target") for name in targets]
    if not names:
        raise InputError(
            f"There is no target; the columns are {', '.join(map(repr, table.names))}. Name one of measured values "
            "with --target. Images have one if there is a folder of them for each class, or a table with their paths "
            "(--input image=COLUMN --target COLUMN)."
        )
    if len(set(names)) < len(names):
        raise InputError(f"--target: expected different columns, got {', '.join(targets)}.")
    columns, called, units = _read_columns(table, names, task, unit, relation, notes, faults)
    _check_apart([name for name, _ in called])
    weights = _weights(table, weight, faults)
    split = None if split_column is None else read_parts(table, split_column, faults)
    values = np.stack([column.values for column in columns], axis=1)
    relations = np.stack([column.relations for column in columns], axis=1)
    unusable = [row - table.first_row for row in faults]
    values[unusable], relations[unusable] = np.nan, 0
    return Labels(
        targets=tuple(name for name, _ in called),
        values=values,
        relations=relations,
        kinds=tuple("binary" if column.classes else "regression" for column in columns),
        units=tuple(units),
        classes=tuple(column.classes for column in columns),
        weights=weights,
        groups=_texts(table, group, "--group"),
        ids=_texts(table, id, "--id"),
        split=split,
        notes=tuple(notes),
        faults=faults,
        multiclass=tuple(group for _, group in called),
    )


def _read_columns(
    table: Table,
    names: list[str],
    task: str | None,
    unit: str | None,
    relation: str | None,
    notes: list[str],
    faults: dict[int, str],
) -> tuple[list[TargetColumn], list[tuple[str, str]], list[str]]:
    """All columns, several of a multiclass target; the name and multiclass target of each, and the unit."""
    columns: list[TargetColumn] = []
    called: list[tuple[str, str]] = []
    units: list[str] = []
    for name in names:
        signs = relation_column(table, name, names, relation, notes)
        column = read_target(table, name, signs, task, notes, faults)
        own = class_columns(column) if len(column.classes or ()) > 2 else [column]
        columns += own
        several = [(class_name(name, one.classes[1]), name) for one in own if one.classes and len(own) > 1]
        called += several or [(name, "")]
        units += [""] * len(own) if column.classes else [_unit(table, name, names, column, unit, notes)]
    return columns, called, units


def targets_of(labels: Labels, logs: Sequence[bool], thresholds: Sequence[float]) -> tuple[Target, ...]:
    """What a model says of each column: of numbers whether it learned their logarithms, of classes the threshold."""
    parts = (labels.targets, labels.kinds, labels.units, logs, labels.classes, thresholds, labels.parents)
    return tuple(Target(*own) for own in zip(*parts, strict=True))


def told_kinds(labels: Labels) -> tuple[str, ...]:
    """The kind of each column, "multiclass" for those of such a target."""
    return tuple("multiclass" if parent else kind for parent, kind in zip(labels.parents, labels.kinds, strict=True))


def _check_apart(names: Sequence[str]) -> None:
    """Raise InputError where a class of one target is called as another target is."""
    double = [name for name, count in Counter(names).items() if count > 1]
    if double:
        raise InputError(f"--target: {double[0]!r} would be both a class and a target; rename the column.")


def _unit(table: Table, name: str, targets: list[str], column: TargetColumn, told: str | None, notes: list[str]) -> str:
    """The unit of a target: as told, from a units column (which must hold one), or from the header."""
    beside = units_column(table, name, targets)
    if beside is not None:
        measured = [
            cell for cell, value in zip(table.columns[beside], column.values, strict=True) if not np.isnan(value)
        ]
        counts = Counter("" if is_blank(cell) else plain_unit(str(cell)) for cell in measured)
        if len(counts) > 1:
            listed = ", ".join(f"{count} in {unit or '(blank)'}" for unit, count in counts.most_common(8))
            raise InputError(
                f"Target '{name}' is given in several units (column '{beside}'): {listed}. "
                "Nothing is converted: bring the values to one unit, or keep the rows of one."
            )
        found = next(iter(counts), "")
        if told and found and plain_unit(told) != found:
            raise InputError(f"--unit {told!r}: column '{beside}' says that '{name}' is in {found}.")
        if found:
            notes.append(f"Unit of '{name}': {found} (column '{beside}').")
            return told or found
    found = header_unit(name)
    if told:
        if found and plain_unit(found) != plain_unit(told):
            notes.append(f"Unit of '{name}': {told}, as told, although the header says {found}.")
        return told
    if found:
        notes.append(f"Unit of '{name}': {found} (header).")
    return found


def _texts(table: Table, wanted: str | None, option: str) -> list[str] | None:
    if wanted is None:
        return None
    cells = table.columns[find_column(table.names, wanted, option)]
    return ["" if cell is None else str(cell) for cell in cells]


def _weights(table: Table, wanted: str | None, faults: dict[int, str]) -> np.ndarray | None:
    if wanted is None:
        return None
    name = find_column(table.names, wanted, "--weight")
    weights = np.zeros(len(table))
    for index, cell in enumerate(table.columns[name]):
        row = table.first_row + index
        if row in faults:
            continue
        if is_blank(cell):
            faults[row] = f"The weight (column '{name}') is blank."
            continue
        weights[index] = _weight(cell, name, row)
    return weights


def _weight(cell: Any, name: str, row: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    if not 0 <= value < np.inf:
        raise InputError(f"--weight: row {row}, column '{name}': {str(cell)[:60]!r} is no number of 0 or more.")
    return value


def read_parts(table: Table, wanted: str, faults: dict[int, str]) -> list[Part | None]:
    """The part of the split that each row is in; rows without one go to `faults`. Raises InputError for other words."""
    name = find_column(table.names, wanted, "--split-column")
    parts: list[Part | None] = []
    unknown: Counter[str] = Counter()
    for row, cell in enumerate(table.columns[name], table.first_row):
        text = "" if cell is None else str(cell).strip().lower()
        part = _PARTS.get(text)
        parts.append(part)
        if part is None and row not in faults:
            if text:
                unknown[str(cell).strip()] += 1
            else:
                faults[row] = f"The split (column '{name}') is blank."
    if unknown:
        listed = ", ".join(f"{value[:40]!r} ({count})" for value, count in unknown.most_common(5))
        raise InputError(f"--split-column: column '{name}' should say train, valid or test, and has {listed}.")
    return parts
