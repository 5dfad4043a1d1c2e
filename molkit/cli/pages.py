"""Pages beside the outputs of commands: their names, and writing them whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from molkit.data.sniff import suffix_format
from molkit.data.table import Table
from molkit.data.tables import written_table
from molkit.data.write import atomic_path


def page_path(out: Path) -> Path:
    """The page that belongs to an output: its name without the suffixes of its format, and .html.

    >>> page_path(Path("a/out.csv.gz")).name, page_path(Path("my.model.molkit")).name
    ('out.html', 'my.model.html')
    """
    packed = suffix_format(out)[1]
    return (out.with_suffix("") if packed else out).with_suffix(".html")


def write_page(path: Path, text: str, overwrite: bool, inputs: Collection[Path] = ()) -> None:
    """A page as a file; raises InputError for one that is there already, OutputError if the disk refuses."""
    with atomic_path(path, overwrite, inputs) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def read_back(out: Path) -> tuple[Iterator[Table], list[str]]:
    """The pieces of a table that was written, and its columns that are none of a page: the mol blocks of an SD file."""
    written = written_table(out)
    return written.pieces(), [written.smiles] if written.format == "sdf" and written.smiles else []
