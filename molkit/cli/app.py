"""Every command with its options. The work is in `molkit.pipeline`; see each command's module."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from molkit.cli.applying import admet, embed, predict, screen
from molkit.cli.autoencoding import autoencode
from molkit.cli.checking import check
from molkit.cli.data import commands as data_commands
from molkit.cli.generating import generate
from molkit.cli.joining import join
from molkit.cli.learning import evaluate, train, tune
from molkit.cli.options import Json, Overwrite, Quiet, Workers
from molkit.cli.preparing import prepare
from molkit.cli.reconstructing import reconstruct
from molkit.cli.recording import records
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
for command in (
    check,
    train,
    tune,
    evaluate,
    predict,
    embed,
    admet,
    screen,
    standardize,
    describe,
    split,
    join,
    prepare,
    records,
    reconstruct,
    similar,
    autoencode,
    generate,
):
    app.command()(command)


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
def card(
    model: Annotated[Path, typer.Argument(help="A .molkit file, or an ADMET endpoint such as hERG.")],
    json: Json = False,
) -> None:
    """Print the model card of a model file."""
    from molkit.bundle import read_bundle
    from molkit.cli.models import model_path
    from molkit.cli.output import print_json

    bundle = read_bundle(model_path(model))
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
