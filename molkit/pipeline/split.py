"""A table with the part of a split, or the fold, that each row belongs to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.chem.cluster import butina_clusters, nearest_outside
from molkit.chem.identity import leak_groups
from molkit.config import RunConfig
from molkit.data.batching import dense
from molkit.data.columns import find_column
from molkit.data.folds import fold_rows
from molkit.data.labels import read_labels
from molkit.data.sniff import suffix_format
from molkit.data.split import ORDERED, PARTS, Rows, check_method, hash_rows, split_rows
from molkit.data.split_file import write_split
from molkit.data.table import Source, Table, read_table, remark_lines
from molkit.data.tables import open_table
from molkit.data.times import parse_times
from molkit.data.write import check_free, clash_names, open_writer
from molkit.errors import InputError, NothingDone
from molkit.features import packed_bits
from molkit.features.inputs import molecules
from molkit.pipeline.dataset import group_names
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import Samples, read_samples
from molkit.types import Split

_CLUSTERS_OF_ACYCLIC = ("scaffold", "none", "column")
_CLUSTERS_OF_ALL = ("butina", "dissimilarity")


@dataclass(frozen=True)
class SplitOptions:
    """What a split was asked for; `folds` 0 means parts by `fractions`, else these are not looked at."""

    method: str = "scaffold"
    targets: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0
    folds: int = 0
    repeats: int = 1


@dataclass(frozen=True)
class SplitResult:
    """Rows per part of every new column, the hash of what was split, rows that have no part, what is told."""

    parts: dict[str, dict[str, int]]
    data_hash: str
    rejected: dict[int, str]
    notes: tuple[str, ...]


def with_clusters(rows: Rows, method: str) -> Rows:
    """The rows with the clusters that a split or folds by `method` need; raises ValueError without `bits`."""
    if method in _CLUSTERS_OF_ACYCLIC:
        needed = np.array([row for row, scaffold in enumerate(rows.scaffolds) if not scaffold], np.int64)
    elif method in _CLUSTERS_OF_ALL:
        needed = np.arange(len(rows))
    else:
        return rows
    if rows.bits is None:
        if method in _CLUSTERS_OF_ACYCLIC:
            return rows
        raise InputError(f"--split {method}: is for rows of one molecule each; try another")
    clusters = np.full(len(rows), -1, np.int64)
    clusters[needed] = butina_clusters(rows.bits[needed])
    nearest = nearest_outside(rows.bits, clusters) if method == "dissimilarity" else None
    return replace(rows, clusters=clusters, nearest=nearest)


def split_table(
    table_path: Path | str,
    out: Path | str,
    options: SplitOptions = SplitOptions(),
    smiles_column: str | None = None,
    *,
    save: Path | None = None,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> SplitResult:
    """Write the table with a column `split` or `fold`, and `save`, if given, with the split itself.

    Several repeats make columns `split_1`, `split_2`, ... of the seeds that follow `options.seed`. Unreadable
    structures are in no part (an empty cell). Raises InputError for options that do not go together.
    """
    _check(options, save)
    if save is not None and save.resolve() == Path(out).resolve():
        raise InputError(f"--save {save}: is the table to write; give the split a name of its own")
    for path in (out, *([save] if save else [])):
        check_free(Path(path), overwrite, [Path(table_path)])
    source = open_table(table_path, smiles_column=smiles_column)
    table = read_table(source)
    notes = [*source.notes, *remark_lines(table)]
    keys = ["drug/fingerprint"] if options.method in _CLUSTERS_OF_ACYCLIC + _CLUSTERS_OF_ALL else []
    texts = table.columns[source.smiles or ""]
    inputs = molecules(source.smiles or "")
    samples = read_samples({inputs[0].name: texts}, table.faults, inputs, keys, RunConfig(), workers, progress)
    owners, identities = samples.rows.tolist(), samples.identities[inputs[0].name]
    if not owners:
        raise NothingDone(f"{table_path}: no row has a readable structure")
    rows = with_clusters(_rows(table, options, samples, notes), options.method)
    if options.folds:
        columns = _fold_columns(rows, options, notes)
    else:
        splits = [split_rows(rows, options.method, options.fractions, options.seed + r) for r in range(options.repeats)]
        columns = _split_columns(splits, notes)
    cells = {name: _on_rows(column, owners, len(table)) for name, column in columns.items()}
    names = clash_names(source.names, list(cells))
    if save is not None:
        known_as = [identity.key for identity in identities]
        write_split(save, splits[0], known_as, options.fractions, overwrite, [source.path])
    _write(source, table, {names[name]: column for name, column in cells.items()}, out, overwrite)
    rejected = {row + 1: problem.sentence(row + 1) for row, problem in sorted(samples.problems.items())}
    parts = {names[name]: _counts(column, options) for name, column in columns.items()}
    return SplitResult(parts, hash_rows(rows.data), rejected, tuple(notes))


def _check(options: SplitOptions, save: Path | None) -> None:
    check_method(
        options.method,
        group=options.group is not None,
        time=options.time is not None,
        target=bool(options.targets),
    )
    if options.seed < 0:
        raise InputError(f"--seed should be 0 or more, got {options.seed}")
    if options.folds < 0 or options.folds == 1:
        raise InputError(f"--folds should be 2 or more, got {options.folds}")
    if options.repeats < 1:
        raise InputError(f"--repeats should be 1 or more, got {options.repeats}")
    if save is not None and (options.folds or options.repeats > 1):
        raise InputError("--save keeps one split; leave --folds and --repeats out")
    if options.repeats > 1 and options.method in ORDERED and not options.folds:
        raise InputError(f"--repeats: a split by {options.method} has one answer; leave --repeats out")


def _rows(table: Table, options: SplitOptions, samples: Samples, notes: list[str]) -> Rows:
    """What the split may know of the readable rows of the table."""
    owners, identities = samples.rows.tolist(), next(iter(samples.identities.values()))
    groups = times = values = None
    kinds: tuple[str, ...] = ()
    if options.group is not None:
        groups = group_names(table.columns[find_column(table.names, options.group, "--group")], owners)
    if options.time is not None:
        column = find_column(table.names, options.time, "--time")
        times = parse_times(table.columns[column], column, table.first_row)[owners]
    if options.targets:
        labels = read_labels(table, options.targets)
        values, kinds = np.where(labels.relations == 0, labels.values, np.nan)[owners], labels.kinds
        notes += labels.notes
    counts = samples.columns.get("drug/fingerprint")
    return Rows(
        leak_groups([identity.leak_keys for identity in identities]),
        [identity.series for identity in identities],
        bits=None if counts is None else packed_bits(dense(counts)),
        values=values,
        kinds=kinds,
        groups=groups,
        times=times,
        data=[identity.key for identity in identities],
        targets=options.targets,
    )


def _split_columns(splits: list[Split], notes: list[str]) -> dict[str, list[Any]]:
    """The part of every readable row, one column per split."""
    columns = {}
    for name, split in zip(_names("split", len(splits)), splits, strict=True):
        part_of = {row: part for part in PARTS for row in getattr(split, part)}
        columns[name] = [part_of[row] for row in range(len(part_of))]
        notes += [remark if len(splits) == 1 else f"{name}: {remark}" for remark in split.remarks]
    return columns


def _fold_columns(rows: Rows, options: SplitOptions, notes: list[str]) -> dict[str, list[Any]]:
    """The fold, from 1, of every readable row, one column per repeat."""
    columns = {}
    for repeat, name in enumerate(_names("fold", options.repeats)):
        folds = fold_rows(rows, np.arange(len(rows)), options.method, options.folds, options.seed + repeat)
        if not folds:
            raise InputError("--folds: all rows belong together, so that there are no folds; try --split random")
        if len(folds) < options.folds:
            notes.append(f"{name}: {len(folds)} folds only, as the rows are that many groups that stay together.")
        column = np.zeros(len(rows), np.int64)
        for number, fold in enumerate(folds, 1):
            column[fold] = number
        columns[name] = column.tolist()
    return columns


def _names(name: str, repeats: int) -> list[str]:
    return [name] if repeats == 1 else [f"{name}_{number}" for number in range(1, repeats + 1)]


def _on_rows(column: list[Any], owners: list[int], size: int) -> list[Any]:
    cells: list[Any] = [None] * size
    for row, part in zip(owners, column, strict=True):
        cells[row] = part
    return cells


def _counts(column: list[Any], options: SplitOptions) -> dict[str, int]:
    counts = Counter(column)
    return {str(part): counts[part] for part in (sorted(counts) if options.folds else PARTS)}


def _write(source: Source, table: Table, new: dict[str, list[Any]], out: Path | str, overwrite: bool) -> None:
    structure = source.smiles if source.format == "sdf" else None
    kept = [n for n in source.names if n != structure or suffix_format(Path(out))[0] == "sdf"]
    with open_writer(out, [*kept, *new], overwrite, structure, [source.path]) as writer:
        writer.write({**{name: table.columns[name] for name in kept}, **new})
