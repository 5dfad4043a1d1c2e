"""Every command with its options. The work is in `molkit.pipeline`; see each command's module."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Molecular property models that account for every row.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

Out = Annotated[Path, typer.Option("-o", "--out", help="The file to write.")]
OptionalOut = Annotated[Path | None, typer.Option("-o", "--out", help="The file to write.")]
Smiles = Annotated[
    str | None, typer.Option("-s", "--smiles-column", help="The structure column, if looking does not find it.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Worker processes; 0 means one per processor.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Mixtures = Annotated[
    str, typer.Option("--mixtures", help="Several organic fragments: reject the row, or take the largest.")
]


@app.command()
def train(
    table: Annotated[Path, typer.Argument(help="A table with structures and measured values.")],
    target: Annotated[
        list[str] | None, typer.Option("-t", "--target", help="A column to predict; may be given several times.")
    ] = None,
    out: OptionalOut = None,
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file of run options.")] = None,
    smiles_column: Smiles = None,
    task: Annotated[str | None, typer.Option("--task", help="regression or binary, if looking is wrong.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the values, kept with the model.")] = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Model log10 of the values.")] = None,
    relation: Annotated[str | None, typer.Option("--relation", help="Column of relation signs such as > or <.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of row weights.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that no split may cross.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Column of compound names.")] = None,
    split_column: Annotated[
        str | None, typer.Option("--split-column", help="Column that says train, valid or test.")
    ] = None,
    learner: Annotated[
        list[str] | None, typer.Option("--learner", help="boosting, forest or dmpnn; all are combined by default.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="scaffold, random, group or none.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of every random choice.")] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Most epochs of the network.")] = None,
    mixtures: Annotated[str | None, typer.Option("--mixtures", help="reject or largest.")] = None,
    without_structures: Annotated[
        bool, typer.Option("--without-structures", help="Leave the training structures out of the model file.")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot/--no-plot", help="Draw predicted against measured.")] = True,
    overwrite: Overwrite = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=0, help="Worker processes; 0 means one per processor.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train, score and save a model from a table."""
    from molkit.cli.training import run_train

    options = {
        "targets": tuple(target) if target else None,
        "smiles_column": smiles_column,
        "task": task,
        "unit": unit,
        "log": log,
        "relation": relation,
        "weight": weight,
        "group": group,
        "id": id,
        "split_column": split_column,
        "learners": tuple(learner) if learner else None,
        "split": split,
        "seed": seed,
        "epochs": epochs,
        "mixtures": mixtures,
        "with_structures": False if without_structures else None,
        "workers": workers,
    }
    run_train(table, out, config, options, plot=plot, overwrite=overwrite, quiet=quiet, as_json=json)


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A .molkit file.")],
    table: Annotated[str, typer.Argument(help="A table, or one SMILES.")],
    out: OptionalOut = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Groups of columns, such as pred,status or default,alerts.")
    ] = None,
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score a table (every row comes back) or one SMILES."""
    from molkit.cli.scoring import run_predict

    run_predict(
        model, table, out, columns, smiles_column, overwrite=overwrite, workers=workers, quiet=quiet, as_json=json
    )


@app.command()
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


@app.command()
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


@app.command()
def split(
    table: Annotated[Path, typer.Argument(help="A table with structures.")],
    out: Out,
    method: Annotated[str, typer.Option("--split", help="scaffold, random or group.")] = "scaffold",
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that no split may cross.")] = None,
    fractions: Annotated[str, typer.Option("--fractions", help="Shares of train, valid and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the split.")] = 0,
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write a column that says train, valid or test beside every row."""
    from molkit.cli.splitting import run_split

    run_split(
        table, out, method, group, fractions, seed, smiles_column,
        overwrite=overwrite, workers=workers, quiet=quiet, as_json=json,
    )  # fmt: skip


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("-o", "--out", help="The folder to write into.")] = Path("molkit-demo"),
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Train on the shipped solubility table and score the shipped list of drugs."""
    from molkit.cli.demo import run_demo

    run_demo(folder, overwrite, quiet)


@app.command()
def card(model: Annotated[Path, typer.Argument(help="A .molkit file.")], json: Json = False) -> None:
    """Print the model card of a model file."""
    from molkit.bundle import read_bundle
    from molkit.cli.output import print_json

    bundle = read_bundle(model)
    if json:
        print_json({**bundle.model, "sha256": bundle.sha256})
    else:
        print(bundle.card)


@app.command()
def doctor() -> None:
    """Say what this installation has and whether it works."""
    from molkit.cli.doctor import run_doctor

    raise typer.Exit(run_doctor())


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> Any:
    """Molecular property models that account for every row."""
    if show:
        from molkit import __version__

        print(f"molkit {__version__}")
        raise typer.Exit
