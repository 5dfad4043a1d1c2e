"""`molkit screen`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from molkit.cli.output import listening, print_json, print_notes, printable
from molkit.errors import NothingDone
from molkit.report.hits_page import FLAG_WORDS, hits_page
from molkit.screening.hits import Hits
from molkit.screening.screen import ScreenOptions, ScreenResult, screen_library


def run_screen(
    library: str, out: Path, options: ScreenOptions, *, html: bool, overwrite: bool, quiet: bool, as_json: bool
) -> ScreenResult:
    """Rank a library, write the best rows, and say what became of every row."""

    def page(result: ScreenResult, hits: Hits, models: Mapping[str, str]) -> str:
        return hits_page(
            f"Hits from {Path(library).name}",
            _facts(result, models),
            {name: hits.columns[name] for name in hits.shown},
            hits.drawings,
            hits.flags,
            hits.aside,
        )

    with listening(quiet) as progress:
        result = screen_library(
            library, out, options, overwrite=overwrite, page=page if html else None, progress=progress
        )
    if as_json:
        print_json({**asdict(result), "files": [str(file) for file in result.files]})
    elif not quiet:
        print_notes([*result.notes, *result.ranking], quiet)
        for line in _summary(result):
            print(line, file=sys.stderr)
    if not result.statuses.get("ok"):
        counts = ", ".join(f"{count:,} {status}" for status, count in result.statuses.items())
        raise NothingDone(f"none of the {result.rows:,} rows gave a prediction ({counts or 'the library is empty'})")
    return result


def _counts(result: ScreenResult) -> str:
    shown = " + ".join(f"{count:,} {status}" for status, count in result.statuses.items())
    return f"{result.rows:,} = {shown or 'none'}"


def _met(result: ScreenResult) -> list[str]:
    return [f"{result.met:,} of {result.statuses.get('ok', 0):,} predicted rows meet all limits"] * result.limits


def _summary(result: ScreenResult) -> list[str]:
    cutoff = "" if result.cutoff is None else f", the last with a score of {result.cutoff:.4g}"
    lines = [f"rows {_counts(result)}", *_met(result), f"{result.hits:,} hits{cutoff}"]
    return [*lines, *(f"-> {printable(str(file))}" for file in result.files)]


def _facts(result: ScreenResult, models: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    cutoff = [] if result.cutoff is None else [f"the last has a score of {result.cutoff:.4g}"]
    return [
        ("Rows of the library", [_counts(result)]),
        *([("Limits", _met(result))] if result.limits else []),
        ("Hits", [f"{result.hits:,}{', ' if cutoff else ''}{''.join(cutoff)}"]),
        ("Ranking", list(result.ranking)),
        ("Models", [f"{name}: {line}" for name, line in models.items()]),
        ("Flags", [FLAG_WORDS]),
        *([("Notes", list(result.notes))] if result.notes else []),
    ]
