"""`molkit split`."""

from __future__ import annotations

from pathlib import Path

from molkit.cli.output import listening, print_json, print_notes, print_rejected
from molkit.errors import InputError
from molkit.pipeline.checks import check_fractions
from molkit.pipeline.split import split_table


def run_split(
    table: Path,
    out: Path,
    method: str,
    group: str | None,
    fractions: str,
    seed: int,
    smiles_column: str | None,
    *,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a table with its split and say how large the parts are."""
    with listening(quiet) as progress:
        result = split_table(
            table,
            out,
            method,
            group,
            _fractions(fractions),
            seed,
            smiles_column,
            overwrite=overwrite,
            workers=workers,
            progress=progress,
        )
    if as_json:
        print_json(
            {
                "parts": result.parts,
                "data_hash": result.data_hash,
                "notes": result.notes,
                "rejected": result.rejected,
                "out": str(out),
            }
        )
        return
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    if not quiet:
        print(", ".join(f"{count:,} {name}" for name, count in result.parts.items()) + f" -> {out}")


def _fractions(text: str) -> tuple[float, float, float]:
    try:
        train, valid, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--fractions: expected three shares such as 0.8,0.1,0.1, got {text!r}") from None
    check_fractions((train, valid, test))
    return train, valid, test
