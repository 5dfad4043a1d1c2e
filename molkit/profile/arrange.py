"""A profile as a long table, a row for each endpoint, or as its best rows."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from molkit.data.formats import Columns, cell_text
from molkit.errors import InputError
from molkit.pipeline.score import Arrangement
from molkit.profile.columns import UNWELCOME, WELCOME, cells_of, column_names
from molkit.profile.endpoints import Endpoint, verdict

_SAID = ("value", "unit", "low", "high", "label", "set", "verdict", "in_domain", "nearest", "nearest_name",
         "nearest_similarity", "nearest_value", "drug_percentile")  # fmt: skip
_ABOUT = ("endpoint", "title", "section")
RANK = "rank"


def long_table(endpoints: Sequence[Endpoint], level: int) -> Arrangement:
    """A row for each row of the library and endpoint; the columns of the endpoints become rows."""
    taken = {name for endpoint in endpoints for name in column_names(endpoint, level).values()}
    note = f"The output has {len(endpoints)} rows for each row of the table, one for each endpoint."
    return Arrangement("long", note, partial(_long_names, taken), partial(_long_rows, endpoints, taken, level))


def _long_names(taken: set[str], names: Sequence[str]) -> list[str]:
    clash = {*_ABOUT, *_SAID}.intersection(names)
    if clash:
        raise InputError(f"the table has a column {min(clash)!r}, which the long table needs for its own; rename it")
    return [*(name for name in names if name not in taken), *_ABOUT, *_SAID]


def _long_rows(
    endpoints: Sequence[Endpoint], taken: set[str], level: int, pieces: Iterable[Columns]
) -> Iterator[dict[str, list[Any]]]:
    for piece in pieces:
        shared = [name for name in piece if name not in taken]
        long: dict[str, list[Any]] = {name: [] for name in (*shared, *_ABOUT, *_SAID)}
        rows = len(next(iter(piece.values())))
        each = zip(*(cells_of(endpoint, piece, rows, level) for endpoint in endpoints), strict=True)
        for row, found in enumerate(each):
            for endpoint, own in zip(endpoints, found, strict=True):
                cells = _cells(endpoint, own)
                for name in shared:
                    long[name].append(piece[name][row])
                for name in (*_ABOUT, *_SAID):
                    long[name].append(cells[name])
        yield long


def _cells(endpoint: Endpoint, own: Mapping[str, Any]) -> dict[str, Any]:
    measured = own["nearest_value"]
    return {
        **dict.fromkeys(_SAID),
        **own,
        "endpoint": endpoint.name,
        "title": endpoint.title,
        "section": endpoint.section,
        "unit": endpoint.unit,
        "verdict": verdict(endpoint, own) or None,
        # numbers and words in one column: all as text, so that Parquet can hold them
        "nearest_value": measured if measured is None else cell_text(measured),
        "drug_percentile": own["percentile"],
    }


def best_rows(most: int) -> Arrangement:
    """The `most` best rows, best first: fewest endpoints unwelcome for certain, then most welcome, then QED."""
    note = f"The output has the {most:,} best rows: fewest endpoints unwelcome, then most welcome, then QED."
    return Arrangement(f"top {most}", note, _ranked_names, partial(_best, most))


def _ranked_names(names: Sequence[str]) -> list[str]:
    if RANK in names:
        raise InputError(f"the table has a column {RANK!r}, which --top needs for its own; rename it")
    return [RANK, *names]


def _best(most: int, pieces: Iterable[Columns]) -> Iterator[dict[str, list[Any]]]:
    rows = (dict(zip(piece, cells, strict=True)) for piece in pieces for cells in zip(*piece.values(), strict=True))
    profiled = ((number, row) for number, row in enumerate(rows) if row["status"] == "ok")
    best = heapq.nsmallest(most, profiled, key=lambda found: (_order(found[1]), found[0]))
    if best:
        ranked = [{RANK: place, **row} for place, (_, row) in enumerate(best, 1)]
        yield {name: [row[name] for row in ranked] for name in ranked[0]}


def _order(row: Mapping[str, Any]) -> tuple[float, float, float]:
    return row[UNWELCOME], -row[WELCOME], -(row["QED"] or 0.0)
