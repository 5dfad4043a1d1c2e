"""The ADMET profile of one molecule as the terminal shows it: plain text of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from molkit.profile.columns import UNWELCOME, WELCOME
from molkit.profile.endpoints import Endpoint
from molkit.report.admet_cells import (
    PROPERTIES,
    RULES,
    Estimate,
    estimate,
    percent_text,
    property_text,
    spread_text,
    value_text,
)
from molkit.report.escaped import visible

_WIDTH = 100
_TITLE = 39  # the longest title of an endpoint, and a space
_VALUE = 42  # the longest value with unit, and its interval
_NAME = 30  # the longest name of a property, and some space
_SIGNS = {"welcome": "+", "unwelcome": "-", "": " "}


def profile_text(
    endpoints: Sequence[Endpoint],
    cells_by_endpoint: Mapping[str, Mapping[str, Any]],
    row: Mapping[str, Any],
    level: int = 90,
) -> str:
    """Lines for each endpoint by section, then properties, rules and alerts.

    `cells_by_endpoint` are the cells by role (see `molkit.profile.columns.cells_of`) of each endpoint by name; `row`
    holds the other columns of the profile, `level` is that of the intervals in percent. A row without a value says
    its status and reason alone.
    """
    if row.get("status", "ok") != "ok":
        return f"status  {row['status']}\nreason  {visible(str(row.get('reason') or ''))}"
    lines: list[str] = []
    for section in dict.fromkeys(endpoint.section for endpoint in endpoints):
        lines += ["", section]
        for endpoint in endpoints:
            if endpoint.section == section:
                lines += _endpoint_lines(endpoint, estimate(endpoint, cells_by_endpoint[endpoint.name]))
    lines += ["", "Properties", *_property_lines(row), "", *_counts(row), *_explained(level)]
    return "\n".join(lines[1:])


def _endpoint_lines(endpoint: Endpoint, found: Estimate) -> list[str]:
    """A line of value, domain and percentile, and one of the nearest measured compound."""
    if found.value is None:
        return [f"  {endpoint.title}: no value"]
    unit = "" if endpoint.classes else f" {endpoint.unit}"
    spread = spread_text(found)
    told = f"{value_text(endpoint, found.value)}{unit}{f' ({spread})' if spread else ''}"
    line = f"{_SIGNS[found.verdict]} {endpoint.title:{_TITLE}}{told:{_VALUE}} {found.domain:5}"
    line = f"{line}{percent_text(found.percentile):>6}".rstrip()
    return [line, *([f"      nearest: {_nearest(found)}"] if found.nearest else [])]


def _nearest(found: Estimate) -> str:
    similar = "" if found.similarity is None else f", similarity {found.similarity:.2f}"
    told = similar + (f", measured {found.measured}" if found.measured else "")
    room = _WIDTH - len("      nearest: ") - len(told)
    name = visible(found.nearest)
    return (name if len(name) <= room else name[: room - 1] + "…") + told


def _property_lines(row: Mapping[str, Any]) -> Iterator[str]:
    """Properties in two columns, then a line for each rule of thumb and for the alerts."""
    known = [f"{title:{_NAME}}{property_text(row[name])}" for name, title in PROPERTIES.items() if _has(row, name)]
    half = (len(known) + 1) // 2
    for left, right in zip(known[:half], [*known[half:], ""], strict=False):
        yield f"  {left:{_NAME + 18}}{right}".rstrip()
    for name, title in {**RULES, "note": "Note", "smiles_std": "Standardised structure"}.items():
        if _has(row, name):
            yield from _wrapped(f"  {title:{_NAME}}", visible(str(row[name])))


def _has(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "")


def _wrapped(head: str, text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def _counts(row: Mapping[str, Any]) -> list[str]:
    if not (_has(row, WELCOME) and _has(row, UNWELCOME)):
        return []
    return [f"Endpoints welcome: {row[WELCOME]}, unwelcome: {row[UNWELCOME]}.", ""]


def _explained(level: int) -> list[str]:
    return wrap(
        "+ is welcome and - unwelcome, each by the whole interval or the only class that is not ruled out; all else is "
        f"open. Values stand before the {level} % interval; of two classes, the probability of the positive one before "
        "those that are not ruled out. Then come the domain (in, edge, out) and the share of drugs whose predicted "
        "value is lower. Estimates by models, not measurements; no ground for decisions on safety.",
        _WIDTH,
    )
