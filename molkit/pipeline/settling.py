"""How tables and records are read: what is known of their words, codes and times, chosen by no label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.columns import find_column
from molkit.data.records import Record
from molkit.data.split import hash_rows
from molkit.data.table import Table
from molkit.errors import InputError
from molkit.features.image import image_options
from molkit.features.inputs import Input
from molkit.features.record import record_options
from molkit.features.tabular import FEWEST, HALF, is_bound, names_rows, table_options
from molkit.pipeline.dataset import Dataset, group_names
from molkit.pipeline.makers import table_columns
from molkit.pipeline.samples import CellsOf, Samples
from molkit.types import Split

FITTED = ("table", "record")  # kinds of which rows decide how others are read


def settled(
    inputs: Sequence[Input], table: Table, cells: CellsOf, config: RunConfig, among: Sequence[int] | None = None
) -> tuple[Input, ...]:
    """The inputs with options of their readers that suit the rows `among` (from 0), by default all.

    What the configuration says of reading stays. Later calls leave images as they are, which no row decides.
    """
    chosen = [one for one in inputs if one.kind in FITTED or among is None]
    if not chosen:
        return tuple(inputs)
    rows = range(len(table)) if among is None else among
    owners = _owners(inputs, table, cells, config)
    own = [owners[row] for row in rows]
    return tuple(
        replace(one, options={**one.options, **_options(one, table, cells, config, rows, own),
                              **config.reading.get(one.name, {})}) if one in chosen else one
        for one in inputs
    )  # fmt: skip


def _options(
    one: Input, table: Table, cells: CellsOf, config: RunConfig, rows: Sequence[int], owners: Sequence[str]
) -> dict[str, Any]:
    """Options of a reader that suit some rows; `owners` say whose each of these is."""
    if one.kind == "table":
        columns = tuple(table_columns(one, table.names))
        part = Table(columns, {name: [table.columns[name][row] for row in rows] for name in columns})
        return table_options(part, columns, owners=owners)
    if one.kind == "record":
        hours = config.reading.get(one.name, {}).get("hours", 0.0)
        subjects = owners if config.group is not None else None
        return record_options([cells[one.name][row] for row in rows], hours, owners=subjects)
    return image_options(cells[one.name]) if one.kind == "image" else {}


def _owners(inputs: Sequence[Input], table: Table, cells: CellsOf, config: RunConfig) -> list[str]:
    """Whose each row is: of a group, of the subject of a record, of an id; else each row is its own."""
    record = next((one.name for one in inputs if one.kind == "record"), None)
    option, column = ("--id", config.id) if config.group is None else ("--group", config.group)
    named: Sequence[Any] = [None] * len(table)
    if record is not None and config.group is None:
        named = [cell.subject if isinstance(cell, Record) else None for cell in cells[record]]
    elif column is not None:
        named = table.columns[find_column(table.names, column, option)]
    return group_names(named, range(len(table)))


def without_names(inputs: Sequence[Input], table: Table) -> tuple[list[Input], list[str]]:
    """Inputs without the columns of a table that name rows or hold free text, and notes on these.

    Raises InputError for an input of which nothing is left.
    """
    found, notes = [], []
    for one in inputs:
        columns = table_columns(one, table.names) if one.kind == "table" else []
        left_out = [name for name in columns if names_rows(table.columns[name])]
        if not left_out:
            found.append(one)
            continue
        said = f"{', '.join(left_out)}: not all cells are numbers, and more than {HALF:.0%} are distinct, as names are"
        kept = [name for name in columns if name not in left_out]
        if not kept:
            raise InputError(f"--input {one.name}={one.source}: {said}; correct cells or name other columns")
        notes.append(f"Left out of {one.name}: {said}; correct what should be numbers.")
        found.append(replace(one, source=",".join(kept)))
    return found, notes


def unknown_words(inputs: Sequence[Input]) -> list[str]:
    """A note on columns of words of which none is common enough to be known."""
    columns = [name for one in inputs for name, known in one.options.get("categories", {}).items() if not known]
    said = f"no word is known of {', '.join(columns)}, as none has {FEWEST} subjects; only whether a cell is blank"
    return [f"Of the table {said}."] if columns else []


def bounds_read(inputs: Sequence[Input], table: Table) -> list[str]:
    """A note on bounds in columns of numbers, which are read as the numbers themselves."""
    columns = [name for one in inputs if one.kind == "table" for name in one.options["columns"]
               if name not in one.options["categories"]]  # fmt: skip
    counts = {name: sum(map(is_bound, table.columns[name])) for name in columns}
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    said = "bounds such as >10 are read as 10; leave a cell empty if it should count as not measured"
    return [f"Cells with a sign in columns that are read: {told}; {said}."] if told else []


def seen_settings(inputs: Sequence[Input], split: Split, config: RunConfig) -> list[str]:
    """A note where rows that are scored took part in how tables and records are read."""
    if not any(one.kind in FITTED for one in inputs) or (split.test and config.repeats == 1):
        return []
    return ["Which words, codes and steps of time are known was chosen from all rows of the run that are not for the"
            " first test part, by no label; held-out folds and repeats share it."]  # fmt: skip


def readable_twice(first: Samples, second: Samples) -> Samples:
    """The second reading of the rows that the first could read too; the others keep the reason they have."""
    kept = np.flatnonzero(np.isin(second.rows, first.rows)).tolist()
    problems: Mapping[int, Any] = {**second.problems, **first.problems}
    return replace(second.take(kept), problems=dict(problems))


def carried(split: Split, old: Dataset, new: Dataset) -> Split:
    """The split of a data set for another of the same rows, of which some may be gone."""
    places = {row: place for place, rows in enumerate(new.rows) for row in rows}

    def moved(part: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted({places[row] for sample in part for row in old.rows[sample] if row in places}))

    return replace(
        split, train=moved(split.train), valid=moved(split.valid), test=moved(split.test), data_hash=hash_rows(new.data)
    )
