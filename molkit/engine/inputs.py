"""The cells of the inputs of a chunk to items and features: each distinct cell once, then the rows that have it."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.data.batching import ranges
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.kept import Kept
from molkit.engine.structures import Chunk, Featurizers, featurize, guarded, read_chunk
from molkit.features.inputs import KINDS, Input
from molkit.types import Column, Problem, Values


@dataclass(frozen=True)
class InputReader:
    """How the cells of one input are read, molecules under a policy, and featurized; of several inputs some is kept."""

    input: Input
    policy: Policy
    featurizers: Featurizers
    kept: Kept = field(default_factory=Kept, repr=False, compare=False)

    def read(self, cells: Sequence[Any], tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool) -> Chunk:
        """Items of the cells that can be read, reasons for the others."""
        kind = KINDS[self.input.kind]
        if kind.reader is None:
            return read_chunk(cells, self.policy, tick, skip, enumerate_stereo)
        return _read_items(kind.reader(**self.input.options), cells, tick, skip, kind.noun)

    def features(
        self, cells: Sequence[Any], again: bool, tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool
    ) -> tuple[Chunk, dict[str, Values]]:
        """What is read of distinct cells, and its features; if they may come `again`, they are read once.

        What has crashed a worker (`skip`) is kept too, so that its successor is not lost to the next chunk.
        """
        keys = [key for key in map(cell_key, cells) if key is not None]
        if not again or len(keys) < len(cells):  # a cell without a key cannot be found again
            chunk = self.read(cells, tick, skip, enumerate_stereo)
            return chunk, featurize(chunk, self.featurizers, tick)
        self.kept.make_room(len(keys))
        new = [place for place, key in enumerate(keys) if key not in self.kept.numbers]
        own_tick = partial(_at, tick, new)
        own_skip = {number: skip[place] for number, place in enumerate(new) if place in skip}
        chunk = self.read([cells[place] for place in new], own_tick, own_skip, enumerate_stereo)
        values = featurize(chunk, self.featurizers, own_tick)
        self.kept.add([keys[place] for place in new], chunk.rows, chunk.structures, chunk.problems, values)
        rows, values = self.kept.taken(keys)
        places = list(enumerate(self.kept.numbers[key] for key in keys))
        structures = {place: self.kept.structures[own] for place, own in places if own in self.kept.structures}
        problems = {place: self.kept.problems[own] for place, own in places if own in self.kept.problems}
        return Chunk(len(cells), rows=rows, structures=structures, problems={**problems, **skip}), values


def _read_items(
    reader: Callable[[Any], Any], cells: Sequence[Any], tick: Tick, skip: Mapping[int, Problem], thing: str
) -> Chunk:  # fmt: skip
    chunk = Chunk(len(cells), problems=dict(skip), thing=thing)
    for row, cell in enumerate(cells):
        if row in skip:
            continue
        tick(row)
        found = cell if isinstance(cell, Problem) else guarded(partial(reader, cell), thing)
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

    `chunks` hold what was read of each input, `places` [size] the cell of each row in it (-1: not looked at), `ticks`
    tell of work on one of its cells.
    """

    size: int
    rows: np.ndarray  # int64 [n]
    columns: dict[str, Column]
    problems: dict[int, Problem]
    chunks: dict[str, Chunk]
    places: dict[str, np.ndarray]
    ticks: dict[str, Tick]

    def by_row(self, name: str, found: Mapping[int, Any]) -> dict[int, Any]:
        """What was found of the cells of an input, by row."""
        return {row: found[place] for row, place in enumerate(self.places[name].tolist()) if place in found}


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
    ticks: dict[str, Tick] = {}
    for number, reader in enumerate(readers):
        name = reader.input.name
        distinct, places[name], first = distinct_cells([text[number] for text in cells.texts], cells.faults)
        known = {int(places[name][key // several]): found for key, found in skip.items() if key % several == number}
        ticks[name] = partial(_told, tick, first, several, number)
        again = len(distinct) < int((places[name] >= 0).sum())
        chunks[name], own = reader.features(distinct, again, ticks[name], known, enumerate_stereo)
        values |= own
        problems |= row_problems(name, places[name], chunks[name].problems, problems)
    rows, index = every_variant(chunks, places, np.array([row for row in range(size) if row not in problems], np.int64))
    columns = {key: Column(value, index[key.partition("/")[0]]) for key, value in values.items()}
    return ReadRows(size, rows, columns, problems, chunks, places, ticks)


def _one_input(
    reader: InputReader, cells: Cells, tick: Tick, skip: Mapping[int, Problem], enumerate_stereo: bool
) -> ReadRows:
    chunk = reader.read(cells.texts, tick, {**cells.faults, **skip}, enumerate_stereo)
    values = featurize(chunk, reader.featurizers, tick)
    everything = np.arange(len(chunk.rows))
    columns = {key: Column(value, everything) for key, value in values.items()}
    name, rows = reader.input.name, np.array(chunk.rows, np.int64)
    places = {name: np.arange(chunk.size)}
    return ReadRows(chunk.size, rows, columns, chunk.problems, {name: chunk}, places, {name: tick})


def read_remarks(
    readers: Sequence[InputReader], number: int, cells: Cells, read: ReadRows, tick: Tick
) -> dict[int, tuple[str, ...]]:
    """Sentences about the cells that one of the inputs has in readable rows, where there are any, by row."""
    found: dict[int, tuple[str, ...]] = {}
    one, several = readers[number].input, len(readers)
    kind = KINDS[one.kind]
    if kind.remarks is None:
        return found
    for row in dict.fromkeys(read.rows.tolist()):
        tick(row * several + number)
        cell = cells.texts[row][number] if several > 1 else cells.texts[row]
        said = guarded(partial(kind.remarks, cell, one.options), kind.noun)
        if said and not isinstance(said, Problem):
            found[row] = tuple(sentence.removesuffix(".") for sentence in said)
    tick(IDLE)
    return found


def distinct_cells(cells: Sequence[Any], faults: Container[int]) -> tuple[list[Any], np.ndarray, list[int]]:
    """The distinct cells of an input, which of them each row has (-1 for rows at fault), and the first row of each."""
    seen: dict[Hashable, int] = {}
    places = np.full(len(cells), -1, np.int64)
    first: list[int] = []
    for row, cell in enumerate(cells):
        if row in faults:
            continue
        key = cell_key(cell)
        place = seen.setdefault(("row", row) if key is None else key, len(first))
        if place == len(first):
            first.append(row)
        places[row] = place
    return [cells[row] for row in first], places, first


def cell_key(cell: Any) -> Hashable | None:
    """What cells share that hold the same, of the same type; None for a cell that is like no other, such as a record.

    >>> cell_key((1, "a")) == cell_key((1, "a")), cell_key((1,)) == cell_key((1.0,)), cell_key([1])
    (True, False, None)
    """
    if isinstance(cell, tuple):
        parts = tuple(map(cell_key, cell))
        return None if None in parts else parts
    by_place: Any = object.__hash__
    try:
        hash(cell)
    except TypeError:
        return None
    return None if type(cell).__hash__ is by_place else (type(cell), cell)


def row_problems(
    name: str, places: np.ndarray, found: Mapping[int, Problem], known: Container[int]
) -> dict[int, Problem]:  # fmt: skip
    """What is wrong with the cells of an input, by row, but for rows of which it is `known` already."""
    return {
        row: Problem(found[place].status, f"{name}: {found[place].reason}", found[place].position)
        for row, place in enumerate(places.tolist())
        if place in found and row not in known
    }


def _told(tick: Tick, first: Sequence[int], several: int, number: int, place: int) -> None:
    tick(place if place == IDLE else first[place] * several + number)


def _at(tick: Tick, places: Sequence[int], number: int) -> None:
    tick(number if number == IDLE else places[number])


def every_variant(
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
