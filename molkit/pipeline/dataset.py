"""A labelled table as training compounds: one row per distinct structure, with what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.chem.identity import leak_groups
from molkit.chem.limits import Limits
from molkit.chem.policy import Policy
from molkit.config import RunConfig
from molkit.data.batching import join_values
from molkit.data.labels import Labels
from molkit.data.split import joined_groups
from molkit.data.table import Table
from molkit.engine.jobs import cell_chunks
from molkit.features.tokens import TRAINING_VARIANTS
from molkit.pipeline.packing import packing_pool
from molkit.pipeline.progress import Progress
from molkit.types import Column, Measurements, Problem

CHUNK = 500


@dataclass(frozen=True)
class Dataset:
    """n training compounds; `rows` are the 1-based table rows that each stands for."""

    columns: dict[str, Column]
    measurements: Measurements
    smiles: tuple[str, ...]
    inchikeys: tuple[str, ...]
    leak: np.ndarray  # int64 [n]
    scaffolds: tuple[str, ...]
    ids: tuple[str, ...] | None
    groups: tuple[int, ...] | None
    parts: tuple[str | None, ...] | None
    rows: tuple[tuple[int, ...], ...]
    rejected: dict[int, Problem]
    remarks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.smiles)


def policy_of(config: RunConfig) -> Policy:
    """The structure policy that a configuration asks for."""
    limits = Limits(seconds=config.seconds_per_molecule)
    return Policy(mixtures=config.mixtures, max_isomers=config.max_isomers, limits=limits)


def feature_options(config: RunConfig) -> dict[str, dict[str, Any]]:
    """Options of each featurizer that has any."""
    return {"fingerprint": {"radius": config.fingerprint_radius, "size": config.fingerprint_size}}


def pack_table(
    cells: Sequence[Any],
    faults: dict[int, str],
    keys: Sequence[str],
    config: RunConfig,
    workers: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Packed chunks of all cells, in order."""
    packed = []
    options = feature_options(config)
    if "smiles" in config.augment:  # predictions read the canonical writing alone, so no model file says this
        options["tokens"] = {"variants": TRAINING_VARIANTS}
    with packing_pool("pack_chunk", policy_of(config), keys, options, workers) as pool:
        for result in pool.map(cell_chunks(cells, faults, CHUNK)):
            packed.append(result)
            progress("reading structures", min(len(packed) * CHUNK, len(cells)), len(cells), {})
    return packed


def build_dataset(table: Table, structure: str, labels: Labels, packed: list[dict[str, Any]]) -> Dataset:
    """Compounds from packed chunks and labels; measurements of the same structure become one.

    The same structure is the same full standard InChIKey. Regression values are merged by their median,
    classes by majority; an even vote is dropped. A compound that a split column puts into several parts
    stays in the last of them.
    """
    owners, identities, rejected = unpack(packed)
    measured = ~np.isnan(labels.values).all(axis=1)
    found: dict[tuple[str, str | None], list[int]] = {}
    for packed_row, (row, identity) in enumerate(zip(owners, identities, strict=True)):
        part = labels.split[row] if labels.split else None
        if measured[row] and (labels.split is None or part is not None):
            found.setdefault((identity["inchikey"] or identity["smiles"], part), []).append(packed_row)
    remarks: list[str] = []
    found = _without_shared(found, remarks)
    kept = [rows[0] for rows in found.values()]
    members = [[owners[i] for i in rows] for rows in found.values()]
    values, relations = _merge(labels, members, remarks)
    joined = {key: join_values([c["values"][key] for c in packed if c["rows"]]) for key in _keys(packed)}
    weights = np.ones(len(labels)) if labels.weights is None else labels.weights
    return Dataset(
        columns={key: Column(value, np.array(kept, np.int64)) for key, value in joined.items()},
        measurements=Measurements(
            values, relations, np.array([weights[rows].mean() for rows in members]), labels.exclusive
        ),
        smiles=tuple(identities[i]["smiles"] for i in kept),
        inchikeys=tuple(identities[i]["inchikey"] for i in kept),
        leak=leak_groups([identities[i]["leak_keys"] for i in kept]),
        scaffolds=tuple(identities[i]["scaffold"] for i in kept),
        ids=None if labels.ids is None else tuple(_names(labels.ids, rows) for rows in members),
        groups=None if labels.groups is None else _groups(labels.groups, members),
        parts=None if labels.split is None else tuple(part for _, part in found),
        rows=tuple(tuple(row + table.first_row for row in rows) for rows in members),
        rejected={row + table.first_row: problem for row, problem in rejected.items()},
        remarks=tuple(remarks),
    )


