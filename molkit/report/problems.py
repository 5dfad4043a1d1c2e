"""The rows of a table that have no value, as a page lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from molkit.data.write import clash_names
from molkit.report.page import Block, paragraphs, table


def problem_rows(failed: int, rows: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> list[Block]:
    """Nothing if none has `failed`, else a table of the first of them: their numbers (`rows`) and `columns`."""
    if not failed:
        return []
    more = [f"The first {len(rows):,} of {failed:,}; the table holds all."] if failed > len(rows) else []
    name = clash_names(columns, ["row"])["row"]
    return [paragraphs(more), table({name: rows, **columns}, caption=f"Rows without a prediction: {failed:,}")]
