"""One table of several files, an endpoint each, so that one model can learn them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molkit.chem.identity import leak_groups
from molkit.config import RunConfig
from molkit.data.cells import is_blank, read_number
from molkit.data.columns import plain_name
from molkit.data.labels import read_labels
from molkit.data.sniff import suffix_format
from molkit.data.table import MOST_REMARKS, Table, read_table, remark_lines
from molkit.data.tables import open_table
from molkit.data.write import open_writer
from molkit.errors import InputError, MolkitError
from molkit.features.inputs import molecules
from molkit.pipeline.progress import Progress, quiet
from molkit.pipeline.samples import read_samples

STRUCTURE, SOURCE = "smiles", "source"
# A compound that `molkit train --mixtures largest` would read has to be known here too.
_READING = RunConfig(mixtures="largest")
_SIGNS = {1: ">", -1: "<"}


@dataclass(frozen=True)
class JoinOptions:
    """What a join was asked for.

    `targets` is the measured column, one for all files or one for each (none: exports are recognised), `names` are
    those of the endpoints, `apart` the files of compounds that are not to be in the table. The others are as for
    training.
    """

    targets: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    apart: tuple[Path, ...] = ()
    smiles_column: str | None = None
    task: str | None = None
    relation: str | None = None


@dataclass(frozen=True)
class Joined:
    """The joint table, and what became of the rows of every file.

    `kept` counts the rows of each endpoint in the table and `left_out` those that are not; `reasons` has a sentence for
    each of the latter. `compounds` are the distinct readable structures, `shared` those measured for several endpoints.
    """

    table: Table
    kept: dict[str, int]
    left_out: dict[str, int]
    reasons: tuple[str, ...]
    compounds: int
    shared: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """The rows of a file: structures, cells of the endpoint (None for compounds to keep apart), unusable rows."""

    path: Path
    structures: list[Any]
    cells: list[Any] | None
    faults: dict[int, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    """Where a row comes from, why it cannot be used (""), its leak group (-1: unreadable), InChIKey and endpoint."""

    where: str
    fault: str
    group: int
    key: str
    endpoint: int
    measured: bool


def join_files(
    paths: Sequence[Path],
    out: Path,
    options: JoinOptions = JoinOptions(),
    *,
    overwrite: bool = False,
    workers: int = 0,
    progress: Progress = quiet,
) -> Joined:
    """Write the joint table; raises InputError as `join_tables` does, and where `out` cannot be written."""
    columns = [STRUCTURE, *endpoint_names(paths, options.names), SOURCE]
    with open_writer(out, columns, overwrite, inputs=[*paths, *options.apart]) as writer:
        joined = join_tables(paths, options, workers=workers, progress=progress)
        writer.write(joined.table.columns)
    return joined


def join_tables(
    paths: Sequence[Path], options: JoinOptions = JoinOptions(), *, workers: int = 0, progress: Progress = quiet
) -> Joined:
    """All rows of all files, in order: structure, a column per endpoint (blank where it was not measured), source.

    A row that shares a leak group with any row of the files to keep apart is left out, whatever its endpoint, and so
    is one that could not be read properly; a structure that cannot be read stays. Raises InputError for endpoints of
    one name, labels that cannot be read, and a file of which nothing is left.
    """
    names = endpoint_names(paths, options.names)
    files = [_read(path, target, options) for path, target in zip(paths, _targets(paths, options), strict=True)]
    files += [_opened(path, options)[0] for path in options.apart]
    rows = _rows(files, workers, progress)
    out = _left_out(rows, len(paths))
    kept = [place for place, row in enumerate(rows) if row.endpoint < len(paths) and place not in out]
    staying, lost = _counts(rows, kept, names), _counts(rows, list(out), names)
    for name, path in zip(names, paths, strict=True):
        if not staying[name]:
            raise InputError(f"{path}: none of its {lost[name]} rows may stay in the joint table; leave the file out")
    compounds, shared = _overlap([rows[place] for place in kept])
    notes = [note for file in files for note in file.notes] + (_unread(rows) if options.apart else [])
    return Joined(_table(files, rows, names, kept), staying, lost, tuple(out.values()), compounds, shared, tuple(notes))


def endpoint_names(paths: Sequence[Path], told: Sequence[str] = ()) -> tuple[str, ...]:
    """The name of each file's endpoint: as told, else of the file, or of its folder where files are called alike.

    >>> endpoint_names([Path("herg.csv"), Path("ames.csv.gz")])
    ('herg', 'ames')
    >>> endpoint_names([Path("herg/train.csv"), Path("ames/train.csv")])
    ('herg', 'ames')
    """
    if len(paths) < 2:
        raise InputError(f"expected two or more tables to join, got {len(paths)}")
    if told and len(told) != len(paths):
        raise InputError(f"--names: expected {len(paths)} names, one for each file, got {len(told)}")
    choices = [told] if told else [[_stem(path) for path in paths], [path.resolve().parent.name for path in paths]]
    for names in choices:
        if all(names) and len({plain_name(name) for name in (*names, STRUCTURE, SOURCE)}) == len(paths) + 2:
            return tuple(names)
    shown = ", ".join(choices[0])
    raise InputError(f"--names: expected a different name for each endpoint, not {STRUCTURE} or {SOURCE}; got {shown}")


def _stem(path: Path) -> str:
    return Path(path.stem).stem if suffix_format(path)[1] else path.stem


def _targets(paths: Sequence[Path], options: JoinOptions) -> Sequence[str | None]:
    given = options.targets
    if len(given) not in (0, 1, len(paths)):
        raise InputError(f"--target: expected one for all {len(paths)} files, or one for each, got {len(given)}")
    return given if len(given) == len(paths) else [*(given or [None])] * len(paths)


def _read(path: Path, target: str | None, options: JoinOptions) -> _File:
    """A file with the cells of its endpoint; a sign of a column of its own stands before the number."""
    file, table = _opened(path, options)
    try:
        labels = read_labels(table, target and (target,), task=options.task, relation=options.relation)
    except MolkitError as error:
        raise InputError(f"{path}: {error}") from None
    if len(labels.targets) > 1:
        raise InputError(f"{path}: expected one --target of it, found {', '.join(labels.targets)}")
    cells = [
        f"{_SIGNS[sign]}{cell}" if sign and not read_number(cell).relation else cell
        for cell, sign in zip(table.columns[labels.targets[0]], labels.relations[:, 0].tolist(), strict=True)
    ]
    notes = tuple(f"{path}: {note}" for note in labels.notes)
    return _File(path, file.structures, cells, labels.faults, (*file.notes, *notes))


def _opened(path: Path, options: JoinOptions) -> tuple[_File, Table]:
    """A file of compounds, whatever was measured, and its table."""
    source = open_table(path, smiles_column=options.smiles_column)
    table = read_table(source)
    notes = tuple(f"{path}: {note}" for note in (*source.notes, *remark_lines(table)))
    return _File(path, table.columns[source.smiles or ""], None, table.faults, notes), table


def _rows(files: Sequence[_File], workers: int, progress: Progress) -> list[_Row]:
    """Every row of every file, with the leak group that it has among all of them."""
    places = [(number, row) for number, file in enumerate(files) for row in range(1, len(file.structures) + 1)]
    faults = {place: files[n].faults[row] for place, (n, row) in enumerate(places, 1) if row in files[n].faults}
    cells = [cell for file in files for cell in file.structures]
    inputs = molecules(STRUCTURE)
    samples = read_samples({inputs[0].name: cells}, faults, inputs, [], _READING, workers, progress)
    identities = samples.identities[inputs[0].name]
    groups, keys = np.full(len(cells), -1), np.full(len(cells), "", object)
    groups[samples.rows] = leak_groups([identity.leak_keys for identity in identities])
    keys[samples.rows] = [identity.key for identity in identities]
    found = []
    for place, (number, row) in enumerate(places):
        file = files[number]
        measured = file.cells is not None and not is_blank(file.cells[row - 1])
        fault = file.faults.get(row, "")
        found.append(_Row(f"{file.path} row {row}", fault, int(groups[place]), keys[place], number, measured))
    return found


def _left_out(rows: Sequence[_Row], endpoints: int) -> dict[int, str]:
    """Why rows of the endpoints do not enter the table, by place."""
    apart: dict[int, str] = {}
    for row in rows:
        if row.endpoint >= endpoints and row.group >= 0:
            apart.setdefault(row.group, row.where)
    out = {}
    for place, row in enumerate(rows):
        if row.endpoint < endpoints and row.fault:
            out[place] = f"{row.where}: {row.fault}"
        elif row.endpoint < endpoints and row.group in apart:
            out[place] = f"{row.where}: the compound of {apart[row.group]}, or a salt, stereoisomer or tautomer of it."
    return out


def _unread(rows: Sequence[_Row]) -> list[str]:
    """What is said of rows, of either side, of which nobody knows whether they are alike."""
    found = [row.where for row in rows if row.group < 0 and not row.fault]
    said = [f"{where} has no readable structure; it was compared with nothing." for where in found[:MOST_REMARKS]]
    return said + ([f"So it is with {len(found) - len(said):,} more rows."] if len(found) > len(said) else [])


def _counts(rows: Sequence[_Row], places: Sequence[int], names: Sequence[str]) -> dict[str, int]:
    found = np.bincount([rows[place].endpoint for place in places], minlength=len(names)).tolist()
    return dict(zip(names, found, strict=True))


def _overlap(rows: Sequence[_Row]) -> tuple[int, int]:
    """How many distinct readable compounds these are, and how many of them are measured for several endpoints."""
    endpoints: dict[str, set[int]] = {}
    for row in rows:
        if row.key:
            endpoints.setdefault(row.key, set()).update([row.endpoint] if row.measured else [])
    return len(endpoints), sum(len(own) > 1 for own in endpoints.values())


def _table(files: Sequence[_File], rows: Sequence[_Row], names: Sequence[str], kept: Sequence[int]) -> Table:
    structures = [cell for file in files for cell in file.structures]
    values = [cell for file in files for cell in file.cells or ()]
    columns = {STRUCTURE: [structures[place] for place in kept]}
    for number, name in enumerate(names):
        columns[name] = [values[place] if rows[place].endpoint == number else None for place in kept]
    columns[SOURCE] = [rows[place].where for place in kept]
    return Table(tuple(columns), columns)
