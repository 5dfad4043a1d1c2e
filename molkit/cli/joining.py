"""`molkit join`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molkit.cli.options import Json, Out, Overwrite, Quiet, Relation, Smiles, Task, Workers

if TYPE_CHECKING:
    from molkit.pipeline.join import Joined


def join(
    tables: Annotated[list[Path], typer.Argument(help="Tables with structures, each with a measured column.")],
    out: Out,
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", help="The measured column of all tables, or repeated, one for each in order."),
    ] = None,
    names: Annotated[
        str | None, typer.Option("--names", help="Columns to write, by comma; else the files or folders name them.")
    ] = None,
    apart: Annotated[
        list[Path] | None,
        typer.Option(
            "--apart",
            help="A test set: rows with its compounds, or their salts, stereoisomers or tautomers, are left out. May "
            "be given several times.",
        ),
    ] = None,
    smiles_column: Smiles = None,
    task: Task = None,
    relation: Relation = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write one table of several, a measured column each, for a model that learns them together."""
    from molkit.cli.output import listening, print_json
    from molkit.pipeline.join import JoinOptions, join_files

    named = tuple(name.strip() for name in names.split(",")) if names is not None else ()
    options = JoinOptions(tuple(target or ()), named, tuple(apart or ()), smiles_column, task, relation)
    with listening(quiet) as progress:
        joined = join_files(tables, out, options, overwrite=overwrite, workers=workers, progress=progress)
    if json:
        shown = ("kept", "left_out", "reasons", "compounds", "shared", "notes")
        print_json({name: getattr(joined, name) for name in shown} | {"out": str(out)})
    else:
        _say(joined, out, quiet)


def _say(joined: Joined, out: Path, quiet: bool) -> None:
    from molkit.cli.output import print_notes, print_rejected, printable

    print_notes(joined.notes, quiet)
    print_rejected(dict(enumerate(joined.reasons)), quiet)
    if quiet:
        return
    for name, rows in joined.kept.items():
        print(f"{printable(name)}: {rows:,} rows, {joined.left_out[name]:,} left out")
    print(f"{joined.compounds:,} compounds, {joined.shared:,} measured for several endpoints -> {printable(str(out))}")
