"""Commands that write a table beside a table: standardize, describe, split."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Json, Mixtures, Out, Overwrite, Quiet, Smiles, Workers


def standardize(
    table: Annotated[Path, typer.Argument(help="A table with structures.")],
    out: Out,
    mixtures: Mixtures = "reject",
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the standardised structure, InChIKey and what was changed beside every row."""
    from molkit.cli.output import run_table
    from molkit.pipeline.describe import standardise_table

    work = partial(standardise_table, table, out, mixtures, smiles_column, overwrite=overwrite, workers=workers)
    run_table(work, out, quiet, json)


def describe(
    table: Annotated[Path, typer.Argument(help="A table with structures.")],
    out: Out,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Also the Morgan counts, one column each.")
    ] = False,
    mixtures: Mixtures = "reject",
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write physico-chemical descriptors beside every row."""
    from molkit.cli.output import run_table
    from molkit.pipeline.describe import describe_table

    options = (table, out, fingerprint, mixtures, smiles_column)
    run_table(partial(describe_table, *options, overwrite=overwrite, workers=workers), out, quiet, json)


def split(
    table: Annotated[Path, typer.Argument(help="A table with structures.")],
    out: Out,
    method: Annotated[
        str,
        typer.Option(
            "--split", "--method", help="scaffold, random, stratified, butina, dissimilarity, time, group or none."
        ),
    ] = "scaffold",
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", help="A measured column, for stratified, and so that parts hold both classes."),
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that no split may cross.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of ISO dates or numbers, for time.")] = None,
    fractions: Annotated[str, typer.Option("--fractions", help="Shares of train, valid and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the split.")] = 0,
    folds: Annotated[int, typer.Option("--folds", help="Write the fold, 1 to this, instead of the part.")] = 0,
    repeats: Annotated[int, typer.Option("--repeats", help="Columns of this many seeds, from --seed on.")] = 1,
    save: Annotated[
        Path | None, typer.Option("--save", help="Also write the split by compound, to be used again.")
    ] = None,
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write a column that says train, valid or test, or the fold, beside every row."""
    from molkit.cli.splitting import run_split

    run_split(
        table, out, method, target or [], group, time, fractions, seed, folds, repeats, save, smiles_column,
        overwrite=overwrite, workers=workers, quiet=quiet, as_json=json,
    )  # fmt: skip
