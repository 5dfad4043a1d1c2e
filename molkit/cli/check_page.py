"""The page of an audit: what was found, with the rows and drawings, and the learning curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from molkit.audit.finding import SEVERITIES, Audit, Curve, Finding
from molkit.audit.text import row_list
from molkit.report.drawings import draw_smiles
from molkit.report.figures import Picture, drawn
from molkit.report.page import (
    Block,
    Cell,
    Section,
    bullets,
    escaped,
    facts,
    mark_cell,
    page,
    paragraphs,
    picture,
    table,
)
from molkit.report.trust_plots import bars_plot, learning_curve_plot

MOST_ROWS = 2000  # of one finding's table
_MOST_DRAWN = 150  # structures of one finding that are drawn
# Columns of structures that molkit wrote; what a user wrote is never drawn here.
_DRAWN = ("structure", "similar structure", "test structure", "train structure", "nearest")
_MARKS = {"problem": "bad", "caution": "fair", "note": "plain"}


def check_page(audit: Audit) -> str:
    """One offline HTML file with everything that the audit holds."""
    sections: list[Section] = [
        ("", [facts([*((name, [f"{count:,}"]) for name, count in audit.counts.items()), *_read(audit)])]),
        ("What was found", [_overview(audit)]),
        *((f"Learning curve of {curve.target}", _curve(curve)) for curve in audit.curves),
        *((_heading(finding), _finding(finding, audit.files)) for finding in audit.findings),
        ("How the table was read", [bullets(audit.notes)]),
    ]
    return page(f"Audit of {audit.name}", sections)


def _read(audit: Audit) -> list[tuple[str, Sequence[str]]]:
    return [
        ("structures in" if audit.noun == "compound" else "inputs", [audit.structure]),
        ("targets", list(audit.targets) or ["none named"]),
    ]


def _overview(audit: Audit) -> Block:
    """Every finding as a line: how grave, what, which target, how many rows."""
    if not audit.findings:
        return paragraphs(["Nothing."])
    order = sorted(audit.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return table(
        {
            "finding": [finding.title for finding in order],
            "severity": [mark_cell(finding.severity, _MARKS[finding.severity]) for finding in order],
            "target": [finding.target for finding in order],
            "rows": [len(finding.rows) or None for finding in order],
            "in words": [Cell(escaped(finding.sentence), finding.sentence) for finding in order],  # never cut
        }
    )


def _heading(finding: Finding) -> str:
    return f"{finding.title} ({finding.target})" if finding.target else finding.title


def _finding(finding: Finding, files: Mapping[int, str]) -> list[Block]:
    """The sentence, a picture where there is one, and the details as a table."""
    blocks = [paragraphs([finding.sentence])]
    shown = _bars(finding)
    if shown is not None:
        blocks.append(picture(drawn(shown), shown.says))
    columns = {name: list(values) for name, values in finding.table.items()}
    if not columns:
        return [*blocks, paragraphs([row_list(finding.rows, files)])] if finding.rows else blocks
    size = max(map(len, columns.values()))
    columns = {name: values[:MOST_ROWS] for name, values in columns.items()}
    if size > MOST_ROWS:
        blocks.append(paragraphs([f"The first {MOST_ROWS:,} of {size:,} lines; the JSON file holds all."]))
    return [*blocks, table(columns, _drawings(columns), aside=_DRAWN, caption=finding.title)]


def _drawings(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[str | None]]:
    """Drawings of the first structures of each column that molkit wrote."""
    drawings = {}
    for name in _DRAWN:
        if name in columns:
            smiles = columns[name]
            drawings[f"{name} "] = [draw_smiles(s) if i < _MOST_DRAWN else None for i, s in enumerate(smiles)]
    return drawings


def _bars(finding: Finding) -> Picture | None:
    """Counts of classes, values, scaffolds or similarities as bars."""
    label, count = _BARS.get(finding.kind, ("", ""))
    if finding.kind == "balance":  # of classes; the counts are called by what a row is
        count = list(finding.table)[-1]
    if not label or count not in finding.table:
        return None
    names = [str(value) for value in finding.table[label]]
    if finding.kind == "range":
        ends = zip(finding.table["from"], finding.table["to"], strict=True)
        names = [f"{low:.3g} to {high:.3g}" for low, high in ends]
    says = f"{count} by {label if finding.kind != 'range' else 'value'}"
    counts: dict[str, int] = {}
    for name, number in zip(names, finding.table[count], strict=True):
        counts[name] = counts.get(name, 0) + int(number)
    return bars_plot(counts, finding.kind, says, count)


_BARS = {
    "balance": ("class", "compounds"),
    "range": ("from", "rows"),
    "similarity": ("similarity", "test compounds"),
    "mixed_units": ("unit", "rows"),
    "mixed_types": ("kind", "rows"),
}


def check_pictures(audit: Audit) -> list[Picture]:
    """The plots of the page, each with a name of its own."""
    found = [_curve_picture(curve) for curve in audit.curves]
    found += [shown for finding in audit.findings if (shown := _bars(finding)) is not None]
    places = [[other.name for other in found[:place]].count(shown.name) for place, shown in enumerate(found)]
    return [replace(shown, name=f"{shown.name}-{place + 1}") if place else shown
            for shown, place in zip(found, places, strict=True)]  # fmt: skip


def _curve(curve: Curve) -> list[Block]:
    drawing = _curve_picture(curve)
    return [paragraphs([curve.sentence]), picture(drawn(drawing), drawing.says)]


def _curve_picture(curve: Curve) -> Picture:
    return learning_curve_plot(
        [point.size for point in curve.points],
        [point.mean for point in curve.points],
        [point.sd for point in curve.points],
        curve.floor,
        curve.baseline,
        curve.metric,
    )
