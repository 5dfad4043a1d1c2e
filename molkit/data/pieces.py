"""From a stream of rows to tables of a given length, with what was wrong with which row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from molkit.data.lines import Damage
from molkit.data.table import Table

Row = tuple[list[Any], Damage | None, int]
"""The cells, the damage, the number of the line in the file it begins at."""


def row_pieces(stream: Iterable[Row], names: tuple[str, ...], rows: int, structure: int | None) -> Iterator[Table]:
    """Tables of at most `rows` rows.

    Damage is a fault if text was cut or the structure cell may be wrong, and otherwise a remark.
    """
    iterator = iter(stream)
    first = 1
    while piece := list(islice(iterator, rows)):
        faults: dict[int, str] = {}
        remarks: dict[int, str] = {}
        for index, (cells, damage, line) in enumerate(piece, first):
            if damage is None:
                continue
            harmed = damage.cut or (structure is not None and _suspicious(cells[structure]))
            (faults if harmed else remarks)[index] = f"Line {line} of the file {damage.sentence}."
        cells_of = zip(*(row[0] for row in piece), strict=True)
        columns = {name: list(values) for name, values in zip(names, cells_of, strict=True)}
        yield Table(names, columns, first, faults, remarks)
        first += len(piece)


def _suspicious(cell: Any) -> bool:
    return isinstance(cell, str) and (not cell.isascii() or "\0" in cell)
