"""`molkit generate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molkit.cli.options import Json, Out, Overwrite, Quiet, Workers

if TYPE_CHECKING:
    from molkit.generation.generate import Generated


def generate(
    autoencoder: Annotated[Path, typer.Argument(metavar="AUTOENCODER", help="A .molkit file of `molkit autoencode`.")],
    out: Out,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many molecules.")] = 100,
    near: Annotated[str | None, typer.Option("--near", help="A hit, as SMILES, to explore around.")] = None,
    min_similarity: Annotated[
        float, typer.Option("--min-similarity", min=0.0, max=1.0, help="The least similarity to the hit.")
    ] = 0.4,
    max_similarity: Annotated[
        float, typer.Option("--max-similarity", min=0.0, max=1.0, help="The greatest similarity to the hit.")
    ] = 1.0,
    max_alerts: Annotated[int | None, typer.Option("--max-alerts", min=0, help="Most structural alerts.")] = None,
    max_sa: Annotated[
        float | None, typer.Option("--max-sa", min=1.0, max=10.0, help="Greatest synthetic accessibility score.")
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option("-m", "--model", help="A .molkit file, or an ADMET endpoint such as hERG, that predicts."),
    ] = None,
    want: Annotated[
        list[str] | None,
        typer.Option("--want", help='Search for what is wanted of a model, such as "logS > -3"; several times.'),
    ] = None,
    rank_by: Annotated[str | None, typer.Option("--rank-by", help="Search for the highest of this target.")] = None,
    lowest: Annotated[bool, typer.Option("--lowest", help="Search for the lowest instead.")] = False,
    evaluations: Annotated[
        int, typer.Option("--evaluations", min=1, help="Molecules that a search may predict.")
    ] = 500,
    new_to: Annotated[
        Path | None, typer.Option("--new-to", help="A table of molecules that are not new either.")
    ] = None,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="Draw tokens at this temperature; 0 takes the likeliest.")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every random choice.")] = 0,
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write a page with drawings.")] = True,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write new molecules: drawn at random, around a hit (--near), or searched for by what models predict (--want).

    Each is standardised, in neither the training of the autoencoder nor --new-to, and given once, with flags and what
    the models say of it. Similarity is the Tanimoto coefficient of Morgan environments up to radius 2.
    """
    from molkit.cli.models import model_path
    from molkit.cli.output import listening, print_json, print_notes
    from molkit.errors import InputError
    from molkit.generation.checks import Limits
    from molkit.generation.generate import GenerateOptions, generate_table

    if min_similarity > max_similarity:
        raise InputError(f"--min-similarity {min_similarity:g} is above --max-similarity {max_similarity:g}")
    options = GenerateOptions(
        count, near, Limits((min_similarity, max_similarity), max_alerts, max_sa), tuple(map(model_path, model or ())),
        tuple(want or ()), rank_by, lowest, evaluations, new_to, temperature, seed, workers,
    )  # fmt: skip
    with listening(quiet) as progress:
        found = generate_table(
            autoencoder, out, options, overwrite=overwrite, page=_page(autoencoder) if html else None,
            progress=progress,
        )  # fmt: skip
    if json:
        print_json({"molecules": len(found), "counts": found.counts, "notes": found.notes, "out": str(out)})
        return
    print_notes(found.notes, quiet)
    if not quiet:
        _tell(found, out, html)


def _page(autoencoder: Path) -> Callable[[Generated], str]:
    from molkit.report.hits_page import hits_page

    def page(found: Generated) -> str:
        facts = [("What became of what was written", [_counts(found)]), ("Written by", [autoencoder.name])]
        facts += [("Notes", list(found.notes))] if found.notes else []
        return hits_page(f"{len(found):,} new molecules", facts, found.columns, found.drawings, found.flags)

    return page


def _counts(found: Generated) -> str:
    told = [f"{count:,} {reason}" for reason, count in found.counts.items() if count]
    return ", ".join([*told, f"{len(found):,} kept"])


def _tell(found: Generated, out: Path, html: bool) -> None:
    import sys

    from molkit.cli.output import printable

    print(_counts(found), file=sys.stderr)
    print(f"-> {printable(str(out))}{f', {printable(out.stem)}.html' if html else ''}")
