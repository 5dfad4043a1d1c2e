"""The rows of a table as packed features: every distinct cell of an input is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.batching import join_values
from molkit.engine.inputs import distinct_cells, row_problems
from molkit.engine.jobs import cell_chunks
from molkit.features.inputs import Input
from molkit.features.tokens import TRAINING_VARIANTS
from molkit.pipeline.packing import packing_pool
from molkit.pipeline.policies import feature_options, policy_of
from molkit.pipeline.progress import Progress
from molkit.types import Column, Identity, Problem

CHUNK = 500
CellsOf = Mapping[str, Sequence[Any]]  # the cells of every row, by input


@dataclass(frozen=True)
class Samples:
    """The m readable rows of a table: `rows` are their numbers from 0, `identities` what their cells are, by input.

    `problems` are those of the other rows.
    """

    rows: np.ndarray  # int64 [m]
    columns: dict[str, Column]
    identities: dict[str, tuple[Identity, ...]]
    problems: dict[int, Problem]

    def take(self, kept: Sequence[int]) -> Samples:
        """Some of them, by place."""
        places = np.array(kept, np.int64)
        return Samples(
            self.rows[places],
            {key: Column(column.values, column.index[places]) for key, column in self.columns.items()},
            {name: tuple(found[place] for place in kept) for name, found in self.identities.items()},
            self.problems,
        )


def read_samples(
    cells: CellsOf,
    faults: Mapping[int, str],
    inputs: Sequence[Input],
    keys: Sequence[str],
    config: RunConfig,
    workers: int,
    progress: Progress,
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> Samples:
    """Features `keys` of all rows; `faults` are sentences by 1-based row that cannot be used.

    `more` are options of featurizers beside those that the configuration says.
    """
    if len(inputs) == 1:
        return _read(cells[inputs[0].name], faults, inputs[0], keys, config, workers, progress, more or {})
    size = len(cells[inputs[0].name])
    problems = {row - 1: Problem("invalid_syntax", sentence) for row, sentence in faults.items()}
    parts, samples = [], {}
    for one in inputs:
        distinct, places, _ = distinct_cells(cells[one.name], problems)
        found = _read(distinct, {}, one, keys, config, workers, progress, more or {})
        position = np.full(len(distinct) + 1, -1, np.int64)  # the last stands for rows at fault
        position[found.rows] = np.arange(len(found.rows))
        parts.append(position[places])
        samples[one.name] = found
        problems |= row_problems(one.name, places, found.problems, problems)
    index = np.stack(parts, axis=1)
    rows = np.array([row for row in range(size) if row not in problems], np.int64)
    columns: dict[str, Column] = {}
    identities: dict[str, tuple[Identity, ...]] = {}
    for number, (name, found) in enumerate(samples.items()):
        own = index[rows, number]
        columns |= {key: Column(column.values, column.index[own]) for key, column in found.columns.items()}
        identities[name] = tuple(found.identities[name][place] for place in own.tolist())
    return Samples(rows, columns, identities, problems)


def _read(
    cells: Sequence[Any],
    faults: Mapping[int, str],
    one: Input,
    keys: Sequence[str],
    config: RunConfig,
    workers: int,
    progress: Progress,
    more: Mapping[str, Mapping[str, Any]],
) -> Samples:
    options: dict[str, dict[str, Any]] = {**feature_options(config), **{kind: dict(own) for kind, own in more.items()}}
    if "smiles" in config.augment:  # predictions read the canonical writing alone, so no model file says this
        options["tokens"] = {**options.get("tokens", {}), "variants": TRAINING_VARIANTS}
    own = [key for key in keys if key.partition("/")[0] == one.name]
    rows: list[int] = []
    identities: list[Identity] = []
    problems: dict[int, Problem] = {}
    values = []
    what = "reading structures" if one.kind == "smiles" else f"reading {one.name}"
    with packing_pool("pack_chunk", policy_of(config), own, options, workers, one=one) as pool:
        for place, packed in enumerate(pool.map(cell_chunks(cells, faults, CHUNK))):
            start = place * CHUNK
            problems |= {start + row: problem for row, problem in packed["problems"].items()}
            rows += [start + row for row in packed["rows"]]
            identities += packed["identities"]
            values += [packed["values"]] if packed["rows"] else []
            progress(what, min(start + CHUNK, len(cells)), len(cells), {})
    everything = np.arange(len(rows))
    columns = {key: Column(join_values([part[key] for part in values]), everything) for key in own if values}
    return Samples(np.array(rows, np.int64), columns, {one.name: tuple(identities)}, problems)
