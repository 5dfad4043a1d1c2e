"""What a worker has read of the cells of one input of several, for the chunks to come: a drug meets many proteins.

What is kept does not depend on the order of the chunks: an item is read and featurized by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from molkit.chem.standardise import Structure
from molkit.data.batching import join_values, ranges, take_values
from molkit.types import Graphs, Problem, Steps, Values

_MOST_CELLS = 4096
_MOST_BYTES = 64 << 20
_ATOM_BYTES = 500  # about what an atom of a molecule takes


@dataclass
class Kept:
    """Cells by what tells them apart, numbered from 0; cell n has the items `starts[n]` to `starts[n + 1]` - 1.

    All are forgotten together when they become too many.
    """

    numbers: dict[Hashable, int] = field(default_factory=dict)
    starts: list[int] = field(default_factory=lambda: [0])
    structures: dict[int, Structure] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    beside: int = 0  # bytes, roughly, of all but the features

    def make_room(self, cells: int) -> None:
        """Forget everything if there is no room for so many more cells."""
        size = self.beside + sum(map(_bytes, self.values.values()))
        if len(self.numbers) + cells > _MOST_CELLS or size > _MOST_BYTES:
            vars(self).update(vars(Kept()))

    def add(
        self,
        keys: Sequence[Hashable],
        rows: Sequence[int],
        structures: Mapping[int, Structure],
        problems: Mapping[int, Problem],
        values: Mapping[str, Values],
    ) -> None:
        """Keep new cells: `rows` are the cells of the items in `values`, ascending."""
        first = len(self.numbers)
        self.numbers |= {key: first + place for place, key in enumerate(keys)}
        self.structures |= {first + place: found for place, found in structures.items()}
        self.problems |= {first + place: found for place, found in problems.items()}
        self.beside += sum(map(_key_bytes, keys))
        self.beside += sum(_ATOM_BYTES * found.mol.GetNumAtoms() for found in structures.values())
        counts = np.bincount(np.array(rows, np.int64), minlength=len(keys))
        self.starts += (self.starts[-1] + np.cumsum(counts)).tolist()
        for key, new in values.items():
            self.values[key] = join_values([self.values[key], new]) if key in self.values else new

    def taken(self, keys: Sequence[Hashable]) -> tuple[list[int], dict[str, Values]]:
        """Of cells that are kept: the place in `keys` of each item, and the features."""
        numbers, starts = np.array([self.numbers[key] for key in keys], np.int64), np.array(self.starts)
        places = np.repeat(np.arange(len(keys)), starts[numbers + 1] - starts[numbers])
        items = ranges(starts[numbers], starts[numbers + 1])
        values = {key: take_values(own, items) for key, own in self.values.items()} if len(items) else {}
        return places.tolist(), values


def _key_bytes(key: Hashable) -> int:
    own = 0 if isinstance(key, type) else sys.getsizeof(key)
    return own + sum(map(_key_bytes, key)) if isinstance(key, tuple) else own


def _bytes(values: Values) -> int:
    arrays: list[Any] = [values]
    if isinstance(values, Steps):
        arrays = [values.values, values.offsets]
    elif isinstance(values, Graphs):
        arrays = [values.atoms, values.bonds, values.edges]
    return sum(array.nbytes for array in arrays)
