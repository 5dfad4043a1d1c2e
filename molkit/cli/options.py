"""Options that several commands share.

typer reads options from the parameters of a command, so a command's signature is as long as its list of options;
its body only hands them on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("-o", "--out", help="The file to write.")]
OptionalOut = Annotated[Path | None, typer.Option("-o", "--out", help="The file to write.")]
Smiles = Annotated[
    str | None, typer.Option("-s", "--smiles-column", help="The structure column, if looking does not find it.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        help="What is read of a row, NAME=COLUMN, several times: drug=smiles, protein=sequence (or protein=ID@FASTA),"
        " image=path, record=@EVENTS, signal=path, table=COLUMN,COLUMN; NAME:KIND=COLUMN for other names.",
    ),
]
Fixed = Annotated[
    list[str] | None,
    typer.Option("--fix", help="What is the same for all rows, NAME=VALUE or NAME=FILE, such as protein=p.fasta."),
]
Reading = Annotated[
    list[str] | None,
    typer.Option("--reading", help="How an input is read, NAME.OPTION=VALUE, such as image.size=128; several times."),
]
Measured = Annotated[
    list[str] | None, typer.Option("-t", "--target", help="A measured column; may be given several times.")
]
Task = Annotated[str | None, typer.Option("--task", help="regression, binary or multiclass, if looking is wrong.")]
Unit = Annotated[str | None, typer.Option("--unit", help="Unit of the values.")]
Relation = Annotated[str | None, typer.Option("--relation", help="Column of relation signs such as > or <.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Exact = Annotated[
    bool, typer.Option("--exact", help="Single precision and all stereoisomers, whatever the model's check allows.")
]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Worker processes; 0 means one per processor.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Mixtures = Annotated[
    str, typer.Option("--mixtures", help="Several organic fragments: reject the row, or take the largest.")
]

# what commands that train share
Labelled = Annotated[Path, typer.Argument(help="A table with structures and measured values.")]
Predicted = Annotated[
    list[str] | None, typer.Option("-t", "--target", help="A column to predict; may be given several times.")
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A TOML file of run options, those of learners among them.")
]
KeptUnit = Annotated[str | None, typer.Option("--unit", help="Unit of the values, kept with the model.")]
MetricName = Annotated[
    str | None, typer.Option("--metric", help="The score that matters, such as MAE, Spearman or PR-AUC.")
]
SplitColumn = Annotated[str | None, typer.Option("--split-column", help="Column that says train, valid or test.")]
Learners = Annotated[
    list[str] | None,
    typer.Option(
        "--learner",
        help="auto, or any of boosting, forest, linear, dmpnn, gin, gat, attentivefp, gru and other networks (see the "
        "README); networks of several inputs join with +, as in dmpnn+residue-cnn; several combine.",
    ),
]
SplitName = Annotated[
    str | None,
    typer.Option(
        "--split",
        help="scaffold, random, stratified, butina, dissimilarity, time, group, none (all rows); of pairs cold-NAME "
        "and cold-both.",
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of every random choice.")]
Plot = Annotated[bool, typer.Option("--plot/--no-plot", help="Draw predicted against measured.")]
Html = Annotated[bool, typer.Option("--html/--no-html", help="Write a page about the model beside it.")]
FitWorkers = Annotated[
    int | None, typer.Option("--workers", min=0, help="Worker processes; 0 means one per processor.")
]
