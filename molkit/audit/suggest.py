"""Which columns look like measured values, for a table checked without a target."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from molkit.audit.finding import Finding, listed
from molkit.data.cells import read_number
from molkit.data.classes import find_classes, known_pair
from molkit.data.columns import plain_name
from molkit.data.table import Table
from molkit.data.units import header_unit

_WORDS = re.compile(
    r"(?i)ic50|ec50|ac50|gi50|cc50|ld50|p?k[id]\b|potency|pchembl|activit|active|log[sdp]\b|solub|clear|half|permea|"
    r"inhib|toxic|label|class|target|value|measured|expt|exp\b|^y$|bind|bbb|p_np|herg|ames"
)
_INDEX = re.compile(
    r"(?i)^(?:unnamed.*|index|num|no|row|id|.*[ _-]id|cid|sid|cas.*|.*[ _]number|year|date|split|fold|weight)$"
)
_SAMPLE = 2000


def suggest_targets(table: Table, aside: Collection[str]) -> Finding | None:
    """Columns of numbers or of two classes that are no row numbers, the likeliest by name first."""
    found = [(name, kind) for name in table.names if name not in aside and (kind := _kind(table, name))]
    found.sort(key=lambda one: not _WORDS.search(plain_name(one[0])) and not header_unit(one[0]))
    if not found:
        return None
    shown = listed([f"'{name}' ({kind})" for name, kind in found], 5)
    return Finding(
        "target",
        "note",
        "Columns that look like measured values",
        f"No target was named, so only structures were checked. Columns that could be one: {shown}. Name it "
        "with --target.",
        table={"column": [name for name, _ in found], "kind": [kind for _, kind in found]},
    )


def _kind(table: Table, name: str) -> str:
    cells = table.columns[name][:_SAMPLE]
    found = find_classes(cells)
    if known_pair(found) is not None:
        return "two classes"
    readings = [read_number(cell) for cell in cells]
    filled = [reading for reading in readings if reading.kind != "blank"]
    numbers = [reading.value for reading in filled if reading.kind == "number"]
    if len(set(numbers)) < 3 or len(numbers) < 0.8 * len(filled) or _INDEX.match(name.strip()):
        return ""
    steps = np.diff(numbers)
    return "" if len(steps) > 2 and (steps == 1).all() else "numbers"
