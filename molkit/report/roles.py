"""What the columns of a table of predictions mean, and how a page shows them: intervals as bars, verdicts marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.report.page_table import Cell, interval_cell, mark_cell

VERDICTS = {"in": "good", "edge": "fair", "out": "bad"}
_END = re.compile(r"(?P<target>.*)_(?P<end>lo|hi)(?P<level>\d+)", re.DOTALL)


@dataclass(frozen=True)
class Roles:
    """What the columns of a table of predictions hold: names by the name of their target, or a list of names.

    `intervals` are pairs (low, high). `status`, `reason` and `structure` are "" where there is no such column.
    """

    predictions: dict[str, str]
    intervals: dict[str, tuple[str, str]]
    domain: list[str]
    nearest: list[str]
    status: str
    reason: str
    structure: str


def find_roles(names: Sequence[str], kept: Collection[str]) -> Roles:
    """The roles of those columns that a prediction added, which are all `names` that were not in the input (`kept`).

    >>> roles = find_roles(["status", "logS_pred", "logS_lo90", "logS_hi90", "status_molkit"], ["status"])
    >>> roles.intervals, roles.status
    ({'logS': ('logS_lo90', 'logS_hi90')}, 'status_molkit')
    """
    plain = added_names(names, kept)
    ends: dict[str, dict[str, str]] = {}
    for base, name in plain.items():
        if match := _END.fullmatch(base):
            ends.setdefault(match["target"], {})[match["end"]] = name
    return Roles(
        predictions={base.removesuffix("_pred"): name for base, name in plain.items() if base.endswith("_pred")},
        intervals={target: (pair["lo"], pair["hi"]) for target, pair in ends.items() if len(pair) == 2},
        domain=[name for base, name in plain.items() if base.endswith(("in_domain", "in_library"))],
        nearest=[name for base, name in plain.items() if base.endswith("nearest_train")],
        status=plain.get("status", ""),
        reason=plain.get("reason", ""),
        structure=plain.get("smiles_std", ""),
    )


def added_names(names: Sequence[str], kept: Collection[str]) -> dict[str, str]:
    """The columns that were not in the input (`kept`), by the name they have where the input has no such column.

    >>> added_names(["status", "status_molkit"], ["status"])
    {'status': 'status_molkit'}
    """
    return {re.sub(r"(_molkit)+(_\d+)?$", "", name): name for name in names if name not in kept}


def dressed(columns: Mapping[str, Sequence[Any]], roles: Roles) -> dict[str, Sequence[Any]]:
    """Columns as a page shows them: predictions as numbers, verdicts marked, the ends of an interval as one bar."""
    shown = dict(columns)
    for name in roles.predictions.values():
        shown[name] = typed(shown[name])
    for name in roles.domain:
        shown[name] = [_verdict(value) for value in shown[name]]
    for target, ends in roles.intervals.items():
        if target in roles.predictions:
            shown = _with_interval(shown, roles.predictions[target], ends)
    return shown


def _verdict(value: Any) -> Cell:
    text = "" if value is None else str(value)
    return mark_cell(text, VERDICTS.get(text, "plain"))


def number(value: Any) -> float:
    """A cell as a number; NaN for none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def typed(values: Sequence[Any]) -> list[Any]:
    """Texts of numbers as numbers, so that they are shown shortly."""
    numbers = [None if value in (None, "") else number(value) for value in values]
    bad = any(one is not None and not np.isfinite(one) for one in numbers)
    return list(values) if bad else list(numbers)


def _with_interval(shown: Mapping[str, Sequence[Any]], name: str, ends: tuple[str, str]) -> dict[str, Sequence[Any]]:
    """The columns with one of bars in place of the two ends of an interval."""
    lows, highs = ([number(value) for value in shown[end]] for end in ends)
    known = np.array([lows, highs])[:, np.isfinite(lows) & np.isfinite(highs)]
    span = (0.0, 1.0) if not known.size else (float(np.quantile(known[0], 0.01)), float(np.quantile(known[1], 0.99)))
    middles = [number(value) for value in shown[name]]
    bars = [interval_cell(*row, span) for row in zip(lows, middles, highs, strict=True)]
    title = f"{ends[0]} to {ends[1].removeprefix(_shared(*ends))}"
    found: dict[str, Sequence[Any]] = {}
    for column, values in shown.items():
        if column == ends[0]:
            found[title] = bars
        elif column != ends[1]:
            found[column] = values
    return found


def _shared(first: str, second: str) -> str:
    """The beginning that two names share, up to an underscore."""
    stem = first.rpartition("_")[0] + "_"
    return stem if second.startswith(stem) else ""
