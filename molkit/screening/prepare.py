"""From a table of structures to a prepared library: every row, in order, killed and continued at will."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from molkit.data.journal import Journal, open_journal
from molkit.data.library import check_outside, estimated_rows, open_library
from molkit.data.prepared import ADDED, CHUNK, FORMAT, PART_ROWS, is_prepared
from molkit.data.prepared_folder import (
    check_folder,
    check_unfinished,
    file_hash,
    publish,
    remove_folder,
    restore_older,
    write_manifest,
    write_part,
)
from molkit.data.table import MOST_REMARKS, Source, Table, remark_lines
from molkit.data.write import clash_names, write_error
from molkit.engine.jobs import Cells, cell_chunks
from molkit.engine.workers import WorkerPool
from molkit.errors import InputError
from molkit.pipeline.identity import library_identity
from molkit.pipeline.prepared import installed_versions
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import TableResult
from molkit.screening.recipe import Recipe, choose_recipe


def prepare_library(
    table: Path | str,
    out: Path | str,
    recipe: Recipe | None = None,
    *,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Write the folder `out`; see `molkit.data.prepared`. Raises MolkitError.

    Parts are built in `out.parts` with a journal beside it. A run that was killed goes on when it is called again
    with the same arguments, and ends with the same bytes.
    """
    out, recipe = Path(out), recipe or choose_recipe(())
    if is_prepared(table):
        raise InputError(f"{table}: is a prepared library already; prepare the table that it was made of")
    _check_place(out)
    restore_older(out)
    check_folder(out, overwrite)
    source = open_library(table, smiles_column)
    check_outside(source, out)
    identity = {"library format": FORMAT, **library_identity(source), **recipe.stored()}
    folder = out.with_name(out.name + ".parts")
    with open_journal(out, identity, overwrite) as journal:
        if journal.empty:  # else the folder is what an interrupted run left
            check_unfinished(folder)
        try:
            done = _done(journal, folder)
            kept = sum(part["rows"] for part in done)
            _add_parts(source, recipe, folder, journal, done, workers, progress)
            write_manifest(folder, _manifest(source, recipe, identity, done))
        except InputError:  # the journal goes, so what it speaks of is of no more use
            remove_folder(folder)
            raise
        publish(folder, out)
    return _result(source, done, kept, out)


def _check_place(out: Path) -> None:
    """Raise InputError for the current folder and those around it, which cannot be replaced while work goes on."""
    here, place = Path.cwd(), out.resolve()
    if place == here or place in here.parents:
        which = "is the current folder" if place == here else "is a folder around the current one"
        raise InputError(f"{out}: {which}; give the name of a folder to make, such as -o library.")


def _done(journal: Journal, folder: Path) -> list[dict[str, Any]]:
    """The parts that an interrupted run has finished, as far as their files are whole; else an empty folder."""
    found = {entry["number"]: entry for entry in journal.entries()}
    done: list[dict[str, Any]] = []
    while (part := found.get(len(done))) and all(
        file_hash(folder / f"part-{len(done):05d}.{suffix}") == sha256 for suffix, sha256 in part["sha256"].items()
    ):
        done.append(part)
    if not done:
        remove_folder(folder)
        try:
            folder.mkdir()
        except OSError as error:
            raise write_error(folder, error) from None
    return done


def _add_parts(
    source: Source,
    recipe: Recipe,
    folder: Path,
    journal: Journal,
    done: list[dict[str, Any]],
    workers: int,
    progress: Progress,
) -> None:
    """Bring the folder to the end of the table; `done` and the journal get an entry for each new part."""
    added = clash_names(source.names, ADDED)
    total = estimated_rows(source)
    rows = sum(part["rows"] for part in done)
    limits = recipe.policy.limits
    with WorkerPool(recipe.job(), workers, limits.seconds, limits.memory_mb) as pool:
        for table, results in _prepared(source, pool, len(done), lambda more: progress("rows", rows + more, total, {})):
            number = len(done)
            columns = _columns(table, [result["columns"] for result in results], added)
            hashes = write_part(folder, number, columns, [result["pieces"] for result in results])
            statuses = Counter(columns[added["status"]])
            entry = {"number": number, "rows": len(table), "statuses": statuses, "sha256": hashes}
            entry["remarks"] = remark_lines(table)
            journal.append(entry)
            done.append(entry)


