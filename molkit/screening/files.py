"""The files that hold hits: a table, an SD file and a page of one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from molkit.data.sniff import suffix_format
from molkit.data.write import atomic_paths, clash_names, table_writer
from molkit.engine.columns import DRAWN
from molkit.errors import InputError


def output_files(out: Path, with_page: bool) -> list[Path]:
    """The table, the SD file and the page of the same name; raises InputError for a table that is none."""
    kind, packed = suffix_format(out)
    if kind not in ("csv", "tsv", "parquet", "xlsx"):
        raise InputError(
            f"{out}: the hits are a table, .csv, .tsv, .parquet or .xlsx; an SD file and a page come beside it"
        )
    plain = out.with_suffix("") if packed else out
    return [out, plain.with_suffix(".sdf"), *([plain.with_suffix(".html")] if with_page else [])]


def write_files(
    files: Sequence[Path],
    columns: Mapping[str, Sequence[Any]],
    blocks: Sequence[str],
    page: str,
    overwrite: bool,
    inputs: Sequence[Path],
    *,
    locked: bool = False,
    resumed: bool = False,
) -> None:
    """All files under temporary names, then each under its own, the table last; see `atomic_paths`.

    `files` are those of `output_files`, `blocks` the mol blocks for the SD file.
    """
    names = list(columns)
    structure = clash_names(names, [DRAWN])[DRAWN]
    with atomic_paths(files, overwrite, inputs, locked=locked, resumed=resumed) as (table, records, *pages):
        with table_writer(table, files[0], names) as writer:
            writer.write(columns)
        with table_writer(records, files[1], [*names, structure], structure) as writer:
            writer.write({**columns, structure: blocks})
        for unfinished in pages:
            unfinished.write_text(page, encoding="utf-8")
