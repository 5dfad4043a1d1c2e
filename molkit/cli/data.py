"""`molkit data`: the data sets that molkit knows, and getting them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from molkit.cli.options import Json

commands = typer.Typer(help="The data sets that molkit knows.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="A data set, as molkit data list names it.")]


@commands.command("list")
def list_sets(json: Json = False) -> None:
    """List the data sets: name, rows, task, where the files are, licence."""
    from molkit.cli.output import print_json
    from molkit.data.cards import cards
    from molkit.data.examples import EXAMPLES
    from molkit.data.fetch import whereabouts

    rows = [(card.name, card.rows, card.task, whereabouts(card), card.licence) for card in cards().values()]
    if json:
        print_json([dict(zip(("name", "rows", "task", "where", "licence"), row, strict=True)) for row in rows])
        return
    wide = [max(len(str(row[place])) for row in rows) for place in range(4)]
    for name, count, task, where, licence in rows:
        print(f"{name:<{wide[0]}}  {count:>{wide[1] + 1},}  {task:<{wide[2]}}  {where:<{wide[3]}}  {licence}")
    print("\nExamples without a download, by molkit data example NAME -o FOLDER:")
    for name, own in EXAMPLES.items():
        print(f"{name:<{wide[0]}}  {own.words}")


@commands.command()
def show(name: Name, json: Json = False) -> None:
    """Print the card of a data set: source, licence, files, columns, targets, split, known defects."""
    from molkit.cli.output import print_json
    from molkit.data.cards import find_card
    from molkit.data.fetch import place, whereabouts

    card = find_card(name)
    paths = [place(card, file) for file in card.files]
    if json:
        content: dict[str, Any] = {**asdict(card), "task": card.task, "where": whereabouts(card)}
        del content["folder"]
        for entry, path in zip(content["files"], paths, strict=True):
            entry["place"] = str(path)
        print_json(content)
        return
    print(f"{card.name}: {card.title}\n")
    facts = {
        "source": card.source, "licence": card.licence, "rows": f"{card.rows:,}", "task": card.task,
        "structures": ", ".join(card.structures), "names": card.id, "split": card.split,
        "split column": card.split_column, "metric": card.metric, "where": whereabouts(card),
    }  # fmt: skip
    for key, value in facts.items():
        if value:
            print(f"{key + ':':<14}{value}")
    targets = [f"{target.column} ({', '.join(filter(None, (target.kind, target.unit)))})" for target in card.targets]
    sections = {"targets": targets, "known defects": card.defects, "notes": card.notes}
    for heading, lines in sections.items():
        _print_section(heading, list(lines))
    _print_section("files", [_file_lines(file, path) for file, path in zip(card.files, paths, strict=True)])


def _print_section(heading: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{heading}:")
        for line in lines:
            print(f"  {line}")


def _file_lines(file: Any, path: Path) -> str:
    counts = f"{file.bytes:,} bytes" + (f", {file.rows:,} rows" if file.rows is not None else "")
    columns = f"\n    columns {', '.join(file.columns)}" if file.columns else ""
    origin = file.url + (f" ({file.member})" if file.member else "")
    return f"{path}\n    {counts}, SHA-256 {file.sha256}{columns}" + (f"\n    from {origin}" if origin else "")


@commands.command()
def fetch(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Also copy to this file, or folder if there are several.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing copy.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Get the files of a data set into the cache and print where they are, one a line."""
    from molkit.cli.output import listening
    from molkit.data.cards import find_cards
    from molkit.data.fetch import fetch as fetch_files

    with listening(quiet) as progress:
        found = fetch_files(name, progress)
    if out is not None:
        names = [f"{card.name}/{file.path}" for card in find_cards(name) for file in card.files]
        places = [out] if len(found) == 1 else [out / inner.removeprefix(f"{name}/") for inner in names]
        for path, copy in zip(found, places, strict=True):
            _copy(path, copy, overwrite)
        found = tuple(places)
    sys.stdout.write("".join(f"{path}\n" for path in found))


@commands.command()
def example(
    name: Annotated[str, typer.Argument(help="digits, breast_cancer or dicom.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to make, or an empty one.")],
) -> None:
    """Write a small data set that comes with molkit's dependencies into a new folder; nothing is downloaded."""
    from molkit.data.examples import EXAMPLES, write_example

    written = write_example(name, out)
    print(f"{EXAMPLES[name].words}\n-> {out}: {len(written):,} {'file' if len(written) == 1 else 'files'}")


def _copy(path: Path, copy: Path, overwrite: bool) -> None:
    from molkit.data.write import atomic_path
    from molkit.errors import OutputError

    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{copy.parent}: the folder cannot be made: {error.strerror}") from error
    with atomic_path(copy, overwrite, [path]) as unfinished:
        shutil.copyfile(path, unfinished)
