"""The hits of a screen as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from molkit.report.page import facts, page, table
from molkit.report.roles import dressed, find_roles

MOST_ROWS = 5000
FLAG_WORDS = (
    "They never filter. lipinski, veber and lead_like name what a compound violates; qed is 0 to 1, the higher the "
    "more like a drug; sa_score is 1 (easy to make) to 10; alerts are patterns by catalogue. An empty cell: none, "
    "unless flags_note says otherwise."
)


def hits_page(
    title: str,
    said: Sequence[tuple[str, Sequence[str]]],
    columns: Mapping[str, Sequence[Any]],
    drawings: Sequence[str | None],
    flags: Sequence[str] = (),
    aside: Sequence[str] = (),
) -> str:
    """A page with facts (`said`: a name, and a sentence or several) above the table of hits.

    `columns` are equally long; beside each of the first 5,000 rows stands its drawing (SVG). Columns named in
    `flags` are set off, those in `aside` stand last and are not printed.
    """
    shown = {name: values[:MOST_ROWS] for name, values in columns.items()}
    hits = table(dressed(shown, find_roles(list(shown), ())), {"structure": drawings[:MOST_ROWS]}, flags, aside)
    return page(title, [("", [facts([*said, *_rest(len(drawings))]), hits])])


def _rest(rows: int) -> list[tuple[str, Sequence[str]]]:
    if rows <= MOST_ROWS:
        return []
    return [("Shown here", [f"the first {MOST_ROWS:,} of {rows:,} hits; the table and the SD file hold all"])]
