"""The profile of a table, and of structures in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from molkit.bundle import content_hash
from molkit.chem.policy import Policy
from molkit.data.library import open_library
from molkit.data.table import Source
from molkit.engine.columns import shared_names
from molkit.engine.workers import Job, WorkerPool
from molkit.errors import InputError
from molkit.pipeline.identity import library_identity
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.score import AS_IT_IS, Arrangement, TableResult, needs_blocks, write_rows
from molkit.pipeline.scoring import check_level, new_pool
from molkit.pipeline.stream import Stream, score_values
from molkit.profile.arrange import best_rows, long_table
from molkit.profile.columns import GROUPS, UNWELCOME, WELCOME, column_names
from molkit.profile.endpoints import Endpoint, choose_endpoints

_SET_UP, _PROFILE = "molkit.profile.chunk:load_profiler", "molkit.profile.chunk:profile_chunk"


def profile_columns(endpoints: Sequence[Endpoint], level: int = 90) -> list[str]:
    """The columns of a profile in the order in which they are written: values, what depends on the structure alone,
    then all that is known beside each value."""
    details = [name for endpoint in endpoints for name in column_names(endpoint, level).values()]
    first = [endpoint.name for endpoint in endpoints]
    return [*first, WELCOME, UNWELCOME, *shared_names(GROUPS), *(name for name in details if name not in first)]


def profile_pool(endpoints: Sequence[Endpoint], level: int, workers: int) -> WorkerPool:
    """Worker processes that profile chunks of cells; raises BundleError for a shipped model that is missing."""
    return _pool(endpoints, _hashes(endpoints), level, workers)


def _hashes(endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
    return tuple(content_hash(endpoint.model) for endpoint in endpoints)


def _pool(
    endpoints: Sequence[Endpoint],
    hashes: Sequence[str],
    level: int,
    workers: int,
    rows: int | None = None,
    drawn: bool = False,
) -> WorkerPool:
    job = Job(_SET_UP, ([endpoint.name for endpoint in endpoints], hashes, level, drawn), _PROFILE)
    limits = Policy().limits
    return new_pool(job, workers, rows, limits.seconds, limits.memory_mb)


def open_profile(
    source: Source, endpoints: Sequence[Endpoint], level: int, workers: int, drawn: bool = False
) -> Stream:
    """The profile of a library as a stream; raises MolkitError for a file that is not what it should be."""
    hashes = _hashes(endpoints)
    models = [[endpoint.name, sha256] for endpoint, sha256 in zip(endpoints, hashes, strict=True)]
    identity = {"models": models, "columns": ["admet"], "level": check_level(level), **library_identity(source)}
    pool = _pool(endpoints, hashes, level, workers, source.row_count, drawn)
    return Stream(source, tuple(profile_columns(endpoints, level)), pool, identity)


def profile_table(
    library: Path | str,
    out: Path | str,
    *,
    endpoints: str | Sequence[str] | None = None,
    long: bool = False,
    top: int | None = None,
    level: int = 90,
    smiles_column: str | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> TableResult:
    """Profile every row of a table, or of a folder of tables, into another table; raises MolkitError.

    `long` writes a row for each row and endpoint, `top` only so many of the best rows (see `best_rows`). A run that was
    killed goes on where it stopped when it is called again with the same arguments.
    """
    if long and top is not None:
        raise InputError("--long and --top: a table has one row for each endpoint, or the best rows; choose one")
    chosen = choose_endpoints(endpoints)
    source = open_library(library, smiles_column)
    with open_profile(source, chosen, level, workers, needs_blocks(source, out)) as stream:
        arrangement = long_table(chosen, level) if long else best_rows(top) if top is not None else AS_IT_IS
        _check_names(stream, arrangement)
        return write_rows(stream, out, overwrite, progress, arrangement=arrangement)


def _check_names(stream: Stream, arrangement: Arrangement) -> None:
    """Rows that are arranged anew are told by the names of their columns."""
    double = [name for name in stream.names if name in stream.source.kept]
    if arrangement is not AS_IT_IS and double:
        raise InputError(f"{stream.source.path}: has a column {double[0]!r} already, as profiles have; rename it")


def profile_values(
    texts: Sequence[Any], endpoints: Sequence[Endpoint], pool: WorkerPool, level: int = 90
) -> dict[str, list[Any]]:
    """The columns of the profile for structures in memory."""
    return score_values(pool, texts, profile_columns(endpoints, level))
