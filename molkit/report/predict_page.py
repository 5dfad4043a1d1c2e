"""What `molkit predict` found, as a page: counts over all rows, the rows without a value, and the first rows drawn.

It is made from the table that was written, read again in pieces, so that it never holds a whole library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from molkit.data.table import Table
from molkit.data.write import clash_names
from molkit.pipeline.looked import Looked
from molkit.report.drawings import draw_smiles
from molkit.report.figures import Picture, drawn
from molkit.report.image_cells import image_columns, image_words
from molkit.report.page import Block, facts, markdown, page, paragraphs, picture, table
from molkit.report.problems import problem_rows
from molkit.report.roles import VERDICTS, Roles, dressed, find_roles, number
from molkit.report.thinned import Thinned
from molkit.report.trust_plots import bars_plot, histogram_plot

MOST_ROWS = 5000
_MOST_TARGETS = 24  # that get a picture
_BARS = "A bar is an interval, the dot the prediction; it is sorted and filtered by its width."


@dataclass
class Seen:
    """What is gathered while the pieces of a table go by."""

    rows: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    values: dict[str, Thinned] = field(default_factory=dict)
    first: dict[str, list[Any]] = field(default_factory=dict)
    problems: dict[str, list[Any]] = field(default_factory=dict)
    problem_rows: list[int] = field(default_factory=list)
    failed: int = 0


def read_predictions(
    pieces: Iterable[Table], kept: Collection[str], left_out: Collection[str] = ()
) -> tuple[Seen, Roles]:
    """What a page tells of a table of predictions, from its pieces; the columns `kept` were in the input already.

    A column of verdicts that holds none has no role.
    """
    seen, roles = Seen(), find_roles([], [])
    for piece in pieces:
        if not seen.rows:
            roles = find_roles(piece.names, [*kept, *left_out])
        _note(seen, piece, roles, left_out)
    blank = [name for name in roles.domain if not any(seen.counts[name].keys())]
    for name in blank:
        del seen.counts[name]
    return seen, replace(roles, domain=[name for name in roles.domain if name not in blank])


def predict_page(
    title: str,
    seen: Seen,
    roles: Roles,
    said: Sequence[tuple[str, Sequence[str]]] = (),
    structure: str | None = None,
    cards: Mapping[str, str] | None = None,
    looked: Sequence[Looked | None] = (),
) -> str:
    """The page of a table of predictions, by what `read_predictions` found in it.

    `said` are facts that stand below the counts; `structure` is the input's column of structures, which stands last,
    as they are drawn; `cards` are the models' by name; `looked` is what a model of images saw in the first rows.
    """
    sections = [
        ("Summary", [facts([*_counts(seen, roles), *said])]),
        ("Distribution of the predictions", [_picture(plot) for plot in predict_pictures(seen, roles)]),
        ("Rows without a value", problem_rows(seen.failed, seen.problem_rows, seen.problems)),
        ("Predictions", _predictions(seen, roles, [structure] if structure else [], looked)),
        *((f"Model card of {name}", [markdown(card.partition("\n")[2])]) for name, card in (cards or {}).items()),
    ]
    return page(title, sections)


def _note(seen: Seen, piece: Table, roles: Roles, left_out: Collection[str]) -> None:
    size = len(piece)
    for name in [*roles.domain, *([roles.status] if roles.status else [])]:
        seen.counts.setdefault(name, Counter()).update(str(value or "") for value in piece.columns[name])
    for target, name in list(roles.predictions.items())[:_MOST_TARGETS]:
        numbers = np.array([number(value) for value in piece.columns[name]], np.float64)
        seen.values.setdefault(target, Thinned()).add(numbers[np.isfinite(numbers)])
    names = [name for name in piece.names if name not in left_out]
    wanted = min(size, max(0, MOST_ROWS - seen.rows))
    for name in names:
        seen.first.setdefault(name, []).extend(piece.columns[name][:wanted])
    failed = [row for row in range(size) if roles.status and piece.columns[roles.status][row] != "ok"]
    shown = failed[: max(0, MOST_ROWS - seen.failed)]
    seen.problem_rows.extend(piece.first_row + row for row in shown)
    added = {*roles.predictions.values(), *sum(roles.intervals.values(), ()), *roles.domain}
    for name in names:
        if name not in added:
            seen.problems.setdefault(name, []).extend(piece.columns[name][row] for row in shown)
    seen.rows, seen.failed = seen.rows + size, seen.failed + len(failed)


def _counts(seen: Seen, roles: Roles) -> list[tuple[str, Sequence[str]]]:
    found: list[tuple[str, Sequence[str]]] = [("Rows", [f"{seen.rows:,}"])]
    for name, counts in seen.counts.items():
        order = [*VERDICTS, ""] if name in roles.domain else [value for value, _ in counts.most_common()]
        shares = [f"{value or 'none'}: {counts[value]:,} ({counts[value] / seen.rows:.1%})" for value in order
                  if counts[value]]  # fmt: skip
        found.append((name, shares))
    return found


def predict_pictures(seen: Seen, roles: Roles) -> list[Picture]:
    """How the predictions of each target are distributed, and the domain verdicts."""
    plots = [
        histogram_plot(values.all, roles.predictions[target], name=f"distribution-{place}", of="rows of the table")
        for place, (target, values) in enumerate(seen.values.items(), 1)
    ]
    for place, name in enumerate(roles.domain):
        counts = {verdict: seen.counts[name][verdict] for verdict in VERDICTS}
        plots.append(
            bars_plot(counts, f"domain-{place + 1}" if place else "domain", f"rows by {name}", f"rows by {name}")
        )
    return plots


def _picture(plot: Picture) -> Block:
    return picture(drawn(plot), plot.says)


def _predictions(seen: Seen, roles: Roles, last: Sequence[str], looked: Sequence[Looked | None]) -> list[Block]:
    more = [f"The first {MOST_ROWS:,} of {seen.rows:,} rows; the table holds all."] if seen.rows > MOST_ROWS else []
    images = _images(seen, looked)
    more += image_words(looked) if images else []
    if len(looked) < seen.rows and images:
        more.append(f"Pictures are shown of the first {len(looked):,} rows.")
    pictures = {"structure": [draw_smiles(smiles) for smiles in seen.first.get(roles.structure, [])]}
    known: dict[str, str | None] = {}
    for name in roles.nearest:
        pictures[f"{name} (drawn)"] = [_drawn_once(smiles, known) for smiles in seen.first[name]]
    kept = {name: svgs for name, svgs in pictures.items() if any(svgs)}
    aside = [*last, *roles.nearest, *([roles.structure] if roles.structure else [])]
    return [
        paragraphs(more),
        table(
            images | dressed(seen.first, roles),
            kept,
            set_off=[roles.reason],
            aside=aside,
            caption=_BARS * bool(roles.intervals),
        ),
    ]


def _images(seen: Seen, looked: Sequence[Looked | None]) -> dict[str, Sequence[Any]]:
    """Columns of pictures, if there are any, with names that no other column has."""
    if not any(looked):
        return {}
    columns = image_columns(looked, min(seen.rows, MOST_ROWS))
    names = clash_names(seen.first, list(columns))
    return {names[name]: cells for name, cells in columns.items()}


def _drawn_once(smiles: str | None, known: dict[str, str | None]) -> str | None:
    if smiles and smiles not in known:
        known[smiles] = draw_smiles(smiles)
    return known.get(smiles or "")
