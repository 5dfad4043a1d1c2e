"""One target column as numbers and relations, or as classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.data.cells import Reading, read_number, read_sign
from molkit.data.classes import (
    FEWEST_OF_CLASS,
    are_classes,
    blank_words,
    class_key,
    class_order,
    find_classes,
    known_pair,
    one_of_a_pair,
    says_class,
    told_classes,
)
from molkit.data.table import Table
from molkit.errors import InputError

SHOWN = 5
MOST_CLASSES = 100


@dataclass(frozen=True)
class TargetColumn:
    """`values` float64 [n], NaN = not measured; `relations` int8 [n]; class names, whose codes values then are."""

    values: np.ndarray
    relations: np.ndarray
    classes: tuple[str, ...] | None


def read_target(
    table: Table, name: str, signs: str | None, task: str | None, notes: list[str], faults: dict[int, str]
) -> TargetColumn:
    """The column `name`, with the relation signs of column `signs`; rows in `faults` are passed over.

    Without a `task` two classes or more are recognised where all cells are words, or sides such as `<30` and `>30`, and
    none of the classes is rare. Of two words the positive one is that of a known pair, else the rarer, in a tie the
    last of the alphabet.
    Adds to `notes` and `faults`. Raises InputError if a cell cannot be read or all values are equal.
    """
    skip = {row - table.first_row for row in faults}
    cells = [None if index in skip else cell for index, cell in enumerate(table.columns[name])]
    found = told_classes(cells, task)
    if not found:
        raise InputError(f"Target '{name}' has no measured value in {len(cells)} rows.")
    pair = known_pair(found)
    looked_like = task is None and len(found) > 1 and _like_classes(cells, found)
    if len(found) > 2 and (task == "multiclass" or looked_like):
        return _many_classes(name, cells, found, notes)
    if task in ("binary", "multiclass") or (task is None and pair is not None) or looked_like:
        return _classes(name, cells, found, pair, notes)
    if len(found) == 1 and (_of_words(found) or (task is None and one_of_a_pair(found))):
        raise _one_class(name, cells, found)
    return _numbers(table, name, cells, signs, notes, faults)


def _one_class(name: str, cells: list[Any], found: dict[str, str]) -> InputError:
    said = f"Target '{name}' has only one class: every measured value is {next(iter(found.values()))[:40]!r}."
    return InputError(" ".join([said, "A model needs two or more.", *blank_words(name, cells, found)]))


def _classes(
    name: str, cells: list[Any], found: dict[str, str], pair: tuple[str, str] | None, notes: list[str]
) -> TargetColumn:
    if len(found) == 1:
        raise _one_class(name, cells, found)
    if len(found) > 2:
        shown = ", ".join(repr(text[:40]) for text in list(found.values())[:SHOWN])
        raise InputError(
            f"Target '{name}' was told to be binary but has {len(found)} different values: {shown}, ... "
            "Give it two, or use --task multiclass or regression."
        )
    rarer = pair is None and _of_words(found)
    if pair is None:
        keys = sorted(found, key=class_order)
        counted = np.bincount(_measured_codes(cells, keys), minlength=2)
        pair = (keys[1], keys[0]) if rarer and counted[1] > counted[0] else (keys[0], keys[1])
    negative, positive = found[pair[0]], found[pair[1]]
    values = class_codes(cells, pair)
    how = "positive, the rarer" if rarer else "positive"
    counts = int(np.nansum(values)), int(np.sum(~np.isnan(values)))
    notes.append(
        f"Target '{name}' is binary: {positive!r} ({how}) in {counts[0]} of {counts[1]} rows, else {negative!r}."
    )
    notes += blank_words(name, cells, found)
    return TargetColumn(values, np.zeros(len(cells), np.int8), (negative, positive))


def _like_classes(cells: list[Any], found: dict[str, str]) -> bool:
    """Whether the measured cells can hardly be anything but classes, of which none is rare."""
    if not are_classes(found):
        return False
    return len(found) <= MOST_CLASSES and np.bincount(_measured_codes(cells, list(found))).min() >= FEWEST_OF_CLASS


def _of_words(found: dict[str, str]) -> bool:
    return all(read_number(key).kind == "text" for key in found)


def _many_classes(name: str, cells: list[Any], found: dict[str, str], notes: list[str]) -> TargetColumn:
    if len(found) > MOST_CLASSES:
        shown = ", ".join(repr(text[:40]) for text in list(found.values())[:SHOWN])
        raise InputError(
            f"Target '{name}' has {len(found)} different values ({shown}, ...); at most {MOST_CLASSES} classes can be "
            "learned. Join classes that belong together, or use --task regression for numbers."
        )
    keys = sorted(found, key=class_order)
    counts = np.bincount(_measured_codes(cells, keys), minlength=len(keys)).tolist()
    told = ", ".join(f"{found[key]!r} {count}" for key, count in zip(keys, counts, strict=True))
    notes.append(f"Target '{name}' has {len(keys)} classes, rows of each: {told}.")
    notes += blank_words(name, cells, found)
    rare = [repr(found[key]) for key, count in zip(keys, counts, strict=True) if count < FEWEST_OF_CLASS]
    if rare:
        notes.append(
            f"Target '{name}': fewer than {FEWEST_OF_CLASS} rows are {' or '.join(rare)}; so few can hardly be learned "
            "and are kept as they are: measure more of them, or join them with another class."
        )
    return TargetColumn(class_codes(cells, keys), np.zeros(len(cells), np.int8), tuple(found[key] for key in keys))


def class_columns(column: TargetColumn) -> list[TargetColumn]:
    """A column of several classes as one of two classes for each of them."""
    measured = ~np.isnan(column.values)
    return [
        TargetColumn(np.where(measured, column.values == code, np.nan), column.relations, (f"not {name}", name))
        for code, name in enumerate(column.classes or ())
    ]


def class_codes(cells: Sequence[Any], keys: Sequence[str]) -> np.ndarray:
    """The place among `keys` of the class of each cell, float64 [n], NaN where it is blank (`-`, `none` may be)."""
    codes = {key: float(code) for code, key in enumerate(keys)}
    return np.array([codes.get(class_key(cell), np.nan) if says_class(cell, codes) else np.nan for cell in cells])


def _measured_codes(cells: Sequence[Any], keys: Sequence[str]) -> np.ndarray:
    codes = class_codes(cells, keys)
    return codes[~np.isnan(codes)].astype(np.int64)


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
        raise InputError(
            f"Target '{name}' has one value only: all {len(measured)} measured rows say {measured[0]:g}{_ways(cells)}."
        )
    above, below = int(np.sum(relations > 0)), int(np.sum(relations < 0))
    if above or below:
        notes.append(f"Target '{name}': {above} values are lower bounds ('>') and {below} upper bounds ('<').")
    if about:
        notes.append(f"Target '{name}': {about} values marked '~' are read as equal.")
    return TargetColumn(values, relations, None)


def _ways(cells: Sequence[Any]) -> str:
    """How one value is written, where that is in several ways."""
    found = list(find_classes(cells).values())
    if len(found) < 2:
        return ""
    shown = ", ".join(repr(text[:40]) for text in found[:SHOWN])
    return f", written {shown}; these are read as classes with --task {'binary' if len(found) == 2 else 'multiclass'}"


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
            "classes in words are read with --task binary or multiclass."
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
