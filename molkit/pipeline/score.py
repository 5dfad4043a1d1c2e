"""From a model file and a table to the same table with predictions: every row, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from molkit.data.journal import Journal, open_journal
from molkit.data.library import estimated_rows, open_library
from molkit.data.sniff import suffix_format
from molkit.data.table import MOST_REMARKS, Source, remark_lines
from molkit.data.write import check_free, check_table_path, clash_names, open_writer
from molkit.engine.columns import DEFAULT_GROUPS, DRAWN
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.stream import Stream, open_stream


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
    models: Path | str | Sequence[Path | str],
    table: Path | str,
    out: Path | str,
    *,
    groups: Sequence[str] = DEFAULT_GROUPS,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 0,
    exact: bool = False,
    progress: Progress = quiet,
) -> TableResult:
    """Predict every row of a table, or of a folder of tables, into another table; raises MolkitError.

    A run that was killed goes on where it stopped when it is called again with the same arguments.
    """
    paths = [Path(models)] if isinstance(models, Path | str) else [Path(model) for model in models]
    source = open_library(table, smiles_column)
    wanted = (*groups, DRAWN) if needs_blocks(source, out) else tuple(groups)
    with open_stream(paths, source, wanted, workers=workers, exact=exact) as stream:
        return write_rows(stream, out, overwrite, progress, paths)


def write_rows(
    stream: Stream, out: Path | str, overwrite: bool, progress: Progress, inputs: Sequence[Path] = ()
) -> TableResult:
    """The rows of a library with the stream's columns beside them, written whole or not at all.

    What is done stands in a journal beside `out` until all is done.
    """
    out, source = Path(out), stream.source
    check_table_path(out)
    check_free(out, overwrite, [source.path, *inputs])
    kept = [name for name in source.names if source.format != "sdf" or name != source.smiles]
    final = clash_names(source.names, stream.names)
    structure = clash_names([*kept, *final.values()], [DRAWN])[DRAWN] if _is_sdf(out) else None
    written = [*kept, *final.values(), *([structure] if structure else [])]
    with open_journal(out, {**stream.identity, "output columns": written}, overwrite) as journal:
        result = _score(stream, journal, progress, kept, final, structure)
        with open_writer(out, written, overwrite, structure, [source.path, *inputs]) as writer:
            for entry in journal.entries():
                writer.write(entry["columns"])
    renamed = [
        f"Column {name!r} was in the table already; the new one is {new!r}."
        for name, new in final.items()
        if name != new
    ]
    return replace(result, notes=(*source.notes, *renamed, *result.notes))


def _score(
    stream: Stream,
    journal: Journal,
    progress: Progress,
    kept: Sequence[str],
    final: dict[str, str],
    structure: str | None,
) -> TableResult:
    """Bring the journal to the end of the library."""
    source = stream.source
    statuses: Counter[str] = Counter()
    remarks: list[str] = []
    for entry in journal.entries():
        statuses.update(entry["statuses"])
        remarks += entry["remarks"]
    done = statuses.total()
    total = estimated_rows(source)
    notes = [f"Went on after the {done:,} rows that an interrupted run had done."] if done else []
    progress("rows", done, total, {})
    for piece, result in stream.pieces(done + 1):
        columns = {name: piece.columns[name] for name in kept}
        columns |= {new: result[name] for name, new in final.items()}
        if structure:
            columns[structure] = _blocks(result) if DRAWN in result else piece.columns[source.smiles or ""]
        found = Counter(result["status"])
        said = remark_lines(piece, MOST_REMARKS - len(remarks))
        journal.append({"statuses": found, "remarks": said, "columns": columns})
        statuses += found
        remarks += said
        progress("rows", statuses.total(), total, {})
    return TableResult(statuses.total(), dict(statuses), (*notes, *remarks))


def needs_blocks(source: Source, out: Path | str) -> bool:
    """Whether the workers have to draw mol blocks: the output wants them and the input has none."""
    return _is_sdf(out) and source.format != "sdf"


def _is_sdf(path: Path | str) -> bool:
    return suffix_format(Path(path))[0] == "sdf"


def _blocks(result: dict[str, list[Any]]) -> list[str]:
    empty = "\n  molkit\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    return [block or empty for block in result[DRAWN]]
