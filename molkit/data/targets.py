"""One target column as numbers and relations, or as two classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.cells import Reading, is_blank, read_number, read_sign
from molkit.data.classes import class_key, find_classes, known_pair, one_of_a_pair
from molkit.data.table import Table
from molkit.errors import InputError

SHOWN = 5


@dataclass(frozen=True)
class TargetColumn:
    """`values` float64 [n], NaN = not measured; `relations` int8 [n]; the class names if binary."""

    values: np.ndarray
    relations: np.ndarray
    classes: tuple[str, str] | None


def read_target(
    table: Table, name: str, signs: str | None, task: str | None, notes: list[str], faults: dict[int, str]
) -> TargetColumn:
    """The column `name`, with the relation signs of column `signs`; rows in `faults` are passed over.

    Adds to `notes` and `faults`. Raises InputError if a cell cannot be read or all values are equal.
    """
    skip = {row - table.first_row for row in faults}
    cells = [None if index in skip else cell for index, cell in enumerate(table.columns[name])]
    found = find_classes(cells)
    if not found:
        raise InputError(f"Target '{name}' has no measured value in {len(cells)} rows.")
    pair = known_pair(found)
    if task == "binary" or (task is None and pair is not None):
        return _classes(name, cells, found, pair, notes)
    if task is None and one_of_a_pair(found):
        raise InputError(
            f"Target '{name}' has only one class: every measured value is {next(iter(found.values()))!r}. "
            "A model needs both."
        )
    return _numbers(table, name, cells, signs, notes, faults)


def _classes(
    name: str, cells: list[Any], found: dict[str, str], pair: tuple[str, str] | None, notes: list[str]
) -> TargetColumn:
    if len(found) == 1:
        raise InputError(f"Target '{name}' has only one class, {next(iter(found.values()))!r}. A model needs both.")
    if len(found) > 2:
        shown = ", ".join(repr(text[:40]) for text in list(found.values())[:SHOWN])
        raise InputError(
            f"Target '{name}' was told to be binary but has {len(found)} different values: {shown}, ... "
            "Give it two, or use --task regression."
        )
    if pair is None:
        keys = sorted(found, key=lambda key: (_is_number(key), float(key) if _is_number(key) else 0.0, key))
        pair = (keys[0], keys[1])
    negative, positive = found[pair[0]], found[pair[1]]
    blank = "" if "-" in found else "-"
    values = np.full(len(cells), np.nan)
    for index, cell in enumerate(cells):
        if not is_blank(cell) or (blank == "" and str(cell).strip() == "-"):
            values[index] = float(class_key(cell) == pair[1])
    counts = int(np.nansum(values)), int(np.sum(~np.isnan(values)))
    notes.append(
        f"Target '{name}' is binary: {positive!r} (positive) in {counts[0]} of {counts[1]} rows, else {negative!r}."
    )
    return TargetColumn(values, np.zeros(len(cells), np.int8), (negative, positive))


def _is_number(key: str) -> bool:
    return read_number(key).kind == "number"


def _numbers(
    table: Table, name: str, cells: list[Any], signs: str | None, notes: list[str], faults: dict[int, str]
) -> TargetColumn:
    readings = [read_number(cell) for cell in cells]
    _refuse_text(table, name, cells, readings)
    values = np.array([reading.value for reading in readings])
    relations = np.array([reading.relation for reading in readings], np.int8)
    about = sum(reading.about for reading in readings)
    infinite = [table.first_row + index for index, reading in enumerate(readings) if reading.kind == "infinite"]
    values[[row - table.first_row for row in infinite]] = np.nan
    if infinite:
        notes.append(f"Target '{name}': {len(infinite)} infinite values count as not measured ({_rows(infinite)}).")
    if signs is not None:
        about += _add_signs(table, name, signs, values, relations, faults)
    measured = values[~np.isnan(values)]
    if not len(measured):
        raise InputError(f"Target '{name}' has no measured value in {len(cells)} rows.")
    if np.all(measured == measured[0]):
        raise InputError(f"Target '{name}' has one value only: all {len(measured)} measured rows say {measured[0]:g}.")
    above, below = int(np.sum(relations > 0)), int(np.sum(relations < 0))
    if above or below:
        notes.append(f"Target '{name}': {above} values are lower bounds ('>') and {below} upper bounds ('<').")
    if about:
        notes.append(f"Target '{name}': {about} values marked '~' are read as equal.")
    return TargetColumn(values, relations, None)


def _refuse_text(table: Table, name: str, cells: Sequence[Any], readings: Sequence[Reading]) -> None:
    for kind in ("comma", "text"):
        bad = [index for index, reading in enumerate(readings) if reading.kind == kind]
        if not bad:
            continue
        shown = ", ".join(f"row {table.first_row + index}: {str(cells[index])[:40]!r}" for index in bad[:SHOWN])
        count = "1 cell" if len(bad) == 1 else f"{len(bad)} cells"
        if kind == "comma":
            raise InputError(
                f"Target '{name}' has {count} with a comma in the number ({shown}), which may be a "
                "decimal or a thousands mark. Write numbers as 1.5 (a spreadsheet can export decimal points)."
            )
        raise InputError(
            f"Target '{name}' has {count} that are no numbers ({shown}). Correct or blank them; "
            "two classes in words are read with --task binary."
        )


def _add_signs(
    table: Table, name: str, signs: str, values: np.ndarray, relations: np.ndarray, faults: dict[int, str]
) -> int:
    """Put the signs of a column into `relations`, in place; answers how many say "about"."""
    about = 0
    for index, cell in enumerate(table.columns[signs]):
        row = table.first_row + index
        if np.isnan(values[index]) or row in faults:
            continue
        sign = read_sign(cell)
        if sign is None:
            raise InputError(
                f"Row {row}, column '{signs}': {str(cell)[:40]!r} is no relation; expected =, >, <, >=, <=, ~ or blank."
            )
        about += sign[1]
        if sign[0] and relations[index] and sign[0] != relations[index]:
            faults[row] = f"The relation (column '{signs}') contradicts the sign in '{name}'."
            values[index] = np.nan
        elif sign[0]:
            relations[index] = sign[0]
    return about


def _rows(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:SHOWN]))
    return f"row{'s' if len(rows) > 1 else ''} {shown}{', ...' if len(rows) > SHOWN else ''}"
