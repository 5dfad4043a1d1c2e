"""`molkit train`, `tune` and `evaluate` with their options; the work is in `training.py` and so on."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import (
    Config,
    FitWorkers,
    Fixed,
    Html,
    Inputs,
    Json,
    KeptUnit,
    Labelled,
    Learners,
    Measured,
    MetricName,
    OptionalOut,
    Overwrite,
    Plot,
    Predicted,
    Quiet,
    Reading,
    Relation,
    Seed,
    Smiles,
    SplitColumn,
    SplitName,
    Task,
    Unit,
    Workers,
)
from molkit.cli.told import read_fixed, read_reading


def train(
    table: Labelled,
    targets: Predicted = None,
    out: OptionalOut = None,
    config: Config = None,
    smiles_column: Smiles = None,
    inputs: Inputs = None,
    reading: Reading = None,
    task: Task = None,
    unit: KeptUnit = None,
    metric: MetricName = None,
    imbalance: Annotated[
        str | None,
        typer.Option(
            "--imbalance",
            help="How unbalanced classes are learned from: auto, none, class-weights, balanced-batches, focal, "
            "logit-adjusted, over or under.",
        ),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            "--threshold",
            help="What the stored threshold of classes serves: MCC, F1, balanced-accuracy, break-even (of precision "
            "and recall), cost=10 (a miss costs 10 false alarms), precision=0.8 or recall=0.9; half for 0.5.",
        ),
    ] = None,
    log: Annotated[bool | None, typer.Option("--log/--no-log", help="Model log10 of the values.")] = None,
    relation: Relation = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of row weights.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that no split may cross.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of dates or numbers, for --split time.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Column of compound names.")] = None,
    split_column: SplitColumn = None,
    split_file: Annotated[str | None, typer.Option("--split-file", help="A split saved by `molkit split`.")] = None,
    learners: Learners = None,
    fold_models: Annotated[
        int | None, typer.Option("--fold-models", help="Most folds; each has a model of every learner.")
    ] = None,
    ensemble_size: Annotated[
        int | None, typer.Option("--ensemble-size", help="Models of each learner: folds times seeds.")
    ] = None,
    combine: Annotated[
        str | None, typer.Option("--combine", help="Weights of learners: stack, mean, greedy or best (one alone).")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Core-minutes to spend, a number; fewer models for less.")
    ] = None,
    split: SplitName = None,
    folds: Annotated[int | None, typer.Option("--folds", help="Score by that many outer folds.")] = None,
    repeats: Annotated[int | None, typer.Option("--repeats", help="Score with that many seeds.")] = None,
    seed: Seed = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Most epochs of the network.")] = None,
    augment: Annotated[
        list[str] | None,
        typer.Option(
            "--augment",
            help="Changes training batches: mask, drop (networks on graphs), smiles (gru), image, flip (networks on "
            "images), mixup (any network); none.",
        ),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option("--from", help="An autoencoder or a model with a network (.molkit) whose encoder the run uses."),
    ] = None,
    pretrained_as: Annotated[
        str | None,
        typer.Option(
            "--from-as",
            help="weights: networks with this encoder begin with its weights (the usual where there are any); "
            "features: trees and linear models read its vectors beside their own features.",
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
    plot: Plot = True,
    html: Html = True,
    overwrite: Overwrite = False,
    workers: FitWorkers = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train, score and save a model from a table."""
    given = {**locals(), "reading": None if reading is None else read_reading(reading)}
    from molkit.cli.training import run_train
    from molkit.config import RunConfig

    options = {field.name: given[field.name] for field in fields(RunConfig) if field.name in given}
    if without_structures:
        options["with_structures"] = False
    run_train(table, out, config, options, plot=plot, html=html, overwrite=overwrite, quiet=quiet, as_json=json)


def tune(
    table: Labelled,
    targets: Predicted = None,
    out: OptionalOut = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", help="Time to search, as 90s, 20m or 2h; counted over repeated commands."),
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", help="Trials in all, over all learners.")] = None,
    config: Config = None,
    smiles_column: Smiles = None,
    inputs: Inputs = None,
    reading: Reading = None,
    task: Task = None,
    unit: KeptUnit = None,
    metric: MetricName = None,
    split_column: SplitColumn = None,
    learners: Learners = None,
    split: SplitName = None,
    seed: Seed = None,
    plot: Plot = True,
    html: Html = True,
    overwrite: Overwrite = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=0, help="Trials at a time; with 1 a search repeats exactly.")
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Search for the options of learners, then train with the best; a repeated command goes on.

    What is searched by is --metric, else RMSE for numbers and log loss for classes. Other options of a run, such as
    imbalance, threshold or weight, are taken from --config.
    """
    given = {**locals(), "reading": None if reading is None else read_reading(reading)}
    from molkit.cli.tuning import run_tune
    from molkit.config import RunConfig

    names = {field.name for field in fields(RunConfig)} - {"budget"}  # a plan's, in core-minutes
    options = {name: given[name] for name in names if name in given}
    run_tune(table, out, config, options, budget, trials, plot=plot, html=html, overwrite=overwrite, quiet=quiet,
             as_json=json)  # fmt: skip


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
    inputs: Inputs = None,
    fix: Fixed = None,
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
        tuple(target or ()), prediction, threshold, task, unit, log, group, smiles_column, tuple(inputs or ()),
        read_fixed(fix), level, seed, workers,
    )  # fmt: skip
    run_evaluate(files, options, out, plots, overwrite=overwrite, quiet=quiet, as_json=json)
