"""`molkit reconstruct`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molkit.cli.options import Inputs, Json, Out, Overwrite, Quiet, Workers

if TYPE_CHECKING:
    from molkit.pipeline.opened import Model
    from molkit.pipeline.progress import Progress
    from molkit.pipeline.score import TableResult

_DRAWN = 12  # of the first rows, and of the most unusual ones


def reconstruct(
    model: Annotated[Path, typer.Argument(help="An autoencoder of a table, signals or images.")],
    table: Annotated[Path, typer.Argument(help="A table, or a folder or .npz file of images.")],
    out: Out,
    inputs: Inputs = None,
    html: Annotated[bool, typer.Option("--html", help="Also write a page with drawings, OUT.html.")] = False,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Fill in the blank cells of a table and say which values are unusual; of signals and images what is not usual.

    Every row comes back. A killed run goes on when it is repeated.
    """
    from molkit.cli.output import run_table
    from molkit.pipeline.reconstruct import open_autoencoder, reconstruct_table

    opened = open_autoencoder(model)
    told = inputs or ()
    work = partial(reconstruct_table, opened, table, out, inputs=told, overwrite=overwrite, workers=workers)
    run_table(partial(_with_page, work, opened, table, out, told, overwrite) if html else work, out, quiet, json)


def _with_page(
    work: partial[TableResult],
    model: Model,
    table: Path,
    out: Path,
    inputs: Sequence[str],
    overwrite: bool,
    progress: Progress,
) -> TableResult:
    """Reconstruct, and make a page of the table that was written, read again in pieces."""
    from molkit.cli.pages import page_path, read_back, write_page
    from molkit.data.write import check_free, clash_names
    from molkit.engine.reconstruct import ANOMALY, ERROR, output_names
    from molkit.pipeline.opened import open_scored
    from molkit.pipeline.reconstruct import drawn_rows
    from molkit.report.reconstruct_page import gather, reconstruct_page

    path, read = page_path(out), [table, model.path]
    check_free(path, overwrite, read)
    result = work(progress=progress)
    names = output_names(model.inputs[0])
    called = clash_names(open_scored((model,), table).names, names)
    found = gather(read_back(out)[0], [called[ANOMALY[0]], called["status"]])
    shown = [called[name] for name in names if name in (ERROR, *ANOMALY) or name.startswith("unusual_")]
    worst = [-entry[1] for entry in sorted(found.worst, reverse=True, key=lambda entry: entry[:2])[:_DRAWN]]
    numbers = list(dict.fromkeys([*range(1, min(_DRAWN, found.rows) + 1), *worst]))
    said = [("Table", [table.name]), ("Model", [model.path.name]), ("Notes", list(result.notes))]
    given = drawn_rows(model, table, numbers, inputs)
    text = reconstruct_page(f"Reconstruction of {table.name}", found, shown, said, given, model.bundle.card)
    write_page(path, text, overwrite, read)
    return replace(result, notes=(*result.notes, f"Page: {path}"))
