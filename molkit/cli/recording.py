"""`molkit records`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Json, Out, Overwrite, Quiet


def records(
    table: Annotated[Path, typer.Argument(help="A table with a column per variable, a row per subject and time.")],
    out: Out,
    subject: Annotated[str, typer.Option("--subject", help="Column of subjects, or patients.")] = "subject_id",
    time: Annotated[
        str | None,
        typer.Option("--time-column", help="Column of dates or hours; without it everything holds at any time."),
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option("--variable", help="A column to take, several times; else all others.")
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Turn a table of measurements into events, for `--input record=@EVENTS`: one for each filled cell."""
    from molkit.cli.output import print_json, printable
    from molkit.data.event_file import check_event_path, write_events
    from molkit.data.table import read_table
    from molkit.data.tables import open_table
    from molkit.data.wide_events import wide_events

    check_event_path(out)
    source = open_table(table, require_smiles=False)
    events = wide_events(read_table(source), subject, time, variable, table)
    write_events(events, out, overwrite, [table])
    told = {"events": len(events), "subjects": len(events.subjects), "codes": len(events.names), "out": str(out)}
    if json:
        print_json(told)
    elif not quiet:
        print(
            f"{told['events']:,} events of {told['subjects']:,} subjects, {told['codes']:,} codes ->"
            f" {printable(str(out))}"
        )
