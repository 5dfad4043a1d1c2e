"""From a model file and a table to the same table with predictions: every row, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molkit.data.formats import Columns, TableWriter, cell_text
from molkit.data.journal import Journal, journal_path, open_journal
from molkit.data.library import check_outside, estimated_rows, library_files
from molkit.data.sniff import suffix_format
from molkit.data.table import MOST_REMARKS, Source, Table, remark_lines
from molkit.data.write import check_free, check_table_path, clash_names, open_writer
from molkit.engine.columns import DEFAULT_GROUPS, DRAWN, Prevalences
from molkit.errors import InputError, OutputError
from molkit.pipeline.opened import Model, open_models, open_scored
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.stream import Stream, open_stream


@dataclass(frozen=True)
class Arrangement:
    """How an output differs from one row for each row of the library, in order.

    `names` are its columns, of those it would have; `rows` are its pieces, of those it would have; `word` is what a
    journal remembers of it, `note` what is told. `opens`, if it is no table, gives its writer as `open_writer` does.
    """

    word: str
    note: str
    names: Callable[[Sequence[str]], list[str]]
    rows: Callable[[Iterable[Columns]], Iterable[Columns]]
    opens: Callable[..., AbstractContextManager[TableWriter]] | None = None


AS_IT_IS = Arrangement("", "", list, lambda pieces: pieces)


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
    models: Path | str | Sequence[Path | str | Model],
    table: Path | str,
    out: Path | str,
    *,
    groups: Sequence[str] = DEFAULT_GROUPS,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 0,
    exact: bool = False,
    level: int = 90,
    prevalences: Prevalences = (),
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
    novelty: Path | str | None = None,
    progress: Progress = quiet,
) -> TableResult:
    """Predict every row of a table, or of a folder of tables, into another table; raises MolkitError.

    An autoencoder's file as `novelty` tells how unlike its library each structure is.

    A run that was killed goes on where it stopped when it is called again with the same arguments.
    """
    opened = open_models([models] if isinstance(models, Path | str) else models)
    source = open_scored(opened, table, smiles_column)
    wanted = (*groups, DRAWN) if needs_blocks(source, out) else tuple(groups)
    with open_stream(
        opened, source, wanted, workers=workers, exact=exact, level=level, prevalences=prevalences, inputs=inputs,
        fixed=fixed, novelty=novelty,
    ) as stream:  # fmt: skip
        files = [*(model.path for model in opened), *([] if novelty is None else [Path(novelty)])]
        return write_rows(stream, out, overwrite, progress, files)


def write_rows(
    stream: Stream,
    out: Path | str,
    overwrite: bool,
    progress: Progress,
    inputs: Sequence[Path] = (),
    arrangement: Arrangement = AS_IT_IS,
) -> TableResult:
    """The rows of a library with the stream's columns beside them, written whole or not at all.

    What is done stands in a journal beside `out` until all is done.
    """
    out, source = Path(out), stream.source
    kind = "" if arrangement.opens else check_table_path(out)[0]
    check_outside(source, out)
    files = [*library_files(source), *inputs]
    # a run that was killed between its last two steps has written its output and left its journal
    resumed = not overwrite and journal_path(out).exists()
    check_free(out, overwrite or resumed, files)
    kept = source.kept
    final = clash_names(source.names, stream.names)
    structure = clash_names([*kept, *final.values()], [DRAWN])[DRAWN] if _is_sdf(out) else None
    names = arrangement.names([*kept, *final.values(), *([structure] if structure else [])])
    arranged = {"arrangement": arrangement.word} if arrangement.word else {}
    with open_journal(out, {**stream.identity, **arranged, "output columns": names}, overwrite) as journal:
        run = _Run(stream, journal, kept, final, structure)
        run.finish(progress)
        stream.check_unchanged()
        texts = run.mixed if kind == "parquet" else set()  # which has one type for a column
        pieces = arrangement.rows(entry["columns"] for entry in journal.entries())
        try:
            opens = arrangement.opens or open_writer
            with opens(out, names, overwrite, structure, files, locked=True, resumed=resumed) as writer:
                for columns in pieces:
                    writer.write({name: _as_text(values) if name in texts else values
                                  for name, values in columns.items()})  # fmt: skip
        except InputError as error:  # somebody else has written `out` meanwhile
            raise OutputError(f"{error} What is done is kept in {journal.path.name}.") from None
    renamed = [
        f"Column {name!r} was in the table already; the new one is {new!r}."
        for name, new in final.items()
        if name != new
    ]
    return run.result((*source.notes, *renamed, *([arrangement.note] if arrangement.note else [])))


class _Run:
    """The rows of a library on their way into a journal: what stands in it already, then the rest."""

    def __init__(
        self, stream: Stream, journal: Journal, kept: Sequence[str], final: dict[str, str], structure: str | None
    ) -> None:
        self._stream, self._journal = stream, journal
        self._kept, self._final, self._structure = kept, final, structure
        self._statuses: Counter[str] = Counter()
        self._remarks: list[str] = []
        self._types: dict[str, set[type]] = {}
        self._before = 0  # rows that an interrupted run had done

    def finish(self, progress: Progress) -> None:
        """Bring the journal to the end of the library."""
        for entry in self._journal.entries():
            self._note(entry)
        self._before = done = self._statuses.total()
        total = estimated_rows(self._stream.source)
        progress("rows", done, total, {})
        for piece, result in self._stream.pieces(done + 1):
            entry = self._entry(piece, result)
            self._journal.append(entry)
            self._note(entry)
            progress("rows", self._statuses.total(), total, {})

    def _entry(self, piece: Table, result: dict[str, list[Any]]) -> dict[str, Any]:
        columns = {name: piece.columns[name] for name in self._kept}
        columns |= {new: result[name] for name, new in self._final.items()}
        if self._structure:
            smiles = self._stream.source.smiles or ""
            columns[self._structure] = _blocks(result) if DRAWN in result else piece.columns[smiles]
        remarks = remark_lines(piece, MOST_REMARKS - len(self._remarks))
        return {"statuses": Counter(result["status"]), "remarks": remarks, "columns": columns}

    def _note(self, entry: dict[str, Any]) -> None:
        self._statuses.update(entry["statuses"])
        self._remarks += entry["remarks"]
        for name, values in entry["columns"].items():
            self._types.setdefault(name, set()).update(map(type, values))

    @property
    def mixed(self) -> set[str]:
        """Columns that hold both texts and numbers."""
        return {name for name, types in self._types.items() if str in types and types - {str, type(None)}}

    def result(self, notes: Sequence[str]) -> TableResult:
        """What is told of the run."""
        before = self._before
        went_on = [f"Went on after the {before:,} rows that an interrupted run had done."] if before else []
        return TableResult(self._statuses.total(), dict(self._statuses), (*notes, *went_on, *self._remarks))


def _as_text(values: Sequence[Any]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else cell_text(value) for value in values]


def needs_blocks(source: Source, out: Path | str) -> bool:
    """Whether the workers have to draw mol blocks: the output wants them and the input has none."""
    return _is_sdf(out) and source.format != "sdf"


def _is_sdf(path: Path | str) -> bool:
    return suffix_format(Path(path))[0] == "sdf"


def _blocks(result: dict[str, list[Any]]) -> list[str]:
    empty = "\n  molkit\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    return [block or empty for block in result[DRAWN]]
