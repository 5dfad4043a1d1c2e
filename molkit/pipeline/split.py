"""A table with the part of a split that each row belongs to."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molkit.chem.identity import leak_groups
from molkit.config import RunConfig
from molkit.data.columns import find_column
from molkit.data.sniff import suffix_format
from molkit.data.split import split_rows
from molkit.data.table import read_table, remark_lines
from molkit.data.tables import open_table
from molkit.data.write import check_free, clash_names, open_writer
from molkit.errors import InputError, NothingDone
from molkit.pipeline.dataset import group_names, pack_table, unpack
from molkit.pipeline.progress import Progress, quiet


@dataclass(frozen=True)
class SplitResult:
    """Rows per part, the hash of what was split, and rows that have no part."""

    parts: dict[str, int]
    data_hash: str
    rejected: dict[int, str]
    notes: tuple[str, ...]


def split_table(
    table_path: Path | str,
    out: Path | str,
    method: str,
    group: str | None,
    fractions: tuple[float, float, float],
    seed: int,
    smiles_column: str | None = None,
    *,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> SplitResult:
    """Write the table with a column `split`; unreadable structures are in no part (an empty cell)."""
    if seed < 0:
        raise InputError(f"--seed should be 0 or more, got {seed}")
    check_free(Path(out), overwrite, [Path(table_path)])
    source = open_table(table_path, smiles_column=smiles_column)
    table = read_table(source)
    texts = table.columns[source.smiles or ""]
    config = RunConfig(fractions=fractions, seed=seed, split=method)
    packed = pack_table(texts, table.faults, [], config, workers or os.cpu_count() or 1, progress)
    owners, identities, problems = unpack(packed)
    if not owners:
        raise NothingDone(f"{table_path}: no row has a readable structure")
    groups = None
    if group is not None:
        cells = table.columns[find_column(table.names, group, "--group")]
        groups = group_names(cells, owners)
    split = split_rows(
        leak_groups([identity["leak_keys"] for identity in identities]),
        [identity["scaffold"] for identity in identities],
        groups,
        method,
        fractions,
        seed,
        [identity["inchikey"] for identity in identities],
    )
    parts: list[Any] = [None] * len(texts)
    for name in ("train", "valid", "test"):
        for i in getattr(split, name):
            parts[owners[i]] = name
    column = clash_names(source.names, ["split"])["split"]
    structure = source.smiles if source.format == "sdf" else None
    kept = [n for n in source.names if n != structure or suffix_format(Path(out))[0] == "sdf"]
    with open_writer(out, [*kept, column], overwrite, structure, [source.path]) as writer:
        writer.write({**{name: table.columns[name] for name in kept}, column: parts})
    counts = Counter(part for part in parts if part)
    notes = (*source.notes, *remark_lines(table))
    rejected = {row + 1: problem.sentence(row + 1) for row, problem in sorted(problems.items())}
    return SplitResult({name: counts[name] for name in ("train", "valid", "test")}, split.data_hash, rejected, notes)
