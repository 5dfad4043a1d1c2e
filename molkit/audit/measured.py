"""A column of measured values, read without refusing: what cannot be used becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from molkit.audit.finding import Finding, counted, listed, short, verb
from molkit.data.cells import is_blank, read_number, read_sign
from molkit.data.classes import are_classes, blank_words, class_order, known_pair, one_of_a_pair, told_classes
from molkit.data.exports import relation_column, units_column
from molkit.data.table import Table
from molkit.data.targets import class_codes
from molkit.data.units import header_unit
from molkit.errors import InputError

_MOST_CLASSES = 10
_NAMED_UNIT = re.compile(r"[ _.-]([munpf\u00b5\u03bc]M)$")


@dataclass(frozen=True)
class Values:
    """One target over the rows of a table: numbers, or 0 and 1 of two `classes`.

    `values` float64 [rows], NaN = not measured; `relations` int8 [rows]: 0 measured, +1 the true value is above (">"),
    -1 below. `units` names the column that gives each value's unit, if there is one. `scale`, of numbers, is "log"
    (values are logarithms), "decades" (concentrations and the like, compared as log10) or "linear"; `scale_reason`
    says how that was found.
    """

    name: str
    values: np.ndarray
    relations: np.ndarray
    classes: tuple[str, str] | None = None
    unit: str = ""
    units: str | None = None
    signs: str | None = None
    scale: str = "linear"
    scale_reason: str = ""

    @property
    def kind(self) -> str:
        """What it would be trained as."""
        return "regression" if self.classes is None else "binary"

    @property
    def exact(self) -> np.ndarray:
        """Values that are no bounds, as in the table, NaN elsewhere."""
        return np.where(self.relations == 0, self.values, np.nan)

    @property
    def compared(self) -> np.ndarray:
        """Exact values on the scale on which they are compared: log10 for "decades", else as they are."""
        if self.scale != "decades":
            return self.exact
        exact = self.exact
        return np.log10(exact, out=np.full_like(exact, np.nan), where=exact > 0)

    @property
    def log_units(self) -> bool:
        """Whether a difference of 1 in `compared` is a factor of ten."""
        return self.classes is None and self.scale != "linear"

    @property
    def step(self) -> str:
        """The unit of `compared`, for sentences."""
        return " log units" if self.log_units else f" {self.unit}" if self.unit else ""


def named_unit(name: str) -> str:
    """A molar concentration at the end of a column name, "" if there is none.

    >>> [named_unit(name) for name in ("IC50_nM", "Ki uM", "sex_M", "IC50")]
    ['nM', 'uM', '', '']
    """
    match = _NAMED_UNIT.search(name)
    return match[1] if match else ""


def read_values(
    table: Table, name: str, targets: Sequence[str], task: str | None, unit: str | None, relation: str | None
) -> tuple[Values | None, list[Finding]]:
    """The column `name`, or None if nothing in it can be used, and what is wrong with its cells."""
    cells = [None if row in table.faults else cell for row, cell in enumerate(table.columns[name], table.first_row)]
    found = told_classes(cells, task)
    if not found:
        return None, [_problem(name, "empty", "No values", f"'{name}' has no measured value in {len(cells):,} rows.")]
    pair = known_pair(found)
    task = "multiclass" if task is None and pair is None and _like_classes(found) else task
    if task == "multiclass" and len(found) < 3:
        task = "binary"
    if task == "binary" or (task is None and (pair is not None or one_of_a_pair(found))):
        return _classes(name, cells, found, pair)
    if task == "multiclass":
        return None, [_several_classes(name, found), *_blank_words(name, cells, found)]
    return _numbers(table, name, cells, targets, unit, relation)


def _classes(
    name: str, cells: list[Any], found: dict[str, str], pair: tuple[str, str] | None
) -> tuple[Values | None, list[Finding]]:
    texts = list(found.values())
    if len(found) != 2:
        said = "one class only" if len(found) == 1 else f"{len(found)} different values"
        shown = listed([repr(short(text)) for text in texts], 5)
        merge = "; keep two, or merge some" if len(found) > 2 else ""
        sentence = f"'{name}' has {said} ({shown}); training needs two classes{merge}."
        return None, [_problem(name, "classes", "Not two classes", sentence)]
    keys = pair or tuple(sorted(found, key=class_order))
    values = class_codes(cells, keys)
    classes = (found[keys[0]], found[keys[1]])
    return Values(name, values, np.zeros(len(cells), np.int8), classes), _blank_words(name, cells, found)


def _blank_words(name: str, cells: Sequence[Any], found: Mapping[str, str]) -> list[Finding]:
    said = blank_words(name, cells, found)
    return [Finding("blank_words", "caution", "Words that count as blank", one, target=name) for one in said]


def _several_classes(name: str, found: Mapping[str, str]) -> Finding:
    shown = listed([repr(short(text)) for text in found.values()], 5)
    sentence = f"'{name}' has {len(found)} different values ({shown}), which training makes as many classes of."
    return Finding("classes", "note", "Several classes", sentence, target=name)


def _like_classes(found: Mapping[str, str]) -> bool:
    """Whether the cells are classes of some kind: two to ten different ones."""
    return 2 <= len(found) <= _MOST_CLASSES and are_classes(found)


def _numbers(
    table: Table, name: str, cells: list[Any], targets: Sequence[str], unit: str | None, relation: str | None
) -> tuple[Values | None, list[Finding]]:
    readings = [read_number(cell) for cell in cells]
    findings = [
        finding
        for kind, sentence in _UNREADABLE.items()
        if (finding := _unreadable(name, cells, [r.kind == kind for r in readings], kind, sentence))
    ]
    values = np.array([reading.value for reading in readings], float)
    values[~np.isfinite(values)] = np.nan
    relations = np.array([reading.relation for reading in readings], np.int8)
    if np.isnan(values).all():
        return None, findings
    notes: list[str] = []
    signs = None
    try:
        signs = relation_column(table, name, targets, relation, notes)
    except InputError as error:
        findings.append(_problem(name, "relation", "Signs of another quantity", str(error)))
    if signs is not None:
        findings += _add_signs(table, name, signs, values, relations)
    beside = units_column(table, name, targets)
    said = unit or _one_unit(table, beside, values) or header_unit(name) or named_unit(name)
    measured = values[~np.isnan(values)]
    if (measured == measured[:1]).all():
        every = "all " if len(measured) > 1 else ""
        sentence = (
            f"'{name}' has one value only: {every}{counted(len(measured), 'measured row')} "
            f"{verb(len(measured), 'says', 'say')} {measured[0]:g}."
        )
        findings.append(_problem(name, "constant", "One value only", sentence))
    return Values(name, values, relations, unit=said, units=beside, signs=signs), findings


_UNREADABLE = {
    "comma": "a comma in the number, which may be a decimal or a thousands mark; write numbers as 1.5",
    "text": "no number; correct or blank them",
    "infinite": "an infinite value; these count as not measured",
}


def _unreadable(name: str, cells: Sequence[Any], bad: Sequence[bool], kind: str, sentence: str) -> Finding | None:
    rows = [row for row, is_bad in enumerate(bad) if is_bad]
    if not rows:
        return None
    many = counted(
        len(rows), "cell has" if kind != "text" else "cell is", "cells have" if kind != "text" else "cells are"
    )
    shown = listed([f"row {row + 1}: {short(cells[row])!r}" for row in rows], 3)
    refused = "" if kind == "infinite" else " Training refuses the table until then."
    return Finding(
        "unreadable_value",
        "caution" if kind == "infinite" else "problem",
        {"comma": "Commas in numbers", "text": "Cells that are no numbers", "infinite": "Infinite values"}[kind],
        f"'{name}': {many} {sentence} ({shown}).{refused}",
        tuple(row + 1 for row in rows),
        {"row": [row + 1 for row in rows], "cell": [str(cells[row]) for row in rows]},
        name,
    )


def _add_signs(table: Table, name: str, signs: str, values: np.ndarray, relations: np.ndarray) -> list[Finding]:
    """Put the signs of a column into `relations`, in place; cells that are no sign become a finding."""
    bad = []
    for row, cell in enumerate(table.columns[signs]):
        if np.isnan(values[row]):
            continue
        sign = read_sign(cell)
        if sign is None or (sign[0] and relations[row] and sign[0] != relations[row]):
            bad.append(row)
        elif sign[0]:
            relations[row] = sign[0]
    if not bad:
        return []
    shown = listed([f"row {row + 1}: {short(table.columns[signs][row])!r}" for row in bad], 3)
    sentence = (
        f"Column '{signs}' should hold =, >, < or nothing; {counted(len(bad), 'cell')} "
        f"{'does' if len(bad) == 1 else 'do'} not, or contradict{'s' if len(bad) == 1 else ''} the sign in '{name}' "
        f"({shown}). Correct them."
    )
    rows = tuple(row + 1 for row in bad)
    return [Finding("relation", "problem", "Signs that cannot be read", sentence, rows, target=name)]


def _one_unit(table: Table, column: str | None, values: np.ndarray) -> str:
    if column is None:
        return ""
    found = {str(cell).strip() for cell, value in zip(table.columns[column], values, strict=True)
             if not np.isnan(value) and not is_blank(cell)}  # fmt: skip
    return found.pop() if len(found) == 1 else ""


def _problem(name: str, kind: str, title: str, sentence: str) -> Finding:
    return Finding(kind, "problem", title, sentence, target=name)


def on_scale(values: Values, scale: str, reason: str) -> Values:
    """The same values with a scale."""
    return replace(values, scale=scale, scale_reason=reason)
