"""What `molkit reconstruct` found, as a page: counts, the most unusual rows, and what was given back, drawn."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from molkit.data.table import Table
from molkit.pipeline.reconstruct import Drawn
from molkit.report.figures import Picture, drawn
from molkit.report.page import facts, markdown, page, paragraphs, picture, table
from molkit.report.problems import problem_rows
from molkit.report.reconstruction_plots import images_picture, signals_picture
from molkit.report.roles import number, typed

MOST_ROWS = 200
_PRIVATE = "What stands here may be of persons: handle this page as the table itself."
_OF_VALUES = (
    "A value is unusual if it is unlikely given all others of its row, compared with rows that were not trained on;"
    " that does not make it wrong. The anomaly adds up the three most unusual values, in standard deviations."
)
_OF_SHAPES = (
    "What is unlike that which was trained on is given back badly; that does not make it wrong. The anomaly is its"
    " negative log likelihood, in nats; the error is the root mean square of the difference."
)
_PERCENTILE = (
    "The percentile is the share of rows, of those that were not trained on, that are less unusual; it ends where five"
    " of them are left."
)


@dataclass
class Gathered:
    """Counts over all rows of a table, those without a result, and the most unusual ones."""

    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    worst: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)
    problem_rows: list[int] = field(default_factory=list)
    problems: dict[str, list[Any]] = field(default_factory=dict)


def gather(pieces: Iterable[Table], names: Sequence[str]) -> Gathered:
    """What a page tells of the pieces of a table that was written; `names` are its columns for anomaly and status."""
    found = Gathered()
    anomaly, status = names[0], names[1]
    for piece in pieces:
        for place in range(len(piece)):
            row = {name: values[place] for name, values in piece.columns.items()}
            found.statuses[str(row[status])] += 1
            _add(found, piece.first_row + place, row, number(row[anomaly]), row[status] == "ok")
        found.rows += len(piece)
    return found


def _add(found: Gathered, number: int, row: dict[str, Any], score: float, fine: bool) -> None:
    if fine and score == score:
        entry = (score, -number, row)
        (heapq.heappush if len(found.worst) < MOST_ROWS else heapq.heappushpop)(found.worst, entry)
    elif len(found.problem_rows) < MOST_ROWS:
        found.problem_rows.append(number)
        for name, value in row.items():
            found.problems.setdefault(name, []).append(value)


def reconstruct_page(
    title: str,
    found: Gathered,
    shown: Sequence[str],
    said: Sequence[tuple[str, Sequence[str]]] = (),
    given: Drawn | None = None,
    card: str = "",
) -> str:
    """The page; `shown` are columns of the table of the most unusual rows, `said` facts beside the counts."""
    ordered = sorted(found.worst, reverse=True, key=lambda entry: entry[:2])
    columns = {"row": [-entry[1] for entry in ordered]} | {
        name: typed([entry[2][name] for entry in ordered]) for name in shown
    }
    failed = found.rows - found.statuses["ok"]
    statuses = [f"{name}: {count:,}" for name, count in found.statuses.most_common()]
    more = [f"The {len(ordered):,} most unusual of {found.rows:,} rows."] if len(ordered) < found.rows else []
    meaning = [_OF_VALUES if given is None else _OF_SHAPES, _PERCENTILE]
    pictures = [] if given is None else [picture(drawn(own), own.says) for own in reconstructed_pictures(given)]
    return page(
        title,
        [
            ("Summary", [facts([("Rows", [f"{found.rows:,}"]), ("Status", statuses), *said])]),
            ("Given back", [*pictures]),
            ("Most unusual rows", [paragraphs([*meaning, *more, _PRIVATE]), table(columns)] if ordered else []),
            ("Rows without a result", problem_rows(failed, found.problem_rows, found.problems)),
            ("Model card", [markdown(card.partition("\n")[2])] if card else []),
        ],
    )


def reconstructed_pictures(found: Drawn) -> list[Picture]:
    """Pictures of up to 12 signals or images each."""
    make = signals_picture if found.given.ndim == 2 else images_picture
    return [
        make(found.given[at : at + 12], found.decoded[at : at + 12], found.titles[at : at + 12], f"given-back-{n}")
        for n, at in enumerate(range(0, len(found.given), 12), 1)
    ]
