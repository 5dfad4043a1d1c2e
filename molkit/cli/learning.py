"""`molkit train` and `molkit evaluate` with their options; the work is in `training.py` and `evaluating.py`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Json, Measured, OptionalOut, Overwrite, Quiet, Relation, Smiles, Task, Unit, Workers


def train(
    table: Annotated[Path, typer.Argument(help="A table with structures and measured values.")],
    targets: Annotated[
        list[str] | None, typer.Option("-t", "--target", help="A column to predict; may be given several times.")
    ] = None,
    out: OptionalOut = None,
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file of run options.")] = None,
    smiles_column: Smiles = None,
    task: Task = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the values, kept with the model.")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="The score that matters, such as MAE, Spearman or PR-AUC.")
    ] = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Model log10 of the values.")] = None,
    relation: Relation = None,
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
            "--learner",
            help="auto, or any of boosting, forest, linear, dmpnn, gin, gat, attentivefp, gru; several combine.",
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
    augment: Annotated[
        list[str] | None,
        typer.Option(
            "--augment", help="none, or any of mask, drop, smiles, mixup: changes training batches of networks."
        ),
    ] = None,
    mixtures: Annotated[str | None, typer.Option("--mixtures", help="reject or largest.")] = None,
    max_spread: Annotated[
        float | None,
        typer.Option("--max-spread", help="Leave out compounds whose repeated values lie farther apart; see check."),
    ] = None,
    without_structures: Annotated[
        bool, typer.Option("--without-structures", help="Leave the training structures out of the model file.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--source", help="Where the measured values come from, for the model card.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", help="What may be done with them, for the model card.")
    ] = None,
    plot: Annotated[bool, typer.Option("--plot/--no-plot", help="Draw predicted against measured.")] = True,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write a page about the model beside it.")] = True,
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
    run_train(table, out, config, options, plot=plot, html=html, overwrite=overwrite, quiet=quiet, as_json=json)


def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="[MODEL] TABLE", help="A table with measured values and predictions, or a model first."),
    ],
    target: Measured = None,
    prediction: Annotated[
        str | None, typer.Option("--prediction", help="The column of predictions, if not TARGET_pred.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="What is called positive; else the model's, or 0.5.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="regression, binary or multiclass, if looking is wrong.")
    ] = None,
    unit: Unit = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Score log10 of values and predictions.")] = None,
    group: Annotated[
        str | None, typer.Option("--group", help="Column of series to score within; else scaffolds are.")
    ] = None,
    smiles_column: Smiles = None,
    level: Annotated[
        int | None, typer.Option("--level", help="Percent that the model's intervals and sets cover; else 90.")
    ] = None,
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
        tuple(target or ()), prediction, threshold, task, unit, log, group, smiles_column, level, seed, workers
    )
    run_evaluate(files, options, out, plots, overwrite=overwrite, quiet=quiet, as_json=json)