def _prepared(
    source: Source, pool: WorkerPool, skipped: int, tell: Any
) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The tables of all parts but the first `skipped`, with the results of their chunks."""
    waiting: deque[Table] = deque()

    def cells() -> Iterator[Cells]:
        for number, table in enumerate(_part_tables(source)):
            if number >= skipped:
                waiting.append(table)
                yield from cell_chunks(table.columns[source.smiles or ""], table.faults, CHUNK, table.first_row)

    found: list[dict[str, Any]] = []
    rows = 0
    with closing(pool.map(cells())) as results:
        for result in results:
            found.append(result)
            rows += len(result["columns"]["status"])
            tell(rows)
            if len(found) == -(-len(waiting[0]) // CHUNK):
                yield waiting.popleft(), found
                found = []


def _part_tables(source: Source) -> Iterator[Table]:
    """The table in pieces of exactly as many rows as a part has; the last may be shorter."""
    columns: dict[str, list[Any]] = {name: [] for name in source.names}
    faults: dict[int, str] = {}
    remarks: dict[int, str] = {}
    first = 1

    def cut() -> Table:
        taken = {name: values[:PART_ROWS] for name, values in columns.items()}
        for values in columns.values():
            del values[:PART_ROWS]
        last = first + PART_ROWS
        said = [{row: found.pop(row) for row in list(found) if row < last} for found in (faults, remarks)]
        return Table(source.names, taken, first, *said)

    for piece in source.pieces(PART_ROWS):
        for name, values in piece.columns.items():
            columns[name] += values
        faults |= piece.faults
        remarks |= piece.remarks
        if len(columns[source.names[0]]) >= PART_ROWS:
            yield cut()
            first += PART_ROWS
    if columns[source.names[0]]:
        yield cut()


def _columns(table: Table, results: Sequence[dict[str, list[Any]]], added: dict[str, str]) -> dict[str, list[Any]]:
    """The columns of a part's table."""
    rows = range(table.first_row, table.first_row + len(table))
    made = {name: [cell for result in results for cell in result[name]] for name in results[0]}
    made["fault"] = [table.faults.get(row) for row in rows]
    made["remark"] = [table.remarks.get(row) for row in rows]
    return {name: table.columns[name] for name in table.names} | {added[name]: made[name] for name in ADDED}


def _manifest(
    source: Source, recipe: Recipe, identity: dict[str, Any], parts: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "names": list(source.names),
        "added": clash_names(source.names, ADDED),
        "smiles": source.smiles,
        "table_format": source.format,
        **recipe.stored(),
        "versions": installed_versions(),
        "source": identity["library"],
        "parts": [{key: part[key] for key in ("rows", "statuses", "sha256")} for part in parts],
    }


def _result(source: Source, parts: Sequence[dict[str, Any]], kept: int, out: Path) -> TableResult:
    statuses: Counter[str] = Counter()
    for part in parts:
        statuses.update(part["statuses"])
    rows = sum(part["rows"] for part in parts)
    size = sum(file.stat().st_size for file in out.iterdir())
    notes = [*source.notes]
    notes += [f"Went on after the {kept:,} rows that an interrupted run had done."] if kept else []
    notes += [line for part in parts for line in part["remarks"]][:MOST_REMARKS]
    notes += [f"{size / 1e6:,.1f} MB, {size / rows:,.0f} bytes a row."] if rows else []
    return TableResult(rows, dict(statuses), tuple(notes))