def unpack(packed: list[dict[str, Any]]) -> tuple[list[int], list[dict[str, Any]], dict[int, Problem]]:
    """0-based table rows of the readable structures, their identities, and the problems of the other rows."""
    owners: list[int] = []
    identities: list[dict[str, Any]] = []
    rejected: dict[int, Problem] = {}
    for place, chunk in enumerate(packed):
        start = place * CHUNK
        rejected |= {start + row: problem for row, problem in chunk["problems"].items()}
        owners += [start + row for row in chunk["rows"]]
        identities += chunk["identities"]
    return owners, identities, rejected


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


def _keys(packed: list[dict[str, Any]]) -> list[str]:
    return next((list(chunk["values"]) for chunk in packed if chunk["rows"]), [])


def _without_shared(
    found: dict[tuple[str, str | None], list[int]], remarks: list[str]
) -> dict[tuple[str, str | None], list[int]]:
    """A compound that stands in several parts stays in the last of train, valid, test only."""
    later = {"train": ("valid", "test"), "valid": ("test",)}
    shared = {(key, part) for key, part in found if any((key, other) in found for other in later.get(part or "", ()))}
    if shared:
        remarks.append(f"{len(shared)} compounds of a later part were taken out of training or validation.")
    return {name: rows for name, rows in found.items() if name not in shared}


def _merge(labels: Labels, members: list[list[int]], remarks: list[str]) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(members), len(labels.targets))
    values, relations = np.full(shape, np.nan), np.zeros(shape, np.int8)
    repeats = sum(len(rows) > 1 for rows in members)
    ties = 0
    for place, rows in enumerate(members):
        for k, kind in enumerate(labels.kinds):
            value, relation = _merged(labels.values[rows, k], labels.relations[rows, k], kind)
            values[place, k], relations[place, k] = value, relation
            if not labels.parents[k]:
                ties += kind == "binary" and np.isnan(value) and not np.isnan(labels.values[rows, k]).all()
    _vote(labels, members, values, remarks)
    if repeats:
        copies = sum(len(rows) for rows in members if len(rows) > 1)
        remarks.append(f"{copies} rows hold {repeats} structures more than once; each became one compound.")
    if ties:
        remarks.append(f"{ties} compounds with as many positive as negative measurements were left out.")
    return values, relations


def _vote(labels: Labels, members: list[list[int]], values: np.ndarray, remarks: list[str]) -> None:
    """Put the class of a multiclass target that most of a compound's rows say into `values` [n, K], in place."""
    ties = 0
    for columns in map(list, labels.exclusive):
        votes = np.array([np.nansum(labels.values[np.ix_(rows, columns)], axis=0) for rows in members])
        most = votes == votes.max(axis=1, keepdims=True)
        even = most.sum(axis=1) > 1
        ties += int((even & votes.any(axis=1)).sum())
        values[:, columns] = np.where(even[:, None], np.nan, most)
    if ties:
        remarks.append(f"{ties} compounds measured equally often as each of several classes were left out.")


def _merged(values: np.ndarray, relations: np.ndarray, kind: str) -> tuple[float, int]:
    measured = ~np.isnan(values)
    exact = values[measured & (relations == 0)]
    if kind == "binary":
        share = exact.mean() if len(exact) else np.nan
        return (np.nan if np.isnan(share) or share == 0.5 else float(share > 0.5)), 0
    if len(exact):
        return float(np.median(exact)), 0
    above, below = values[measured & (relations > 0)], values[measured & (relations < 0)]
    if len(above) and not len(below):
        return float(above.max()), 1
    if len(below) and not len(above):
        return float(below.min()), -1
    return np.nan, 0


def exact_values(measurements: Measurements) -> np.ndarray:
    """Values [n, K] that were measured, NaN where only a bound is known."""
    return np.where(measurements.relations == 0, measurements.values, np.nan)
