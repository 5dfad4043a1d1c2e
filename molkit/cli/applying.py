"""`molkit predict`, `embed`, `admet` and `screen` with their options; the work is in `scoring.py`, `embedding.py`,
`profiling.py` and `screening.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Exact, Fixed, Inputs, Json, OptionalOut, Overwrite, Quiet, Smiles, Workers
from molkit.cli.told import read_fixed


def predict(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL... TABLE",
            help=".molkit files or ADMET endpoints (hERG), then a table, a folder of tables or one SMILES.",
        ),
    ],
    out: OptionalOut = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Groups of columns, such as pred,status or default,alerts.")
    ] = None,
    smiles_column: Smiles = None,
    level: Annotated[int, typer.Option("--level", help="Percent of the values that intervals and sets cover.")] = 90,
    prevalence: Annotated[
        list[str] | None,
        typer.Option(
            "--prevalence",
            help="Share of positives to expect, if not that of training: 0.02, or TARGET=0.02 for one of several.",
        ),
    ] = None,
    inputs: Inputs = None,
    fix: Fixed = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            help="Print why the model says what it says of one patient of the table: a subject, an id, or a row.",
        ),
    ] = None,
    novelty: Annotated[
        Path | None,
        typer.Option("--novelty", help="An autoencoder (molkit autoencode): how unlike its library each structure is."),
    ] = None,
    exact: Exact = False,
    html: Annotated[bool, typer.Option("--html", help="Also write a page with drawings, OUT.html.")] = False,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score a table (every row comes back) or one SMILES; a killed run goes on when it is repeated."""
    from molkit.cli.models import model_path
    from molkit.cli.scoring import run_predict
    from molkit.errors import InputError

    if len(files) < 2:
        raise InputError("expected one or more model files, then a table or a SMILES")
    models, table = [model_path(model) for model in files[:-1]], files[-1]
    if explain is not None:
        from molkit.cli.explaining import run_explain

        if out is not None or html:
            raise InputError("--explain prints what it finds; leave out -o and --html")
        if novelty is not None:
            raise InputError("--explain is for patients, --novelty for molecules; leave one of them out")
        run_explain(models, table, explain, inputs or (), level, json)
        return
    run_predict(
        models,
        table,
        out,
        columns,
        smiles_column,
        level,
        prevalence or (),
        inputs=inputs or (),
        fixed=read_fixed(fix),
        novelty=novelty,
        exact=exact,
        overwrite=overwrite,
        workers=workers,
        quiet=quiet,
        as_json=json,
        html=html,
    )


def embed(
    model: Annotated[Path, typer.Argument(help="A .molkit file with a network, or an ADMET endpoint (hERG).")],
    table: Annotated[str, typer.Argument(help="A table, or a folder of tables.")],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The file to write: .parquet, .csv or another table, .npy or .npz."),
    ],
    map_path: Annotated[
        Path | None,
        typer.Option("--map", help="Also draw the rows in a plane: .png, .svg, .pdf, or a page, .html."),
    ] = None,
    color: Annotated[
        str | None,
        typer.Option("--color", help="A column of the table, or a target of the model, that colours the map."),
    ] = None,
    learner: Annotated[
        str | None, typer.Option("--learner", help="The network that encodes, if the model has several.")
    ] = None,
    fold: Annotated[
        str, typer.Option("--fold", help="The fold model that encodes, from 1; all puts their vectors side by side.")
    ] = "1",
    smiles_column: Smiles = None,
    inputs: Inputs = None,
    fix: Fixed = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the map.")] = 0,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the vectors that a model's encoder makes of every row, and a map; a killed run goes on when it is repeated.

    The vectors of fold models cannot be averaged, as each has axes of its own.
    """
    from molkit.cli.embedding import run_embed
    from molkit.cli.models import model_path

    run_embed(
        model_path(model), table, out, map_path, color, learner, fold, smiles_column, inputs or (), read_fixed(fix),
        seed, overwrite=overwrite, workers=workers, quiet=quiet, as_json=json,
    )  # fmt: skip


def admet(
    library: Annotated[
        str, typer.Argument(metavar="TABLE-OR-SMILES", help="A table, a folder of tables, or one SMILES.")
    ],
    out: OptionalOut = None,
    endpoints: Annotated[
        str | None, typer.Option("--endpoints", help="Some of the endpoints or sections, such as hERG,Metabolism.")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="A row for each structure and endpoint.")] = False,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Write only so many rows: fewest unwelcome endpoints first.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Also write a page with profile charts, OUT.html.")] = False,
    smiles_column: Smiles = None,
    level: Annotated[int, typer.Option("--level", help="Percent of the values that intervals and sets cover.")] = 90,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """ADMET profile of a table or one SMILES by the shipped models: 22 endpoints, properties, rules, alerts."""
    from molkit.cli.profiling import run_admet

    run_admet(
        library, out, endpoints, long=long, top=top, html=html, smiles_column=smiles_column, level=level,
        overwrite=overwrite, workers=workers, quiet=quiet, as_json=json,
    )  # fmt: skip


def screen(
    library: Annotated[
        str,
        typer.Argument(help="Structures: a table (.smi, .csv, .sdf, .parquet, .gz), a folder, or a prepared library."),
    ],
    model: Annotated[
        list[Path],
        typer.Option("-m", "--model", help="A .molkit file, or an ADMET endpoint such as hERG; several times."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The table of hits; .sdf and .html come beside it.")],
    top: Annotated[int, typer.Option("--top", min=1, help="How many hits.")] = 100,
    want: Annotated[
        list[str] | None,
        typer.Option("--want", help='A limit, such as "logS > -4", "logS between -5 and -2" or "p_np = 1".'),
    ] = None,
    rank: Annotated[
        str,
        typer.Option(
            "--rank", help="prediction, bound (the unfavourable interval end) or probability (of the limits)."
        ),
    ] = "prediction",
    rank_by: Annotated[str | None, typer.Option("--rank-by", help="The one target that decides the order.")] = None,
    lowest: Annotated[bool, typer.Option("--lowest", help="Lowest values first.")] = False,
    diverse: Annotated[
        str | None, typer.Option("--diverse", help="Hits unlike each other, from many good rows: maxmin or butina.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Known actives; the nearest one stands beside each hit.")
    ] = None,
    alerts: Annotated[
        Path | None, typer.Option("--alerts", help="Patterns of your own to flag: lines of a name and a SMARTS.")
    ] = None,
    smiles_column: Smiles = None,
    inputs: Inputs = None,
    fix: Fixed = None,
    exact: Annotated[bool, typer.Option("--exact", help="No reduced precision and no shortcuts.")] = False,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write a page with drawings.")] = True,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Rank a library and write the best as a table, an SD file and a page with drawings."""
    from molkit.cli.models import model_path
    from molkit.cli.screening import run_screen
    from molkit.screening.screen import ScreenOptions

    options = ScreenOptions(
        tuple(map(model_path, model)), top, tuple(want or ()), rank, rank_by, lowest, diverse, reference, alerts,
        smiles_column, exact, workers, inputs=tuple(inputs or ()), fixed=read_fixed(fix),
    )  # fmt: skip
    run_screen(library, out, options, html=html, overwrite=overwrite, quiet=quiet, as_json=json)
