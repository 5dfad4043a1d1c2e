"""The most similar structures of a library, of any size, to some query structures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molkit.chem.policy import Policy, policy_from_dict
from molkit.data.library import check_outside, estimated_rows, open_library
from molkit.data.prepared import PreparedLibrary, is_prepared, prepared_source, read_table_part
from molkit.data.prepared_features import read_features
from molkit.data.table import MOST_REMARKS, Source, Table, read_table, remark_lines, table_from_values
from molkit.data.write import check_free, check_table_path, clash_names, open_writer
from molkit.engine.jobs import cell_chunks
from molkit.engine.workers import WorkerPool
from molkit.errors import InputError, NothingDone
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.pipeline.packing import fingerprint_pool
from molkit.pipeline.prepared import open_checked
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.stream import piece_cells, with_results
from molkit.screening.tanimoto import Hits, add_similar, new_hits, wider_hits, words
from molkit.types import STATUSES, Problem

KEY = "drug/fingerprint"
# Before the columns of the library; library_smiles is the standardised structure.
FOUND = ("query_row", "query_smiles", "rank", "similarity", "library_row", "library_smiles")
_CHUNK = 500
_LEAST = 1e-9  # below any coefficient but 0: what shares nothing is not similar
_MOST_HITS = 10_000_000  # of all queries; 16 bytes each, and its cells
_SPARE = 10_000  # rows whose cells may stand by although they are no hits any more


@dataclass(frozen=True)
class SimilarResult:
    """What was found, best first for each query, and what became of every query and every row."""

    columns: dict[str, list[Any]]
    query_statuses: dict[str, int]
    statuses: dict[str, int]
    query_problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def hits(self) -> int:
        """The number of hits of all queries."""
        return len(self.columns[next(iter(self.columns))])


@dataclass(frozen=True)
class _Queries:
    rows: list[int]  # 1-based
    smiles: list[str]
    bits: np.ndarray  # uint64 [Q, words]
    statuses: dict[str, int]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """A stretch of the library: bits and SMILES of its readable rows, whose 1-based numbers are `rows`."""

    rows: np.ndarray
    bits: np.ndarray
    smiles: Sequence[str | None]
    statuses: Counter[str]
    first_row: int
    table: Callable[[], Table]
    remarks: list[str] = field(default_factory=list)


def find_similar(
    query: str | Path | Sequence[str],
    library: str | Path,
    *,
    top: int = 10,
    threshold: float = 0.0,
    smiles_column: str | None = None,
    workers: int = 0,
    progress: Progress = quiet,
) -> SimilarResult:
    """The `top` rows of a library, with a Tanimoto coefficient above 0 and at least `threshold`, for each query.

    `library` is a table, a folder of tables or a prepared library, `query` the path of one or a list of SMILES. Of
    equally similar rows the first is taken. Fingerprints are molkit's own: Morgan environments up to radius 2 with
    chirality, folded to 2,048 bits, of standardised structures. Raises InputError, and NothingDone if no query can be
    read.
    """
    if top < 1:
        raise InputError(f"--top: expected at least 1, got {top}")
    if not 0 <= threshold <= 1:
        raise InputError(f"--threshold: expected a similarity from 0 to 1, got {threshold:g}")
    if is_prepared(library):
        prepared, notes = open_checked(library)
        _check_fingerprints(prepared)
        policy, source = policy_from_dict(dict(prepared.policy)), prepared_source(prepared)
    else:
        prepared, notes = None, ()
        policy, source = Policy(), open_library(library, smiles_column)
    with fingerprint_pool(policy, workers) as pool:
        queries = _read_queries(query, pool)
        if not queries.rows:
            why = f": {queries.problems[0]}" if queries.problems else ", the table is empty"
            raise NothingDone(f"none of the {len(queries.problems):,} query structures can be read{why}")
        pieces = _prepared_pieces(prepared) if prepared else _table_pieces(source, pool)
        return _searched(source, queries, pieces, top, threshold, notes, progress)


def _check_fingerprints(library: PreparedLibrary) -> None:
    ours, stored = FingerprintFeaturizer(), FingerprintFeaturizer(**library.options.get("fingerprint", {}))
    if stored != ours:
        raise InputError(
            f"{library.folder}: its fingerprints have radius {stored.radius} and {stored.size:,} bits, where radius "
            f"{ours.radius} and {ours.size:,} bits are compared; search the table, or prepare it without --model"
        )


def similar_table(
    query: str | Path | Sequence[str], library: str | Path, out: Path, *, overwrite: bool = False, **options: Any
) -> SimilarResult:
    """Write what `find_similar` finds as a table, whole or not at all."""
    inputs = [Path(path) for path in (query, library) if isinstance(path, str | Path)]
    check_table_path(out)
    check_free(out, overwrite, inputs)
    for folder in filter(Path.is_dir, inputs):
        check_outside(open_library(folder, options.get("smiles_column") if folder == Path(library) else None), out)
    result = find_similar(query, library, **options)
    with open_writer(out, list(result.columns), overwrite, None, inputs) as writer:
        writer.write(result.columns)
    return result


_NO_BITS = np.empty((0, 256), np.uint8)


def _read_queries(query: str | Path | Sequence[str], pool: WorkerPool) -> _Queries:
    """Query structures; those of SD files are shown as standardised SMILES, others as they were written."""
    blocks = False
    if isinstance(query, str | Path):
        source = open_library(query)
        table, blocks = read_table(source), source.format == "sdf"
        texts = table.columns[source.smiles or ""]
    else:
        table, texts = table_from_values(query), list(query)
    rows: list[int] = []
    smiles: list[Any] = []
    bits = [_NO_BITS]
    problems: dict[int, Problem] = {}
    for place, found in enumerate(pool.map(cell_chunks(texts, table.faults, _CHUNK))):
        first = place * _CHUNK
        rows += [first + row + 1 for row in found["rows"]]
        smiles += found["smiles"] if blocks else [texts[first + row] for row in found["rows"]]
        bits += [found["bits"]] if found["rows"] else []
        problems |= {first + row + 1: problem for row, problem in found["problems"].items()}
    statuses = Counter(problem.status for problem in problems.values()) + Counter({"ok": len(rows)})
    listed = tuple(problems[row].sentence(row) for row in sorted(problems))
    return _Queries(rows, smiles, words(np.concatenate(bits)), _in_order(statuses), listed)


def _in_order(statuses: Counter[str]) -> dict[str, int]:
    return {status: statuses[status] for status in STATUSES if statuses[status]}


def _table_pieces(source: Source, pool: WorkerPool) -> Iterator[_Piece]:
    for table, found in with_results(pool, source.pieces(_CHUNK), partial(piece_cells, source)):
        statuses = Counter(problem.status for problem in found["problems"].values())
        statuses.update(["ok"] * len(found["rows"]))
        rows = np.array(found["rows"], np.int64) + table.first_row
        bits = words(found["bits"] if found["rows"] else _NO_BITS)
        yield _Piece(
            rows, bits, found["smiles"], statuses, table.first_row, partial(_given, table), remark_lines(table)
        )


def _given(table: Table) -> Table:
    return table


def _prepared_pieces(library: PreparedLibrary) -> Iterator[_Piece]:
    for part in library.parts:
        found = read_features(library, part.number, [KEY])
        counts = found.values.get(KEY)
        bits = words(packed_bits(counts) if isinstance(counts, np.ndarray) else _NO_BITS)
        smiles = [found.smiles_std[row] for row in found.rows.tolist()]
        cells = partial(read_table_part, library, part.number)
        yield _Piece(found.rows + part.first_row, bits, smiles, Counter(part.statuses), part.first_row, cells)


def _searched(
    source: Source,
    queries: _Queries,
    pieces: Iterator[_Piece],
    top: int,
    threshold: float,
    notes: tuple[str, ...],
    progress: Progress,
) -> SimilarResult:
    most = top + (threshold > 0)  # one more tells whether there are more
    hits = _with_room(new_hits(len(queries.rows), 1), _CHUNK, most)
    kept = source.kept
    cells: dict[int, list[Any]] = {}
    statuses: Counter[str] = Counter()
    remarks: list[str] = []
    total = estimated_rows(source)
    for piece in pieces:
        statuses += piece.statuses
        remarks += piece.remarks[: MOST_REMARKS - len(remarks)]
        hits = _with_piece(hits, queries, piece, most, threshold)
        new = np.unique(hits.rows[hits.rows >= piece.first_row]).tolist()
        if new:
            table = piece.table()
            smiles = dict(zip(piece.rows.tolist(), piece.smiles, strict=True))
            cells |= {row: [smiles[row], *(table.columns[name][row - table.first_row] for name in kept)] for row in new}
        if len(cells) > 2 * hits.rows.size + _SPARE:
            held = set(np.unique(hits.rows).tolist())
            cells = {row: values for row, values in cells.items() if row in held}
        progress("rows", statuses.total(), total, {})
    columns = _columns(queries, Hits(hits.rows[:, :top], hits.similarities[:, :top]), kept, cells)
    more = np.count_nonzero(hits.rows[:, top:] >= 0)
    said = [f"Queries with more hits than --top shows: {more:,}."] if more else []
    every = (*source.notes, *notes, *remarks, *said)
    return SimilarResult(columns, queries.statuses, _in_order(statuses), queries.problems, every)


def _with_piece(hits: Hits, queries: _Queries, piece: _Piece, most: int, threshold: float) -> Hits:
    """The hits with those of a piece; room is made as they come, so that `most` may be more than are ever found."""
    start = 0
    while start < len(piece.bits):
        hits = _with_room(hits, _CHUNK, most)
        end = len(piece.bits) if hits.rows.shape[1] == most else start + _CHUNK
        bits, rows = piece.bits[start:end], piece.rows[start:end]
        add_similar(hits, queries.bits, bits, max(threshold, _LEAST), rows)
        start = end
    return hits


def _with_room(hits: Hits, more: int, most: int) -> Hits:
    """Hits to which `more` can be added for each query before there are `most`; raises InputError for too many."""
    queries, room = hits.rows.shape
    if room == most:
        return hits
    needed = min(most, int((hits.rows >= 0).sum(axis=1).max()) + more)
    if needed <= room:
        return hits
    if queries * needed > _MOST_HITS:
        raise InputError(
            f"--top: up to {needed:,} hits for each of {queries:,} queries are more than the {_MOST_HITS:,} that are "
            "held at once; choose a lower --top, a higher --threshold or fewer queries"
        )
    return wider_hits(hits, max(needed, min(most, 2 * room, _MOST_HITS // queries)))


def _columns(queries: _Queries, hits: Hits, kept: Sequence[str], cells: dict[int, list[Any]]) -> dict[str, list[Any]]:
    found = [(q, rank) for q, rank in np.argwhere(hits.rows >= 0).tolist()]
    rows = [int(hits.rows[place]) for place in found]
    made: dict[str, list[Any]] = {
        "query_row": [queries.rows[q] for q, _ in found],
        "query_smiles": [queries.smiles[q] for q, _ in found],
        "rank": [rank + 1 for _, rank in found],
        "similarity": [round(float(hits.similarities[place]), 4) for place in found],
        "library_row": rows,
        "library_smiles": [cells[row][0] for row in rows],
    }
    names = clash_names(kept, FOUND)
    return {names[name]: made[name] for name in FOUND} | {
        name: [cells[row][place] for row in rows] for place, name in enumerate(kept, 1)
    }
