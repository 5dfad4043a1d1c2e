"""Rows of plain tables: numbers as they are, words as one column per known value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from molkit.data.cells import is_blank, read_number
from molkit.data.table import Table
from molkit.types import Identity, Problem

OTHER = "other"
MOST_VALUES = 30
# A word that fewer subjects have tells little, and may name a person.
FEWEST = 20
# Of a column of words in which a larger share of the filled cells is distinct, words are names or free text.
HALF = 0.5
# A column of numbers may hold a few cells that are none; those rows get a Problem.
ODD_CELLS = 0.001
_SIGNS = frozenset("<>≤≥")
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class TableReader:
    """Cells of the columns, in this order, as a vector.

    A column of `categories` gives one number per known value and one for any other: 1 for the one it has, 0 for the
    rest, all 0 if the cell is blank. Any other column is a number, NaN if blank (`NA`, `?`, see `molkit.data.cells`), a
    bound such as `>10` being read as 10.
    """

    columns: tuple[str, ...] = ()
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers of an item."""
        return tuple(name for names in self._parts().values() for name in names)

    @property
    def feature_options(self) -> dict[str, dict[str, Any]]:
        """The options of the featurizer that fits the items of this reader."""
        return {"values": {"names": list(self.names)}}

    @property
    def layout(self) -> tuple[tuple[str, int], ...]:
        """What the numbers of an item are, column by column, as `molkit.nn.RecordAutoencoder` takes it."""
        return tuple(
            ("category" if column in self.categories else "number", len(names))
            for column, names in self._parts().items()
        )

    def _parts(self) -> dict[str, list[str]]:
        """The names of the numbers that each column gives."""
        return {
            column: [f"{column}={value}" for value in (*self.categories[column], OTHER)]
            if column in self.categories
            else [column]
            for column in self.columns
        }

    def places(self, column: str) -> slice:
        """Where the numbers of a column stand in an item."""
        parts = self._parts()
        start = sum(len(parts[name]) for name in self.columns[: self.columns.index(column)])
        return slice(start, start + len(parts[column]))

    def __call__(self, cell: Sequence[Any]) -> np.ndarray | Problem:
        """The vector, float32 [F], or why the row cannot be read."""
        if len(cell) != len(self.columns):
            return Problem("unsupported", f"the row has {len(cell)} cells where the model reads {len(self.columns)}.")
        if all(map(is_blank, cell)):
            return Problem("empty", "all columns that the model reads are blank; fill in at least one.")
        numbers: list[float] = []
        for column, own in zip(self.columns, cell, strict=True):
            found = self._known(column, own) if column in self.categories else _number(column, own)
            if isinstance(found, Problem):
                return found
            numbers += found
        return np.array(numbers, np.float32)

    def _known(self, column: str, cell: Any) -> list[float]:
        known = self.categories[column]
        if is_blank(cell):
            return [0.0] * (len(known) + 1)
        matches = [float(value == _text(cell)) for value in known]
        return [*matches, float(not any(matches))]

    def variables(self, item: np.ndarray) -> dict[str, float | str]:
        """What is known of a row, by column."""
        found: dict[str, float | str] = {}
        for column in self.columns:
            own = item[self.places(column)]
            if column not in self.categories and not np.isnan(own[0]):
                found[column] = float(own[0])
            elif column in self.categories and own.any():
                found[column] = (*self.categories[column], OTHER)[int(own.argmax())]
        return found

    def without(self, item: np.ndarray, variable: str) -> np.ndarray:
        """The same row with this cell blank."""
        return self._with(item, variable, 0.0 if variable in self.categories else np.nan)

    def replaced(self, item: np.ndarray, variable: str, value: float | str) -> np.ndarray:
        """The same row with another value; a text where the column has categories."""
        if variable not in self.categories:
            return self._with(item, variable, float(value))
        return self._with(item, variable, np.array(self._known(variable, value), np.float32))

    def _with(self, item: np.ndarray, variable: str, values: float | np.ndarray) -> np.ndarray:
        changed = item.copy()
        changed[self.places(variable)] = values
        return changed


def _text(cell: Any) -> str:
    """A cell as a category: 3.0 of a spreadsheet is 3."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _number(column: str, cell: Any) -> list[float] | Problem:
    if is_blank(cell):
        return [np.nan]
    reading = read_number(cell)
    if reading.kind == "number" and abs(reading.value) > _LARGEST:
        return Problem("non_finite", f"column '{column}': {str(cell)[:40]!r} is too large (above 3.4e38); correct it.")
    if reading.kind == "infinite":
        return Problem("non_finite", f"column '{column}': {str(cell)[:40]!r} is not a finite number; correct it.")
    if reading.kind != "number":
        hint = "write a decimal point" if reading.kind == "comma" else "correct it or leave it empty"
        return Problem("invalid_syntax", f"column '{column}': expected a number, got {str(cell)[:40]!r}; {hint}.")
    return [reading.value]


def is_bound(cell: Any) -> bool:
    """Whether a cell is a number that the true value lies above or below, such as `>10`."""
    return isinstance(cell, str) and not _SIGNS.isdisjoint(cell) and read_number(cell).relation != 0


def bound_remarks(cell: Sequence[Any], options: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence on the bounds in a row that are read as the numbers themselves."""
    pairs = zip(options.get("columns", ()), cell, strict=False)
    bounds = [f"{name} {own.strip()}" for name, own in pairs
              if is_bound(own) and name not in options.get("categories", {})]  # fmt: skip
    return (f"bounds are read as the numbers: {', '.join(bounds)}.",) if bounds else ()


def identify(item: np.ndarray) -> Identity:
    """Rows are never merged and nothing of them is shown."""
    return Identity("")


def table_options(
    table: Table, columns: Sequence[str], most: int = MOST_VALUES, owners: Sequence[str] | None = None
) -> dict[str, Any]:
    """Options of a reader that suit this table; no label is looked at.

    A column is one of numbers if at most one in 1,000 of its filled cells is none. Of any other the `most` commonest
    values are known that at least 20 of the `owners` of the rows have (subjects or groups; each row its own if None).
    """
    categories = {}
    for column in columns:
        if _is_words(table.columns[column]):
            cells = table.columns[column]
            pairs = {(_text(cell), row if owners is None else owners[row])
                     for row, cell in enumerate(cells) if not is_blank(cell)}  # fmt: skip
            having, rows = Counter(text for text, _ in pairs), Counter(_text(cell) for cell in cells)
            common = [text for text, _ in rows.most_common() if having[text] >= FEWEST]
            categories[column] = sorted(common[:most])
    return {"columns": list(columns), "categories": categories}


def names_rows(cells: Sequence[Any]) -> bool:
    """Whether these are words of which more than half are distinct: names, or free text."""
    filled = [_text(cell) for cell in cells if not is_blank(cell)]
    return _is_words(cells) and len(set(filled)) > HALF * len(filled)


def _is_words(cells: Sequence[Any]) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    odd = sum(read_number(cell).kind not in ("number", "infinite") for cell in filled)
    return odd > ODD_CELLS * len(filled)


@dataclass(frozen=True)
class ValueFeaturizer:
    """The numbers of rows of a table, called `names`."""

    kind: ClassVar[str] = "values"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))

    def __call__(self, items: Sequence[np.ndarray]) -> np.ndarray:
        """Values, float32 [n, names], NaN = blank."""
        return np.array(items, np.float32).reshape(len(items), len(self.names))
