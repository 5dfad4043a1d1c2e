"""What is told of one patient, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from molkit.explain.alike import Alike
from molkit.explain.explanation import NOT_ADVICE, Explanation
from molkit.explain.patient import Driver, Known, Response

_VERDICTS = {
    "in": "like the patients that the model has seen",
    "edge": "at the edge of what the model has seen",
    "out": "unlike the patients that the model has seen: trust it less",
}


def patient_text(told: Explanation) -> str:
    """Risk, what drives it, those alike, how the model reacts to each value, and that it is no advice."""
    low, high = map(_share, told.models)
    head = [f"{told.patient}: predicted risk of {told.outcome} {_share(told.risk)}; fold models say {low} to {high}."]
    if told.classes:
        head.append(f"Not ruled out at {told.level} %: {told.classes}.")
    if told.verdict:
        head.append(f"Domain: {told.verdict}, {_VERDICTS[told.verdict]}.")
    parts = [*head, *told.notes]
    for lines in (
        _driver_lines(told.drivers),
        _alike_lines(told.alike, told.outcome),
        _response_lines(told.responses),
    ):
        if lines:
            parts += ["", *lines]
    return "\n".join([*parts, "", NOT_ADVICE])


def _driver_lines(drivers: Sequence[Driver]) -> list[str]:
    rows = [
        (driver.variable, _value(driver.value), f"{100 * driver.change:+.1f}", _share(driver.without))
        for driver in drivers
    ]
    if not rows:
        return []
    header = ("variable", "value", "points", "risk without it")
    return [
        "What drives it: by how many percentage points knowing each value, by itself, moves the risk",
        *_table([header, *rows]),
    ]


def _alike_lines(alike: Alike | None, outcome: str) -> list[str]:
    if alike is None:
        return []
    if alike.everybody:
        return [f"How it compares: the {alike.count} held-out patients are too few, or too equal in risk, to compare."]
    lines = [
        f"How it compares: of {alike.count} held-out patients at a predicted risk {_between(*alike.risks)},"
        f" {_share(alike.share)} had {outcome} (95 % interval {_share(alike.low)} to {_share(alike.high)})."
    ]
    rows = [
        (name, _value(value), _value(middle), f"{_value(low)} to {_value(high)}")
        for name, value, (low, middle, high) in alike.values
    ]
    return [*lines, *_table([("variable", "this patient", "their median", "middle half"), *rows])] if rows else lines


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"up to {_share(high)}" if high is not None else f"above {_share(low or 0.0)}"
    return f"{_share(low)} to {_share(high)}"


def _response_lines(responses: Sequence[Response]) -> list[str]:
    rows = [
        (
            response.variable,
            _value(response.value),
            ", ".join(f"{_value(v)}: {_share(r)}" for v, r in zip(response.values, response.risks, strict=True)),
        )
        for response in responses
    ]
    if not rows:
        return []
    header = ("variable", "value", "risk at other values")
    return ["How the model reacts to each value, all others as they are", *_table([header, *rows])]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _value(value: Known) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
