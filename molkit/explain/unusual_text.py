"""Which values of a row are unusual, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molkit.explain.unusual import MOST, Unusual
from molkit.features.tabular import OTHER, TableReader

_RARE = 0.95  # of the reference rows have a value that is less unusual; what is under it is not worth a sentence


def unusual_sentences(reader: TableReader, item: np.ndarray, found: Unusual, row: int) -> list[str]:
    """A sentence for each of the three most unusual values of row `row`, the most unusual first.

    `item` float32 [F] is that row as the reader gave it. Values that are less unusual than 95 % of those of
    rows that were not trained on have none.
    """
    known = reader.variables(item)
    own, shares = found.values[row], found.value_percentiles[row]
    order = [int(cell) for cell in np.argsort(-np.nan_to_num(own, nan=-np.inf), kind="stable")[:MOST]]
    return [
        _sentence(reader, reader.columns[cell], known[reader.columns[cell]], found, row)
        for cell in order
        if not np.isnan(own[cell]) and shares[cell] >= _RARE and own[cell] > 0
    ]


def _sentence(reader: TableReader, column: str, value: float | str, found: Unusual, row: int) -> str:
    return f"{column} {shown(value)} is unusual given the others: expected {_expected(reader, column, found, row)}"


def _expected(reader: TableReader, column: str, found: Unusual, row: int) -> str:
    place = reader.places(column)
    given = found.expected
    if column not in reader.categories:
        return f"{shown(float(given.low[row, place.start]))} to {shown(float(given.high[row, place.start]))}"
    return likely([*reader.categories[column], OTHER], given.expected[row, place])


def likely(names: Sequence[str], chances: np.ndarray) -> str:
    """The likeliest of the values of a category, with its probability."""
    best = int(np.argmax(chances))
    return f"{names[best]} ({100 * float(chances[best]):.0f} %)"


def shown(value: float | str) -> str:
    """A text, or a number to three digits that are not zeros."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
