"""A labelled table as samples to learn from: one for what is the same, with what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.chem.identity import leak_groups
from molkit.data.batching import by_appearance
from molkit.data.labels import Labels
from molkit.data.split import joined_groups
from molkit.data.table import Table
from molkit.features.inputs import KINDS, Input, alike, alike_places, called, kinds_of, main_input, noun_of
from molkit.pipeline.samples import Samples
from molkit.types import Column, Identity, Measurements, Problem


@dataclass(frozen=True)
class Dataset:
    """n samples (compounds, pairs, images); `rows` are the 1-based table rows that each stands for.

    `identities` say by input what their cells are, `entities` number by input those that no split may part; two
    alike inputs are numbered together.
    """

    inputs: tuple[Input, ...]
    columns: dict[str, Column]
    measurements: Measurements
    identities: dict[str, tuple[Identity, ...]]
    entities: dict[str, np.ndarray]  # int64 [n]
    ids: tuple[str, ...] | None
    groups: tuple[int, ...] | None
    parts: tuple[str | None, ...] | None
    rows: tuple[tuple[int, ...], ...]
    rejected: dict[int, Problem]
    remarks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of the inputs by name."""
        return kinds_of(self.inputs)

    @property
    def noun(self) -> str:
        """What a row is called."""
        return noun_of(self.inputs)

    @property
    def main(self) -> Input:
        """The input that names a sample."""
        return main_input(self.inputs)

    @property
    def smiles(self) -> tuple[str, ...]:
        """What is shown of the main input of each sample."""
        return tuple(found.text for found in self.identities[self.main.name])

    @property
    def scaffolds(self) -> tuple[str, ...]:
        """The series of the main input of each sample, "" for none."""
        return tuple(found.series for found in self.identities[self.main.name])

    @property
    def keys(self) -> tuple[str, ...]:
        """A text for each sample that equal ones share."""
        return tuple(map(" ".join, sample_keys(self.inputs, self.identities)))

    @property
    def data(self) -> list[tuple[object, ...]]:
        """What the samples are and what was measured of them, for the hash of a split."""
        values = self.measurements.values.tolist()
        return [(key, *row) for key, row in zip(self.keys, values, strict=True)]

    @property
    def leak(self) -> np.ndarray:
        """Numbers int64 [n] of what is the same in every input, or shares what must never be parted."""
        return row_leaks(self.inputs, self.entities)


def row_leaks(inputs: Sequence[Input], entities: Mapping[str, np.ndarray]) -> np.ndarray:
    """Numbers int64 [n], by first appearance, of rows with the same entities; alike inputs in either order.

    Rows that share a thing which must never be parted (a subject) are one group, whatever else they hold.
    """
    numbers = np.stack([entities[one.name] for one in inputs], axis=1)
    pair = list(alike_places(inputs))
    numbers[:, pair] = np.sort(numbers[:, pair], axis=1)
    return whole_groups(inputs, entities, by_appearance(numbers)[1])


def whole_groups(inputs: Sequence[Input], entities: Mapping[str, np.ndarray], groups: np.ndarray) -> np.ndarray:
    """The groups int64 [n], joined where rows share a thing of an input whose things must never be parted."""
    whole, pair = [one.name for one in inputs if KINDS[one.kind].whole], alike(inputs)
    if not whole:
        return groups
    things = [f"{'' if name in pair else name} {number}" for name in whole for number in entities[name].tolist()]
    return joined_groups(np.tile(groups, len(whole)).tolist(), things)[: len(groups)]


def entity_numbers(
    inputs: Sequence[Input], identities: Mapping[str, Sequence[Identity]]
) -> dict[str, np.ndarray]:  # fmt: skip
    """Numbers int64 [n] by input of the cells that share a leak key; those of alike inputs are numbered together."""
    pair = alike(inputs)
    groups = [[one] for one in inputs if one.name not in pair]
    groups += [[one for one in inputs if one.name in pair]] if pair else []
    numbers: dict[str, np.ndarray] = {}
    for own in groups:
        keys = [identity.leak_keys for one in own for identity in identities[one.name]]
        parts = np.split(leak_groups(keys), len(own))
        numbers |= {one.name: part for one, part in zip(own, parts, strict=True)}
    return numbers


def sample_keys(
    inputs: Sequence[Input], identities: Mapping[str, Sequence[Identity]]
) -> list[tuple[str, ...]]:  # fmt: skip
    """What equal samples share, for each of n; the keys of alike inputs are in one order."""
    keys = [[found.key or f"\0row {row}" for row, found in enumerate(identities[one.name])] for one in inputs]
    if pair := alike_places(inputs):
        ordered = [sorted(both) for both in zip(*(keys[place] for place in pair), strict=True)]
        for place, own in zip(pair, zip(*ordered, strict=True), strict=False):
            keys[place] = list(own)
    return list(zip(*keys, strict=True))


