"""An audit as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from molkit.audit.finding import SEVERITIES, Audit, Finding, counted

_WIDTH = 110
_MOST_ROWS = 12
_HEADS = {"problem": "Problems", "caution": "Cautions", "note": "Notes"}


def audit_text(audit: Audit) -> str:
    """Findings by severity, each with its first rows; then the learning curves."""
    return "\n".join(_lines(audit))


def _lines(audit: Audit) -> Iterator[str]:
    said = ", ".join(_count(count, name) for name, count in audit.counts.items())
    yield f"{audit.name}: {said}"
    for severity in SEVERITIES:
        own = [finding for finding in audit.findings if finding.severity == severity]
        if own:
            yield ""
            yield f"{_HEADS[severity]} ({len(own)})"
            for finding in own:
                yield from _finding(finding, len(audit.targets) > 1, audit.files)
    for curve in audit.curves:
        yield ""
        yield f"Learning curve of {curve.target}"
        yield from _wrapped(curve.sentence)
    if not any(finding.severity == "problem" for finding in audit.findings):
        yield ""
        yield "No problem was found."


def _count(number: int, name: str) -> str:
    return counted(number, name.removesuffix("s")) if name.endswith("s") else f"{number:,} {name}"


def _finding(finding: Finding, named: bool, files: Mapping[int, str]) -> Iterator[str]:
    title = f"{finding.title} ({finding.target})" if named and finding.target else finding.title
    yield from _wrapped(f"{title}. {finding.sentence}", "* ")
    if finding.rows and finding.severity != "note":
        yield from _wrapped(row_list(finding.rows, files))


def row_list(rows: tuple[int, ...], files: Mapping[int, str]) -> str:
    """The first row numbers of a finding, or the files that these rows are.

    >>> row_list((3, 8), {})
    'Rows 3, 8.'
    """
    shown = ", ".join(files.get(row, str(row)) for row in rows[:_MOST_ROWS])
    more = f" and {counted(len(rows) - _MOST_ROWS, 'more', 'more')}" if len(rows) > _MOST_ROWS else ""
    what = "File" if files else "Row"
    return f"{what}{'s' if len(rows) > 1 else ''} {shown}{more}."


def _wrapped(text: str, mark: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"  {mark}", subsequent_indent="    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
