"""`molkit prepare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Json, Mixtures, Overwrite, Quiet, Smiles, Workers


def prepare(
    table: Annotated[
        Path, typer.Argument(metavar="LIBRARY", help="A table (.smi, .csv, .sdf, .parquet, .gz) or a folder of tables.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write.")],
    model: Annotated[
        list[Path] | None,
        typer.Option(
            "-m",
            "--model",
            help="A .molkit file or ADMET endpoint (hERG) that is to read the library; several times.",
        ),
    ] = None,
    mixtures: Mixtures = "reject",
    exact: Annotated[
        bool, typer.Option("--exact", help="Keep all stereoisomers, also where the models' own check finds no need.")
    ] = False,
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Keep standardised structures and features of a library, to screen it again without reading them.

    Without --model, graphs and fingerprints are kept, which networks and `molkit similar` need. A killed run goes
    on when it is repeated.
    """
    from functools import partial

    from molkit.cli.models import model_path
    from molkit.cli.output import run_table
    from molkit.errors import InputError
    from molkit.screening.prepare import prepare_library
    from molkit.screening.recipe import choose_recipe

    if model and mixtures != "reject":
        raise InputError("--mixtures: a model says itself how mixtures are read; leave the option out with --model")
    work = partial(
        prepare_library,
        table,
        out,
        choose_recipe([model_path(one) for one in model or ()], mixtures, exact),
        smiles_column=smiles_column,
        overwrite=overwrite,
        workers=workers,
    )
    run_table(work, out, quiet, json)
