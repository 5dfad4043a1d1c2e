"""`molkit admet`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from molkit.cli.output import print_json, printable, run_table
from molkit.cli.pages import page_path, read_back, write_page
from molkit.cli.scoring import is_file, no_such_table
from molkit.data.library import open_library
from molkit.data.sniff import suffix_format
from molkit.data.write import check_free, open_writer
from molkit.errors import InputError, NothingDone
from molkit.pipeline.progress import Progress
from molkit.pipeline.score import TableResult
from molkit.pipeline.scoring import check_level
from molkit.profile.columns import cells_of
from molkit.profile.endpoints import Endpoint, choose_endpoints
from molkit.profile.reference import drug_quantiles, reference
from molkit.profile.run import profile_pool, profile_table, profile_values
from molkit.report.admet_page import admet_page
from molkit.report.admet_read import read_profile
from molkit.report.admet_text import profile_text


def run_admet(
    library: str,
    out: Path | None,
    names: str | None,
    *,
    long: bool,
    top: int | None,
    html: bool,
    smiles_column: str | None,
    level: int,
    overwrite: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Profile a table, or a folder of tables, into `out`, or one SMILES, which is printed."""
    endpoints = choose_endpoints(names)
    if html and (long or out is None):
        raise InputError("--html: the page is made beside a table of one row for each structure; "
                         + ("leave --long out" if long else "name it with -o"))  # fmt: skip
    if not library.strip():
        raise InputError("(empty text): expected a table, a folder of tables or a SMILES")
    if not is_file(library):
        if long or top is not None:
            raise InputError(f"{library[:80]}: --long and --top are for tables, and there is no such table or folder")
        _one(library, out, endpoints, check_level(level), html=html, overwrite=overwrite, as_json=as_json)
        return
    if out is None:
        raise InputError("name the file to write with -o, for instance -o profile.csv")
    path = Path(library)
    profile = partial(
        profile_table, path, out, endpoints=[endpoint.name for endpoint in endpoints], long=long, top=top, level=level,
        smiles_column=smiles_column, overwrite=overwrite, workers=workers,
    )  # fmt: skip
    work = partial(_with_page, profile, path, out, endpoints, level, smiles_column, overwrite) if html else profile
    run_table(work, out, quiet, as_json)


def _one(
    text: str,
    out: Path | None,
    endpoints: Sequence[Endpoint],
    level: int,
    *,
    html: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """The profile of one SMILES: printed, or as a table of one row."""
    no_such_table(text, plain=out is not None)
    written = [] if out is None else [out, page_path(out)] if html else [out]
    if out is not None:
        if suffix_format(out)[0] == "sdf":
            raise InputError(f"{out}: the profile of one structure is written as a table; name a .csv or .parquet file")
        for path in written:
            check_free(path, overwrite)
    with profile_pool(endpoints, level, 1) as pool:
        found = profile_values([text], endpoints, pool, level)
    row: dict[str, Any] = {name: values[0] for name, values in found.items()}
    if out is not None:
        columns = {"smiles": [text], **found}
        with open_writer(out, list(columns), overwrite) as writer:
            writer.write(columns)
        if html:
            _write_page(out, f"ADMET profile of {text[:80]}", ["smiles"], "smiles", endpoints, level, [], overwrite)
    if as_json:
        print_json(row)
    elif written:
        print("\n".join(f"-> {printable(str(path))}" for path in written))
    else:
        cells = {endpoint.name: next(cells_of(endpoint, found, 1, level)) for endpoint in endpoints}
        print(profile_text(endpoints, cells, row, level))
    if row["status"] != "ok":
        raise NothingDone(f"no profile: {row['reason']}")


def _with_page(
    profile: Callable[..., TableResult],
    library: Path,
    out: Path,
    endpoints: Sequence[Endpoint],
    level: int,
    smiles_column: str | None,
    overwrite: bool,
    progress: Progress,
) -> TableResult:
    """Profile, and make a page of the table that was written, read again in pieces."""
    check_free(page_path(out), overwrite, [library])
    result = profile(progress=progress)
    source = open_library(library, smiles_column)
    said = [("Table", [library.name]), ("Notes", list(result.notes))]
    title = f"ADMET profile of {library.name}"
    path = _write_page(out, title, source.kept, source.smiles, endpoints, level, said, overwrite)
    return replace(result, notes=(*result.notes, f"Page: {path}"))


def _write_page(
    out: Path,
    title: str,
    kept: Sequence[str],
    structure: str | None,
    endpoints: Sequence[Endpoint],
    level: int,
    said: Sequence[tuple[str, Sequence[str]]],
    overwrite: bool,
) -> Path:
    path, (pieces, left_out) = page_path(out), read_back(out)
    read = read_profile(pieces, endpoints, kept, level, left_out)
    drugs = ("Drugs compared with", [reference()["list"]])
    write_page(path, admet_page(title, read, drug_quantiles(), [*said, drugs], structure), overwrite, [out])
    return path
