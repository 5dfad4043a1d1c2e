"""The first lines of a delimited table: is there a header, and what do columns without one get called."""

from __future__ import annotations

import re
from pathlib import Path

from molkit.data.lines import Line
from molkit.data.structures import is_smiles_name, likeness, looks_like_smiles
from molkit.errors import InputError


def told_inside(lines: list[Line]) -> str | None:
    """The delimiter that a first line such as `sep=;` tells Excel."""
    match = re.fullmatch(r'"?sep=(.)"?', lines[0][1].rstrip("\r\n"))
    return match[1] if match else None


def refuse_unnamed(path: Path, first: list[str], body: list[list[str]]) -> None:
    """Refuse a table whose rows have one cell more than its header, so that no name fits for certain."""
    wider = sum(len(cells) == len(first) + 1 and bool(cells[-1].strip()) for cells in body)
    if len(body) > 2 and wider >= 0.9 * len(body):
        raise InputError(
            f"{path}: the header has {len(first)} cells and the rows have {len(first) + 1}; "
            "probably the first column has no name. Add one to line 1."
        )


def has_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first row is a header: no column looks like SMILES from its first cell on."""
    if any(map(is_smiles_name, first)):
        return True
    for place, cell in enumerate(first):
        if looks_like_smiles(cell):
            below = likeness([cells[place] for cells in body if place < len(cells)])
            if below.cells == 0 or below.smiles >= 0.8:
                return False
    return True


def invented_names(first: list[str], body: list[list[str]]) -> tuple[str, ...]:
    """Names for a table without a header: smiles, name (if the second column is text), column_3, ..."""
    names = [f"column_{place}" for place in range(1, len(first) + 1)]
    place = next((place for place, cell in enumerate(first) if looks_like_smiles(cell)), None)
    if place is not None:
        names[place] = "smiles"
    if place == 0 and len(first) > 1 and any(not _is_number(cells[1]) for cells in [first, *body] if len(cells) > 1):
        names[1] = "name"
    return tuple(names)


def _is_number(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True
