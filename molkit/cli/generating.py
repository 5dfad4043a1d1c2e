"""`molkit generate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        float | None,
        typer.Option("--min-similarity", min=0.0, max=1.0, help="The least similarity to the hit; 0.4 if not given."),
    ] = None,
    max_similarity: Annotated[
        float | None, typer.Option("--max-similarity", min=0.0, max=1.0, help="The greatest similarity to the hit.")
    ] = None,
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
    lowest: Annotated[bool, typer.Option("--lowest", help="Search for the lowest instead of the highest.")] = False,
    evaluations: Annotated[
        int, typer.Option("--evaluations", min=1, help="Molecules that a search may predict.")
    ] = 500,
    new_to: Annotated[
        Path | None, typer.Option("--new-to", help="A table of molecules that are not new either.")
    ] = None,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, max=10.0, help="Draw tokens so; 0 takes the likeliest.")
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
    from molkit.generation.generate import generate_files
    from molkit.generation.options import GenerateOptions, Limits

    if near is None and not min_similarity is max_similarity is None:
        raise InputError("--min-similarity and --max-similarity are those to a hit; name it with --near")
    usual = Limits()
    low = usual.similarity[0] if min_similarity is None else min_similarity
    high = usual.similarity[1] if max_similarity is None else max_similarity
    options = GenerateOptions(
        count, near, Limits((low, high), max_alerts, max_sa), tuple(map(model_path, model or ())), tuple(want or ()),
        rank_by, lowest, evaluations, new_to, temperature, seed, workers,
    )  # fmt: skip
    with listening(quiet) as progress:
        found, files = generate_files(
            autoencoder, out, options, overwrite=overwrite, page=_page(autoencoder) if html else None,
            progress=progress,
        )  # fmt: skip
    if json:
        print_json({"molecules": len(found), "written": found.written, "fates": found.fates, "notes": found.notes,
                    "ranking": found.ranking, "files": [str(file) for file in files]})  # fmt: skip
        return
    print_notes([*found.notes, *found.ranking], quiet)
    _tell(found, files, quiet)


def _page(autoencoder: Path) -> Callable[[Generated], str]:
    from molkit.engine.flags import FLAGS
    from molkit.report.hits_page import FLAG_WORDS, hits_page
    from molkit.screening.hits import aside_names

    def page(found: Generated) -> str:
        shown = {name: values for name, values in found.columns.items() if any(value is not None for value in values)}
        told = {
            "Written by": [autoencoder.name],
            "What became of what was written": [found.sentence],
            "Ranking": found.ranking,
            "Models": found.models,
            "Flags": [FLAG_WORDS],
            "Notes": found.notes,
        }
        facts = [(name, own) for name, own in told.items() if own]
        hidden = {"inchikey", *(["status"] if set(shown.get("status", ())) == {"ok"} else [])}
        columns = {name: values for name, values in shown.items() if name not in hidden}
        flags = [name for name in FLAGS if name in columns]
        return hits_page(f"{len(found):,} new molecules", facts, columns, found.drawings, flags, aside_names(columns))

    return page


def _tell(found: Generated, files: Sequence[Path], quiet: bool) -> None:
    import sys

    from molkit.cli.output import printable

    if quiet:
        return
    print(found.sentence, file=sys.stderr)
    for file in files:
        print(f"-> {printable(str(file))}", file=sys.stderr)
