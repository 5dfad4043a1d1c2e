"""Which values of a row are unusual, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from molkit.explain.unusual import Named
from molkit.features.tabular import OTHER, TableReader


def unusual_sentences(
    reader: TableReader, item: np.ndarray, named: Sequence[Named], texts: Sequence[Any] = ()
) -> list[str]:
    """A sentence for each unusual value of a row, as `named_values` found them; `item` float32 [F] is the row.

    `texts` are its cells, which tell words that the reader knows only as others.
    """
    known = reader.variables(item)
    told = dict(zip(reader.columns, texts, strict=False))
    values = {name: str(told.get(name, own)).strip() if own == OTHER else own for name, own in known.items()}
    return [_sentence(reader, reader.columns[own.cell], values[reader.columns[own.cell]], own) for own in named]


def _sentence(reader: TableReader, column: str, value: float | str, own: Named) -> str:
    expected = f"{shown(own.low)} to {shown(own.high)}"
    if column in reader.categories:
        expected = likely([*reader.categories[column], OTHER], own.expected)
    return f"{column} {shown(value)} is unusual given the others: expected {expected}"


def likely(names: Sequence[str], chances: np.ndarray) -> str:
    """The likeliest of the values of a category, with its probability."""
    best = int(np.argmax(chances))
    return f"{names[best]} ({100 * float(chances[best]):.0f} %)"


def shown(value: float | str) -> str:
    """A text, or a number to three digits that are not zeros."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
