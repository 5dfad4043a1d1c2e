"""What a page tells of a table of ADMET profiles, gathered while its pieces go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from molkit.data.table import Table
from molkit.profile.columns import cells_of, column_names
from molkit.profile.endpoints import Endpoint
from molkit.report.admet_cells import PROPERTIES, Estimate, estimate, property_text
from molkit.report.roles import added_names
from molkit.report.thinned import Thinned

MOST_ROWS = 5000


@dataclass
class Tally:
    """Of one endpoint over all rows: the values, how many are welcome or unwelcome, the domain verdicts."""

    values: Thinned = field(default_factory=Thinned)
    verdicts: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Rows with a value."""
        return self.verdicts.total()


@dataclass
class Profiled:
    """Counts over all rows of a table of profiles, and the first rows whole.

    `inputs` are columns of the input, `added` those that the profile has beside the endpoints', both by the name
    in the table; `names` leads to that name from the one that is meant. `problem_rows` are rows of the table from 1 on.
    """

    endpoints: Sequence[Endpoint]
    level: int
    rows: int = 0
    failed: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    added: dict[str, list[Any]] = field(default_factory=dict)
    estimates: dict[str, list[Estimate]] = field(default_factory=dict)
    problems: dict[str, list[Any]] = field(default_factory=dict)
    problem_rows: list[int] = field(default_factory=list)

    @property
    def shown(self) -> int:
        """Rows that are held whole."""
        return min(self.rows, MOST_ROWS)

    def added_column(self, name: str) -> list[Any]:
        """What the profile says in the column `name`, whatever it is called in the table; None where there is none."""
        return self.added.get(self.names.get(name, ""), [None] * self.shown)


def read_profile(
    pieces: Iterable[Table],
    endpoints: Sequence[Endpoint],
    kept: Collection[str],
    level: int = 90,
    left_out: Collection[str] = (),
) -> Profiled:
    """What the pieces of a table of profiles hold.

    The columns `kept` were in the input already, those `left_out` are none of a page; `level` is that of the
    intervals in percent.
    """
    read = Profiled(endpoints, level, tallies={endpoint.name: Tally() for endpoint in endpoints})
    for piece in pieces:
        names = [name for name in piece.names if name not in left_out]
        read.names = read.names or added_names(names, kept)
        _note(read, piece, [name for name in names if name in kept])
    return read


def _note(read: Profiled, piece: Table, inputs: Sequence[str]) -> None:
    wanted = min(len(piece), max(0, MOST_ROWS - read.rows))
    ours = {base: piece.columns[name] for base, name in read.names.items()}
    for name in inputs:
        read.inputs.setdefault(name, []).extend(piece.columns[name][:wanted])
    taken = {name for endpoint in read.endpoints for name in column_names(endpoint, read.level).values()}
    for base, values in ours.items():
        if base not in taken:
            shown = map(property_text, values[:wanted]) if base in PROPERTIES else values[:wanted]
            read.added.setdefault(read.names[base], []).extend(shown)
    for endpoint in read.endpoints:
        found = [estimate(endpoint, cells) for cells in cells_of(endpoint, ours, len(piece), read.level)]
        read.estimates.setdefault(endpoint.name, []).extend(found[:wanted])
        _count(read.tallies[endpoint.name], found)
    _note_problems(read, piece, inputs, ours)
    read.rows += len(piece)


def _count(tally: Tally, found: Sequence[Estimate]) -> None:
    valued = [one for one in found if one.value is not None]
    tally.values.add(np.array([one.value for one in valued], np.float64))
    tally.verdicts.update(one.verdict for one in valued)
    tally.domains.update(one.domain for one in valued)


def _note_problems(read: Profiled, piece: Table, inputs: Sequence[str], ours: Mapping[str, list[Any]]) -> None:
    """The statuses of a piece, and its rows that have another one than ok."""
    statuses = [str(status or "") for status in ours.get("status", ["ok"] * len(piece))]
    read.statuses.update(statuses)
    failed = [row for row, status in enumerate(statuses) if status != "ok"]
    shown = failed[: max(0, MOST_ROWS - read.failed)]
    read.problem_rows.extend(piece.first_row + row for row in shown)
    columns = {name: piece.columns[name] for name in inputs}
    columns |= {read.names[base]: ours[base] for base in ("status", "reason", "note") if base in ours}
    for name, values in columns.items():
        read.problems.setdefault(name, []).extend(values[row] for row in shown)
    read.failed += len(failed)
