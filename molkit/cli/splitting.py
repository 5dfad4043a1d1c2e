"""`molkit split`."""

from __future__ import annotations

from pathlib import Path

from molkit.cli.output import listening, print_json, print_notes, print_rejected, printable
from molkit.errors import InputError
from molkit.pipeline.checks import check_fractions
from molkit.pipeline.split import SplitOptions, split_table


def run_split(
    table: Path,
    out: Path,
    method: str,
    targets: list[str],
    group: str | None,
    time: str | None,
    fractions: str,
    seed: int,
    folds: int,
    repeats: int,
    save: Path | None,
    smiles_column: str | None,
    *,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a table with its split and say how large the parts are."""
    options = SplitOptions(method, tuple(targets), group, time, _fractions(fractions), seed, folds, repeats)
    with listening(quiet) as progress:
        result = split_table(
            table, out, options, smiles_column, save=save, overwrite=overwrite, workers=workers, progress=progress
        )
    if as_json:
        print_json(
            {
                "parts": result.parts,
                "data_hash": result.data_hash,
                "notes": result.notes,
                "rejected": result.rejected,
                "out": str(out),
                "save": None if save is None else str(save),
            }
        )
        return
    print_notes(result.notes, quiet)
    print_rejected(result.rejected, quiet)
    if not quiet:
        for column, parts in result.parts.items():
            shown = ", ".join(f"{count:,} {part}" if part.isalpha() else f"{count:,}" for part, count in parts.items())
            print(f"{printable(column)}: {shown} -> {printable(str(out))}")


def _fractions(text: str) -> tuple[float, float, float]:
    try:
        train, valid, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--fractions: expected three shares such as 0.8,0.1,0.1, got {text!r}") from None
    check_fractions((train, valid, test))
    return train, valid, test
