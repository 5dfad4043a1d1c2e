"""`molkit check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molkit.cli.options import (
    Inputs,
    Json,
    Measured,
    Mixtures,
    Overwrite,
    Quiet,
    Reading,
    Relation,
    Smiles,
    SplitColumn,
    Task,
    Unit,
    Workers,
)

if TYPE_CHECKING:
    from molkit.audit.audit import CheckOptions
    from molkit.audit.finding import Audit

_SUFFIXES = (".html", ".json", ".txt")


def check(
    table: Annotated[
        Path, typer.Argument(help="A table with structures, and measured values if there are any; or images.")
    ],
    target: Measured = None,
    test: Annotated[Path | None, typer.Option("--test", help="A table that the first must not overlap with.")] = None,
    out: Annotated[
        list[Path] | None, typer.Option("-o", "--out", help="A .html, .json or .txt file; may be given several times.")
    ] = None,
    smiles_column: Smiles = None,
    task: Task = None,
    unit: Unit = None,
    relation: Relation = None,
    inputs: Inputs = None,
    reading: Reading = None,
    split_column: SplitColumn = None,
    log: Annotated[
        bool | None,
        typer.Option("--log/--no-log", help="Compare values by log10, or as they are, if looking is wrong."),
    ] = None,
    mixtures: Mixtures = "reject",
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve/--no-learning-curve", help="Say whether more data would help.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the learning curve.")] = 0,
    overwrite: Overwrite = False,
    workers: Workers = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say what is wrong with a table before training, and whether more data would help. Nothing is changed."""
    from molkit.audit.audit import CheckOptions
    from molkit.cli.told import read_reading

    options = CheckOptions(
        tuple(target or ()), smiles_column, task, unit, relation, log, mixtures, learning_curve, seed, workers,
        tuple(inputs or ()), read_reading(reading or ()), split_column,
    )  # fmt: skip
    run_check(table, test, out or [], options, overwrite=overwrite, quiet=quiet, as_json=json)


def run_check(
    table: Path,
    test: Path | None,
    out: list[Path],
    options: CheckOptions,
    *,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> Audit:
    """Audit a table; print the findings and write them to every file of `out`."""
    from molkit.audit.audit import check_tables
    from molkit.cli.output import listening, print_json, print_notes, printable
    from molkit.data.write import atomic_path, check_free
    from molkit.errors import InputError

    inputs = [path for path in (table, test) if path is not None]
    for path in out:
        if path.suffix.lower() not in _SUFFIXES:
            raise InputError(f"{path}: an audit is written as {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}")
        check_free(path, overwrite, inputs)
    if len({path.resolve() for path in out}) < len(out):
        raise InputError("-o: the same file is named twice")
    with listening(quiet) as progress:
        audit = check_tables(table, test, options, progress)
    written = list(out)
    for path in out:
        with atomic_path(path, overwrite, inputs) as unfinished:
            unfinished.write_text(_content(audit, path.suffix.lower()), encoding="utf-8", errors="backslashreplace")
        if path.suffix.lower() == ".html":
            written += _pictures(audit, path, overwrite)
    if as_json:
        print_json(audit.to_dict())
        return audit
    print_notes(audit.notes, quiet)
    print("\n".join(printable(line) for line in str(audit).splitlines()))
    for path in written:
        print(f"-> {printable(str(path))}")
    return audit


def _pictures(audit: Audit, page: Path, overwrite: bool) -> list[Path]:
    """The plots of the page as files beside it."""
    from molkit.cli.check_page import check_pictures
    from molkit.report.figures import save_pictures

    return save_pictures(page.with_suffix(""), check_pictures(audit), overwrite)


def _content(audit: Audit, suffix: str) -> str:
    """The audit as the text of a file."""
    if suffix == ".html":
        from molkit.cli.check_page import check_page

        return check_page(audit)
    if suffix == ".json":
        from json import dumps

        return dumps(audit.to_dict(), indent=1, allow_nan=False) + "\n"
    return f"{audit}\n"
