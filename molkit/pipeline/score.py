"""From a model file and a table to the same table with predictions: every row, in order."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molkit.bundle import read_bundle
from molkit.data.sniff import suffix_format
from molkit.data.table import MOST_REMARKS, Source, Table, remark_lines
from molkit.data.tables import open_table
from molkit.data.write import clash_names, open_writer
from molkit.engine.columns import DEFAULT_GROUPS, DRAWN, output_names
from molkit.engine.jobs import Cells, cell_chunks
from molkit.engine.workers import Job, WorkerPool
from molkit.pipeline.progress import Progress, quiet

CHUNK = 500


@dataclass(frozen=True)
class TableResult:
    """How many rows a table command read, how many have which status, and what was noticed."""

    rows: int
    statuses: dict[str, int]
    notes: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether there were rows and not one of them gave a result."""
        return self.rows > 0 and not self.statuses.get("ok")


def score_table(
    model: Path | str,
    table: Path | str,
    out: Path | str,
    *,
    groups: Sequence[str] = DEFAULT_GROUPS,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Predict every row of a table file into another; raises MolkitError."""
    bundle = read_bundle(Path(model))
    content = bundle.model
    source = open_table(table, smiles_column=smiles_column)
    names = output_names(content, groups)
    job = scoring_job(model, (*groups, DRAWN) if needs_blocks(source, out) else groups, bundle.sha256)
    with scoring_pool(job, content, workers, source.row_count) as pool:
        return write_rows(source, pool, names, out, overwrite, progress, [Path(model)])


def scoring_job(model: Path | str, groups: Sequence[str], sha256: str | None = None) -> Job:
    """The job of workers that score with a model file, as long as its content hash is `sha256`."""
    arguments = (str(model), tuple(groups), sha256)
    return Job("molkit.engine.score:load_scorer", arguments, "molkit.engine.score:score_chunk")


def scoring_pool(job: Job, content: dict[str, Any], workers: int, rows: int | None) -> WorkerPool:
    """Workers with the limits that a model's structure policy sets; no more than there is work for."""
    limits = content["policy"]["limits"]
    most = workers or os.cpu_count() or 1
    useful = most if rows is None else max(1, min(most, -(-rows // CHUNK)))
    return WorkerPool(job, useful, limits["seconds"], limits["memory_mb"])


def write_rows(
    source: Source,
    pool: WorkerPool,
    names: Sequence[str],
    out: Path | str,
    overwrite: bool,
    progress: Progress,
    inputs: Sequence[Path] = (),
) -> TableResult:
    """The rows of `source` with the pool's columns `names` beside them, written whole or not at all."""
    kept = [name for name in source.names if source.format != "sdf" or name != source.smiles]
    final = clash_names(source.names, names)
    structure = clash_names([*kept, *final.values()], [DRAWN])[DRAWN] if _is_sdf(out) else None
    written = [*kept, *(final[name] for name in names), *([structure] if structure else [])]
    statuses: Counter[str] = Counter()
    renamed = [
        f"Column {name!r} was in the table already; the new one is {new!r}."
        for name, new in final.items()
        if name != new
    ]
    remarks: list[str] = []
    with open_writer(out, written, overwrite, structure, [source.path, *inputs]) as writer:
        for piece, result in _scored(source, pool):
            statuses.update(result["status"])
            columns = {name: piece.columns[name] for name in kept}
            columns |= {final[name]: result[name] for name in names}
            if structure:
                columns[structure] = _blocks(result) if DRAWN in result else piece.columns[source.smiles or ""]
            writer.write(columns)
            remarks += remark_lines(piece, MOST_REMARKS - len(remarks))
            progress("rows", sum(statuses.values()), source.row_count or 0, {})
    return TableResult(sum(statuses.values()), dict(statuses), (*source.notes, *renamed, *remarks))


def needs_blocks(source: Source, out: Path | str) -> bool:
    """Whether the workers have to draw mol blocks: the output wants them and the input has none."""
    return _is_sdf(out) and source.format != "sdf"


def _is_sdf(path: Path | str) -> bool:
    return suffix_format(Path(path))[0] == "sdf"


def _blocks(result: dict[str, list[Any]]) -> list[str]:
    empty = "\n  molkit\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    return [block or empty for block in result[DRAWN]]


def _scored(source: Source, pool: WorkerPool) -> Iterator[tuple[Table, dict[str, list[Any]]]]:
    """Pieces of the table with their results, in order, however many are under way."""
    waiting: deque[Table] = deque()

    def cells() -> Iterator[Cells]:
        for piece in source.pieces(CHUNK):
            waiting.append(piece)
            yield from cell_chunks(piece.columns[source.smiles or ""], piece.faults, CHUNK, piece.first_row)

    for result in pool.map(cells()):
        yield waiting.popleft(), result


def score_values(pool: WorkerPool, texts: Iterable[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """The pool's columns `names` for structures in memory."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for result in pool.map(cell_chunks(list(texts), {}, CHUNK)):
        for name in names:
            columns[name] += result[name]
    return columns