def build_dataset(table: Table, inputs: tuple[Input, ...], labels: Labels, samples: Samples) -> Dataset:
    """Samples with their labels; measurements of the same thing become one.

    The same compound is the same full standard InChIKey. Regression values are merged by their median,
    classes by majority; an even vote is dropped. Rows that repeat a pair are often variants of it (mutants of a protein
    with one sequence in the table) and no copies: they become their mean, and weigh as many. Of the repeated pairs in
    the training part of Davis the mean of the other rows misses a row by 0.251 (mean square), their median by 0.272.
    A sample that a split column puts into several parts stays in the last of them.
    """
    measured = ~np.isnan(labels.values).all(axis=1)
    owners = samples.rows.tolist()
    found: dict[tuple[Hashable, str | None], list[int]] = {}
    for place, (row, key) in enumerate(zip(owners, sample_keys(inputs, samples.identities), strict=True)):
        part = labels.split[row] if labels.split else None
        if measured[row] and (labels.split is None or part is not None):
            found.setdefault((key, part), []).append(place)
    remarks: list[str] = []
    found = _without_shared(found, remarks, noun_of(inputs))
    kept = samples.take([rows[0] for rows in found.values()])
    members = [[owners[i] for i in rows] for rows in found.values()]
    values, relations = _merge(labels, members, remarks, inputs)
    weights = np.ones(len(labels)) if labels.weights is None else labels.weights
    weigh = np.sum if len(inputs) > 1 else np.mean
    return Dataset(
        inputs=inputs,
        columns=kept.columns,
        measurements=Measurements(
            values, relations, np.array([weigh(weights[rows]) for rows in members]), labels.exclusive
        ),
        identities=kept.identities,
        entities=entity_numbers(inputs, kept.identities),
        ids=None if labels.ids is None else tuple(_names(labels.ids, rows) for rows in members),
        groups=None if labels.groups is None else _groups(labels.groups, members),
        parts=None if labels.split is None else tuple(part for _, part in found),
        rows=tuple(tuple(row + table.first_row for row in rows) for rows in members),
        rejected={row + table.first_row: problem for row, problem in samples.problems.items()},
        remarks=tuple(remarks),
    )


def group_names(cells: Sequence[Any], rows: Sequence[int]) -> list[str]:
    """The group of each of some rows; a blank cell makes a row a group of its own."""
    return [f"\0row {row}" if cells[row] in (None, "") else str(cells[row]) for row in rows]


def _names(ids: Sequence[str], rows: Sequence[int]) -> str:
    """What a compound's rows are called, each name once; blank ones are none."""
    return ", ".join(dict.fromkeys(ids[row] for row in rows if ids[row]))


def _groups(groups: Sequence[str], members: list[list[int]]) -> tuple[int, ...]:
    """Group of each compound; a compound in two groups makes them one."""
    compounds = [compound for compound, rows in enumerate(members) for _ in rows]
    joined = joined_groups(compounds, group_names(groups, [row for rows in members for row in rows]))
    first = np.cumsum([0] + [len(rows) for rows in members[:-1]])
    return tuple(joined[first].tolist()) if members else ()


def _without_shared(
    found: dict[tuple[Hashable, str | None], list[int]], remarks: list[str], noun: str
) -> dict[tuple[Hashable, str | None], list[int]]:
    """A compound that stands in several parts stays in the last of train, valid, test only."""
    later = {"train": ("valid", "test"), "valid": ("test",)}
    shared = {(key, part) for key, part in found if any((key, other) in found for other in later.get(part or "", ()))}
    if shared:
        remarks.append(f"{len(shared)} {noun}s of a later part were taken out of training or validation.")
    return {name: rows for name, rows in found.items() if name not in shared}


def _merge(
    labels: Labels, members: list[list[int]], remarks: list[str], inputs: tuple[Input, ...]
) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(members), len(labels.targets))
    values, relations = np.full(shape, np.nan), np.zeros(shape, np.int8)
    repeats = sum(len(rows) > 1 for rows in members)
    ties, noun = 0, noun_of(inputs)
    middle = np.mean if len(inputs) > 1 else np.median
    for place, rows in enumerate(members):
        for k, kind in enumerate(labels.kinds):
            value, relation = _merged(labels.values[rows, k], labels.relations[rows, k], kind, middle)
            values[place, k], relations[place, k] = value, relation
            if not labels.parents[k]:
                ties += kind == "binary" and np.isnan(value) and not np.isnan(labels.values[rows, k]).all()
    _vote(labels, members, values, remarks, noun)
    if repeats:
        copies = sum(len(rows) for rows in members if len(rows) > 1)
        things = called(inputs)
        remarks.append(
            f"{copies} rows hold {repeats} {things}{'s' * (repeats > 1)} more than once; each became one {noun}."
        )
    if ties:
        remarks.append(f"{ties} {noun}s with as many positive as negative measurements were left out.")
    return values, relations


def _vote(labels: Labels, members: list[list[int]], values: np.ndarray, remarks: list[str], noun: str) -> None:
    """Put the class of a multiclass target that most of a compound's rows say into `values` [n, K], in place."""
    ties = 0
    for columns in map(list, labels.exclusive):
        votes = np.array([np.nansum(labels.values[np.ix_(rows, columns)], axis=0) for rows in members])
        most = votes == votes.max(axis=1, keepdims=True)
        even = most.sum(axis=1) > 1
        ties += int((even & votes.any(axis=1)).sum())
        values[:, columns] = np.where(even[:, None], np.nan, most)
    if ties:
        remarks.append(f"{ties} {noun}s measured equally often as each of several classes were left out.")


def _merged(
    values: np.ndarray, relations: np.ndarray, kind: str, middle: Callable[[np.ndarray], Any]
) -> tuple[float, int]:  # fmt: skip
    measured = ~np.isnan(values)
    exact = values[measured & (relations == 0)]
    if kind == "binary":
        share = exact.mean() if len(exact) else np.nan
        return (np.nan if np.isnan(share) or share == 0.5 else float(share > 0.5)), 0
    if len(exact):
        return float(middle(exact)), 0
    above, below = values[measured & (relations > 0)], values[measured & (relations < 0)]
    if len(above) and not len(below):
        return float(above.max()), 1
    if len(below) and not len(above):
        return float(below.min()), -1
    return np.nan, 0


def exact_values(measurements: Measurements) -> np.ndarray:
    """Values [n, K] that were measured, NaN where only a bound is known."""
    return np.where(measurements.relations == 0, measurements.values, np.nan)
