"""Every command with its options. The work is in `molkit.pipeline`; see each command's module."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from molkit.cli.data import commands as data_commands
from molkit.cli.options import Exact, Json, OptionalOut, Overwrite, Quiet, Smiles, Workers
from molkit.cli.preparing import prepare
from molkit.cli.similarity import similar
from molkit.cli.tables import describe, split, standardize

app = typer.Typer(
    help="Molecular property models that account for every row.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.add_typer(data_commands, name="data")
for command in (standardize, describe, split, prepare, similar):
    app.command()(command)


@app.command()
def train(
    table: Annotated[Path, typer.Argument(help="A table with structures and measured values.")],
    targets: Annotated[
        list[str] | None, typer.Option("-t", "--target", help="A column to predict; may be given several times.")
    ] = None,
    out: OptionalOut = None,
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file of run options.")] = None,
    smiles_column: Smiles = None,
    task: Annotated[str | None, typer.Option("--task", help="regression or binary, if looking is wrong.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the values, kept with the model.")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="The score that matters, such as MAE, Spearman or PR-AUC.")
    ] = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Model log10 of the values.")] = None,
    relation: Annotated[str | None, typer.Option("--relation", help="Column of relation signs such as > or <.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of row weights.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that no split may cross.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of dates or numbers, for --split time.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Column of compound names.")] = None,
    split_column: Annotated[
        str | None, typer.Option("--split-column", help="Column that says train, valid or test.")
    ] = None,
    split_file: Annotated[str | None, typer.Option("--split-file", help="A split saved by `molkit split`.")] = None,
    learners: Annotated[
        list[str] | None,
        typer.Option(
            "--learner", help="auto, or any of boosting, forest, linear, dmpnn, gin, gat, attentivefp; several combine."
        ),
    ] = None,
    fold_models: Annotated[int | None, typer.Option("--fold-models", help="Models of each learner.")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Core-minutes to spend; fewer models for less.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", help="scaffold, random, stratified, butina, dissimilarity, time, group or none (all rows)."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option("--folds", help="Score by that many outer folds.")] = None,
    repeats: Annotated[int | None, typer.Option("--repeats", help="Score with that many seeds.")] = None,
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
    given = locals()
    from molkit.cli.training import run_train
    from molkit.config import RunConfig

    options = {field.name: given[field.name] for field in fields(RunConfig) if field.name in given}
    if without_structures:
        options["with_structures"] = False
    run_train(table, out, config, options, plot=plot, overwrite=overwrite, quiet=quiet, as_json=json)


@app.command()
def predict(
    files: Annotated[
        list[str],
        typer.Argument(metavar="MODEL... TABLE", help=".molkit files, then a table, a folder of tables or one SMILES."),
    ],
    out: OptionalOut = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Groups of columns, such as pred,status or default,alerts.")
    ] = None,
    smiles_column: Smiles = None,
    exact: Exact = False,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score a table (every row comes back) or one SMILES; a killed run goes on when it is repeated."""
    from molkit.cli.scoring import run_predict
    from molkit.errors import InputError

    if len(files) < 2:
        raise InputError("expected one or more model files, then a table or a SMILES")
    run_predict(
        [Path(model) for model in files[:-1]],
        files[-1],
        out,
        columns,
        smiles_column,
        exact=exact,
        overwrite=overwrite,
        workers=workers,
        quiet=quiet,
        as_json=json,
    )


@app.command()
def screen(
    library: Annotated[
        str,
        typer.Argument(help="Structures: a table (.smi, .csv, .sdf, .parquet, .gz), a folder, or a prepared library."),
    ],
    model: Annotated[list[Path], typer.Option("-m", "--model", help="A .molkit file; may be given several times.")],
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
    exact: Annotated[bool, typer.Option("--exact", help="No reduced precision and no shortcuts.")] = False,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write a page with drawings.")] = True,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Rank a library and write the best as a table, an SD file and a page with drawings."""
    from molkit.cli.screening import run_screen
    from molkit.screening.screen import ScreenOptions

    options = ScreenOptions(
        tuple(model), top, tuple(want or ()), rank, rank_by, lowest, diverse, reference, alerts, smiles_column,
        exact, workers,
    )  # fmt: skip
    run_screen(library, out, options, html=html, overwrite=overwrite, quiet=quiet, as_json=json)


@app.command()
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="[MODEL] TABLE", help="A table with measured values and predictions, or a model first."),
    ],
    target: Annotated[
        list[str] | None, typer.Option("-t", "--target", help="A measured column; may be given several times.")
    ] = None,
    prediction: Annotated[
        str | None, typer.Option("--prediction", help="The column of predictions, if not TARGET_pred.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="What is called positive; else the model's, or 0.5.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="regression, binary or multiclass, if looking is wrong.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the values.")] = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Score log10 of values and predictions.")] = None,
    group: Annotated[
        str | None, typer.Option("--group", help="Column of series to score within; else scaffolds are.")
    ] = None,
    smiles_column: Smiles = None,
    out: OptionalOut = None,
    plots: Annotated[Path | None, typer.Option("--plots", help="A folder to draw into.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the intervals.")] = 0,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score predictions against measured values, with intervals."""
    from molkit.cli.evaluating import run_evaluate
    from molkit.pipeline.scored import EvaluateOptions

    options = EvaluateOptions(
        tuple(target or ()), prediction, threshold, task, unit, log, group, smiles_column, seed, workers
    )
    run_evaluate(files, options, out, plots, overwrite=overwrite, quiet=quiet, as_json=json)


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
def tdc(
    folder: Annotated[Path, typer.Argument(help="A folder per set, each with train_val.csv and test.csv.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write into; runs that are done stay.")],
    sets: Annotated[str | None, typer.Option("--sets", help="Some of the sets, by comma.")] = None,
    seeds: Annotated[str, typer.Option("--seeds", help="Seeds, by comma.")] = "1,2,3,4,5",
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file of run options.")] = None,
    learner: Annotated[list[str] | None, typer.Option("--learner", help="As for train.")] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Most epochs of the network.")] = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score the ADMET sets of Therapeutics Data Commons: official parts, several seeds, mean and spread."""
    from molkit.cli.tdc import run_tdc

    options = {"learners": tuple(learner) if learner else None, "epochs": epochs, "workers": workers}
    run_tdc(folder, out, sets, seeds, config, options, quiet=quiet, as_json=json)


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
