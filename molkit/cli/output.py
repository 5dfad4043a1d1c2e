"""Printing: results to standard output, notes and progress to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from molkit.errors import NothingDone
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import TableResult
from molkit.report.progress import ProgressLine

_MOST_LISTED = 10


@contextmanager
def listening(silent: bool) -> Iterator[Progress]:
    """Who hears of progress; a terminal's progress line is left when the work ends."""
    line = ProgressLine()
    try:
        yield quiet if silent else line
    finally:
        line.close()


def print_json(value: Any) -> None:
    """Strict JSON on standard output; text that no encoding can hold is escaped."""
    print(json.dumps(value, indent=1, allow_nan=False))


def print_notes(notes: Sequence[str], silent: bool) -> None:
    """Notes, one a line, control characters made visible."""
    if not silent:
        for note in notes:
            print(f"  {printable(note)}", file=sys.stderr)


def printable(text: str) -> str:
    """Text that cannot move a terminal's cursor or hide itself, in the terminal's encoding."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding or "utf-8")


def print_rejected(rejected: dict[int, str], silent: bool) -> None:
    """The first few rows that gave no result, and how many more."""
    if silent or not rejected:
        return
    print(f"{len(rejected)} {'row was' if len(rejected) == 1 else 'rows were'} left out:", file=sys.stderr)
    print_notes(list(rejected.values())[:_MOST_LISTED], silent)
    if len(rejected) > _MOST_LISTED:
        print(f"  and {len(rejected) - _MOST_LISTED} more", file=sys.stderr)


def run_table(work: Callable[..., TableResult], out: object, silent: bool, as_json: bool) -> None:
    """Do `work(progress=...)`, which writes a table, and say how many rows have which status.

    Raises NothingDone, for the exit code, if no row is ok.
    """
    with listening(silent) as progress:
        result = work(progress=progress)
    if as_json:
        print_json({"rows": result.rows, "statuses": result.statuses, "notes": result.notes, "out": str(out)})
    else:
        print_notes(result.notes, silent)
    if not silent and not as_json:
        counts = ", ".join(f"{count:,} {status}" for status, count in sorted(result.statuses.items()))
        print(f"{result.rows:,} rows ({counts or 'no rows'}) -> {printable(str(out))}")
    if result.failed:
        raise NothingDone(f"none of the {result.rows} rows gave a result; the columns status and reason say why")
