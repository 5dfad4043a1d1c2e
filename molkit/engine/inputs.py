"""The cells of the inputs of a chunk to items and features: each distinct cell once, then the rows that have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.data.batching import ranges
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import Chunk, Featurizers, featurize, guarded, read_chunk
from molkit.features.inputs import KINDS, Input
from molkit.types import Column, Problem, Values


@dataclass(frozen=True)
class InputReader:
    """How the cells of one input are read, molecules under a policy, and featurized."""

    input: Input
    policy: Policy
    featurizers: Featurizers

    def read(self, cells: Sequence[Any], tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool) -> Chunk:
        """Items of the cells that can be read, reasons for the others."""
        kind = KINDS[self.input.kind]
        if kind.reader is None:
            return read_chunk(cells, self.policy, tick, skip, enumerate_stereo)
        return _read_items(kind.reader(**self.input.options), kind.noun, cells, tick, skip)


def _read_items(
    reader: Callable[[Any], Any], noun: str, cells: Sequence[Any], tick: Tick, skip: Mapping[int, Problem]
) -> Chunk:  # fmt: skip
    chunk = Chunk(len(cells), problems=dict(skip), thing=noun)
    for row, cell in enumerate(cells):
        if row in skip:
            continue
        tick(row)
        found = cell if isinstance(cell, Problem) else guarded(partial(reader, cell), noun)
        if isinstance(found, Problem):
            chunk.problems[row] = found
        else:
            chunk.items.append(found)
            chunk.rows.append(row)
    tick(IDLE)
    return chunk


@dataclass(frozen=True)
class ReadRows:
    """The readable rows of a chunk: sample i belongs to row `rows[i]`, isomers of a row follow each other.

    `chunks` hold what was read of each input, `places` [size] the cell of each row in it (-1: not looked at).
    """

    size: int
    rows: np.ndarray  # int64 [n]
    columns: dict[str, Column]
    problems: dict[int, Problem]
    chunks: dict[str, Chunk]
    places: dict[str, np.ndarray]

    def structure_of(self, name: str) -> dict[int, Any]:
        """The structure of every row of which an input was read, by row."""
        structures = self.chunks[name].structures
        return {row: structures[place] for row, place in enumerate(self.places[name].tolist()) if place in structures}


def read_rows(
    readers: Sequence[InputReader], cells: Cells, tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool
) -> ReadRows:
    """All inputs of a chunk; a cell of several inputs is a tuple. A row is readable if each of its cells is.

    `skip` and what `tick` is told count cells: row times the number of inputs, plus that of the input.
    """
    if len(readers) == 1:
        return _one_input(readers[0], cells, tick, skip, enumerate_stereo)
    size, several = len(cells.texts), len(readers)
    problems = dict(cells.faults)
    chunks: dict[str, Chunk] = {}
    places: dict[str, np.ndarray] = {}
    values: dict[str, Values] = {}
    for number, reader in enumerate(readers):
        name = reader.input.name
        distinct, places[name], first = _distinct(cells, number)
        known = {int(places[name][key // several]): found for key, found in skip.items() if key % several == number}
        own_tick = partial(_told, tick, first, several, number)
        chunks[name] = reader.read(distinct, own_tick, known, enumerate_stereo)
        values |= featurize(chunks[name], reader.featurizers, own_tick)
        for row, place in enumerate(places[name].tolist()):
            if place in chunks[name].problems and row not in problems:
                found = chunks[name].problems[place]
                problems[row] = Problem(found.status, f"{name}: {found.reason}", found.position)
    rows, index = _joined(chunks, places, np.array([row for row in range(size) if row not in problems], np.int64))
    columns = {key: Column(value, index[key.partition("/")[0]]) for key, value in values.items()}
    return ReadRows(size, rows, columns, problems, chunks, places)


def _one_input(
    reader: InputReader, cells: Cells, tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool
) -> ReadRows:
    chunk = reader.read(cells.texts, tick, {**cells.faults, **skip}, enumerate_stereo)
    values = featurize(chunk, reader.featurizers, tick)
    everything = np.arange(len(chunk.rows))
    columns = {key: Column(value, everything) for key, value in values.items()}
    name, rows = reader.input.name, np.array(chunk.rows, np.int64)
    return ReadRows(chunk.size, rows, columns, chunk.problems, {name: chunk}, {name: np.arange(chunk.size)})


def _distinct(cells: Cells, number: int) -> tuple[list[Any], np.ndarray, list[int]]:
    """The distinct cells of an input, which of them each row has (-1 for rows at fault), and the first row of each."""
    seen: dict[Any, int] = {}
    places = np.full(len(cells.texts), -1, np.int64)
    first: list[int] = []
    distinct: list[Any] = []
    for row, text in enumerate(cells.texts):
        if row in cells.faults:
            continue
        cell = text[number]
        key = cell_key(cell)
        if key not in seen:
            seen[key] = len(distinct)
            distinct.append(cell)
            first.append(row)
        places[row] = seen[key]
    return distinct, places, first


def cell_key(cell: Any) -> Any:
    """What two cells share that hold the same; a cell that cannot be compared is the same as itself."""
    try:
        hash(cell)
    except TypeError:
        return id(cell)
    return cell


def _told(tick: Tick, first: Sequence[int], several: int, number: int, place: int) -> None:
    tick(place if place == IDLE else first[place] * several + number)


def _joined(
    chunks: Mapping[str, Chunk], places: Mapping[str, np.ndarray], rows: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Samples of the rows, every combination of the variants of its cells; their rows, and by input their items."""
    index: dict[str, np.ndarray] = {}
    for name, chunk in chunks.items():
        owners = np.array(chunk.rows, np.int64)
        starts = np.searchsorted(owners, places[name][rows])
        stops = np.searchsorted(owners, places[name][rows], side="right")
        again = np.repeat(np.arange(len(rows)), stops - starts)
        index = {other: values[again] for other, values in index.items()}
        index[name], rows = ranges(starts, stops), rows[again]
    return rows, index
