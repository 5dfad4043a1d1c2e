"""Intervals, prediction sets, similarities and verdicts from the columns that stand beside predictions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.data.classes import class_key, says_class
from molkit.domain import VERDICTS
from molkit.engine.cells import EITHER
from molkit.evaluation.conformal import LEVEL
from molkit.pipeline.trusted import Beside
from molkit.types import Target


def read_beside(columns: Mapping[str, Sequence[Any]], name: str, target: Target, rows: int) -> Beside:
    """What the columns of a prediction table tell beside the predictions called `name`_pred, on the target's scale.

    Cells that hold nothing of the kind count as blank.
    """
    low_name, high_name, level = _interval_names(columns, name)
    sets_name = max((found for found in columns if re.fullmatch(re.escape(name) + r"_set(\d\d)", found)), default="")
    if sets_name and not low_name:
        level = int(sets_name[-2:]) / 100
    low, high = (_numbers(columns.get(found), rows) for found in (low_name, high_name))
    high[~np.isnan(low) & np.isnan(high)] = np.inf  # an end too large for a number is left blank
    if target.log:
        low, high = _logarithms(low), _logarithms(high)
    cells = columns.get(_belonging(columns, name, "in_domain")) or [None] * rows
    verdicts = np.array([str(cell) if cell in VERDICTS else "" for cell in cells], "U4")
    similarity = _numbers(columns.get(_belonging(columns, name, "nearest_train_similarity")), rows)
    return Beside(low, high, _sets(columns.get(sets_name), target, rows), similarity, verdicts, level)


def _belonging(columns: Mapping[str, Any], name: str, wanted: str) -> str:
    """The column called `wanted`, also by a longer name, that belongs to the model of `name`: the first after its own.

    A table may hold the columns of several models.
    """
    names = list(columns)
    alike = re.compile(rf"(.+_)?{wanted}(_molkit(_\d+)?)?")
    start = names.index(f"{name}_pred") if f"{name}_pred" in names else 0
    return next((found for found in names[start:] if alike.fullmatch(found)), "")


def _interval_names(columns: Mapping[str, Any], name: str) -> tuple[str, str, float]:
    """The columns of an interval, the widest of several, and its level."""
    levels = [int(match[1]) for match in (re.fullmatch(re.escape(name) + r"_lo(\d\d)", found) for found in columns)
              if match and f"{name}_hi{match[1]}" in columns]  # fmt: skip
    if not levels:
        return "", "", LEVEL
    return f"{name}_lo{max(levels)}", f"{name}_hi{max(levels)}", max(levels) / 100


def _numbers(cells: Sequence[Any] | None, rows: int) -> np.ndarray:
    if cells is None:
        return np.full(rows, np.nan)
    readings = [None if is_blank(cell) else read_number(cell) for cell in cells]
    return np.array([found.value if found and found.kind == "number" else np.nan for found in readings], float)


def _logarithms(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values <= 0, -np.inf, np.log10(values))


def _sets(cells: Sequence[Any] | None, target: Target, rows: int) -> np.ndarray:
    found = np.full((rows, len(target.classes or (0, 1))), np.nan)
    if cells is None or not target.classes:
        return found
    if target.kind == "multiclass":
        return _several(cells, target.classes, found)
    negative, positive = map(class_key, target.classes)
    known = {negative: (1, 0), positive: (0, 1), class_key(EITHER.join(target.classes)): (1, 1)}
    for row, cell in enumerate(cells):
        if says_class(cell, known) and class_key(cell) in known:
            found[row] = known[class_key(cell)]
    return found


def _several(cells: Sequence[Any], classes: Sequence[str], found: np.ndarray) -> np.ndarray:
    """Which of several classes each cell names, put into `found` [n, C]; a cell that names another thing is left."""
    keys = [class_key(name) for name in classes]
    for row, cell in enumerate(cells):
        named = _named(str(cell).split(EITHER), keys) if says_class(cell, keys) else []
        if named:
            found[row] = [code in named for code in range(len(keys))]
    return found


def _named(parts: list[str], keys: Sequence[str]) -> list[int]:
    """The codes of the classes that parts of a text name, none if some part is no class: a name may hold " or "."""
    named = []
    while parts:
        ends = [end for end in range(len(parts), 0, -1) if class_key(EITHER.join(parts[:end])) in keys]
        if not ends:
            return []
        named.append(keys.index(class_key(EITHER.join(parts[: ends[0]]))))
        parts = parts[ends[0] :]
    return named
