"""`molkit similar`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molkit.cli.options import Json, OptionalOut, Overwrite, Quiet, Smiles, Workers

if TYPE_CHECKING:
    from molkit.screening.similar import SimilarResult


def similar(
    query: Annotated[str, typer.Argument(help="A SMILES, or a table or folder of query structures.")],
    library: Annotated[
        Path, typer.Argument(help="A table (.smi, .csv, .sdf, .parquet, .gz), a folder of them, or a prepared library.")
    ],
    out: OptionalOut = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Most hits for each query.")] = 10,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0.0, max=1.0, help="The least similarity of a hit.")
    ] = 0.0,
    smiles_column: Smiles = None,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find the library structures most similar to one or many queries.

    Similarity is the Tanimoto coefficient of molkit's own fingerprints of standardised structures: Morgan
    environments up to radius 2 with chirality, folded to 2,048 bits, as present or absent.
    """
    from molkit.cli.output import listening, print_json
    from molkit.data.sniff import suffix_format
    from molkit.errors import InputError, NothingDone
    from molkit.screening.similar import find_similar, similar_table

    asked: Path | list[str] = Path(query) if _is_there(query) else [query]
    if isinstance(asked, list) and suffix_format(Path(query))[0] is not None:
        raise InputError(f"{query}: there is no such table")
    with listening(quiet) as progress:
        if out is None:
            result = find_similar(asked, library, top=top, threshold=threshold, smiles_column=smiles_column,
                                  workers=workers, progress=progress)  # fmt: skip
        else:
            result = similar_table(asked, library, out, overwrite=overwrite, top=top, threshold=threshold,
                                   smiles_column=smiles_column, workers=workers, progress=progress)  # fmt: skip
    if json:
        print_json(_summary(result, out))
    else:
        _tell(result, out, quiet)
    if not result.statuses.get("ok"):
        raise NothingDone(f"none of the {sum(result.statuses.values()):,} rows of {library} holds a readable structure")


def _is_there(text: str) -> bool:
    """Whether a text names a file or folder, which is then never read as a SMILES."""
    try:
        return Path(text).is_file() or Path(text).is_dir()
    except (OSError, ValueError):  # a SMILES can be too long for a file name
        return False


def _summary(result: SimilarResult, out: Path | None) -> dict[str, object]:
    hits = [dict(zip(result.columns, row, strict=True)) for row in zip(*result.columns.values(), strict=True)]
    return {
        "rows": sum(result.statuses.values()),
        "statuses": result.statuses,
        "queries": sum(result.query_statuses.values()),
        "query_statuses": result.query_statuses,
        "query_problems": result.query_problems,
        "hits": result.hits,
        "notes": result.notes,
        **({"out": str(out)} if out else {"found": hits}),
    }


def _tell(result: SimilarResult, out: Path | None, quiet: bool) -> None:
    """Hits on standard output if they are written nowhere, and what became of rows and queries."""
    import sys

    from molkit.cli.output import print_notes, printable

    if out is None:
        names = list(result.columns)
        print("\t".join(printable(name) for name in names))
        for row in zip(*result.columns.values(), strict=True):
            print("\t".join("" if cell is None else printable(str(cell)) for cell in row))
    if quiet:
        return
    more = len(result.query_problems) - 10
    said = [f"... and {more:,} more queries that cannot be read"] if more > 0 else []
    print_notes([*result.notes, *result.query_problems[:10], *said], quiet)
    for what, statuses in (("queries", result.query_statuses), ("rows", result.statuses)):
        counts = " + ".join(f"{count:,} {status}" for status, count in statuses.items() if count)
        print(f"{what} {sum(statuses.values()):,} = {counts or 'none'}", file=sys.stderr)
    print(f"{result.hits:,} hits{f' -> {printable(str(out))}' if out else ''}", file=sys.stderr)
