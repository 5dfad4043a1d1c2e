"""`molkit autoencode`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molkit.cli.options import Inputs, Json, Mixtures, OptionalOut, Overwrite, Quiet, Reading, Smiles, Workers


def autoencode(
    table: Annotated[
        Path, typer.Argument(metavar="LIBRARY", help="A table (.smi, .csv, .sdf, .parquet, .gz) of what to learn.")
    ],
    out: OptionalOut = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Of molecules selfies (usual), smiles or fingerprint; else what the input has."),
    ] = None,
    inputs: Inputs = None,
    reading: Reading = None,
    latent: Annotated[int, typer.Option("--latent", min=0, help="Numbers of a latent vector; 0 for the usual.")] = 0,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.0, help="Train for this long, whatever the epochs; 0 for no limit.")
    ] = 0.0,
    epochs: Annotated[
        int,
        typer.Option(
            "--epochs",
            min=0,
            help="How often all is trained on; 0 for the usual: 20 of selfies and smiles, else enough for 3,000 steps.",
        ),
    ] = 0,
    kl_weight: Annotated[
        float | None, typer.Option("--kl-weight", min=0.0, help="Weight of the divergence from N(0, 1).")
    ] = None,
    free_bits: Annotated[
        float | None, typer.Option("--free-bits", min=0.0, help="Nats of each latent dimension that cost nothing.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Read so many rows, chosen at random; 0 for all.")] = 0,
    mixtures: Mixtures = "reject",
    smiles_column: Smiles = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every random choice.")] = 0,
    source: Annotated[str | None, typer.Option("--source", help="Where the data come from, for the card.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="What may be done with them, for the card.")] = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Learn to write the things of a library as short vectors and back: for maps, novelty and new molecules.

    The model file serves `embed`, `generate`, `reconstruct` and `train --from`. With --epochs a run repeats exactly
    at an equal number of workers. A killed run goes on when it is repeated.
    """
    from molkit.cli.output import listening, print_json, print_notes, print_rejected, printable
    from molkit.cli.told import read_reading
    from molkit.config import config_from_dict
    from molkit.errors import InputError
    from molkit.pipeline.autoencode import autoencode_table
    from molkit.pipeline.autoencoder_plan import told_options

    given = {
        "inputs": tuple(inputs) if inputs else None, "reading": None if reading is None else read_reading(reading),
        "mixtures": mixtures, "smiles_column": smiles_column, "seed": seed, "source": source, "licence": licence,
        "workers": workers,
    }  # fmt: skip
    config = config_from_dict({name: value for name, value in given.items() if value is not None}, "options")
    out = out or Path(f"{table.name.removesuffix('.gz').rpartition('.')[0] or table.name}-autoencoder.molkit")
    if out.suffix != ".molkit":
        raise InputError(f"{out}: a model file is named NAME.molkit")
    options = told_options(latent, epochs, minutes, kl_weight, free_bits)
    with listening(quiet) as progress:
        result = autoencode_table(
            table, out, kind, options, config, rows=rows, overwrite=overwrite, progress=progress
        )  # fmt: skip
    if json:
        told = {name: result.content[name] for name in ("scores", "training")}
        print_json({"model": str(out), "sha256": result.sha256, **told, "notes": result.notes,
                    "rejected": result.rejected})  # fmt: skip
        return
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    for line in result.card.splitlines():
        if line.startswith("- ") and not quiet:
            print(printable(line.removeprefix("- ")))
    print(f"-> {printable(str(out))}")
