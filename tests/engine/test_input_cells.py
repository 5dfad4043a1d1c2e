"""Cells of inputs are told apart by type and value, and what is kept of them is what they hold, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.chem.policy import Policy
from molkit.chem.standardise import read_structure
from molkit.engine import kept
from molkit.engine.inputs import InputReader, cell_key, distinct_cells, read_rows
from molkit.engine.jobs import Cells
from molkit.engine.kept import Kept
from molkit.features.inputs import KINDS, Input, Kind
from molkit.types import Problem

PLAIN = st.one_of(st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 1.0, 2.0]), st.text("ab", max_size=2))
CELL = st.one_of(PLAIN, st.tuples(PLAIN), st.tuples(PLAIN, PLAIN))


class Sums:
    """The sum of each list."""

    kind: ClassVar[str] = "sum"

    def __call__(self, items: Any) -> np.ndarray:
        return np.array([[sum(item)] for item in items], np.float32).reshape(-1, 1)


@dataclass(frozen=True, eq=False)
class OwnCell:
    """One that is like no other, as a record is."""

    number: int


@given(st.lists(CELL, max_size=12), st.sets(st.integers(0, 11)))
def test_distinct_cells_are_of_one_type_and_value(cells: list[Any], faults: set[int]) -> None:
    distinct, places, first = distinct_cells(cells, faults)
    words = [repr(cell) for cell in cells]  # tells 1, 1.0 and True apart, wherever they stand
    assert [repr(cell) for cell in distinct] == [words[row] for row in first]
    assert len({repr(cell) for cell in distinct}) == len(distinct)
    for row, place in enumerate(places.tolist()):
        assert (place == -1) == (row in faults)
        assert place == -1 or repr(distinct[place]) == words[row]
    assert first == sorted(first)


def test_cells_without_a_value_of_their_own_are_like_no_other() -> None:
    for cell in ([1], ([1],), OwnCell(1), np.zeros(1)):
        assert cell_key(cell) is None
        assert distinct_cells([cell, cell], ())[1].tolist() == [0, 1]
    assert cell_key(Problem("empty", "no.")) == cell_key(Problem("empty", "no."))


def test_what_cannot_be_compared_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a later chunk may lie where one of an earlier chunk lay."""
    monkeypatch.setitem(KINDS, "list", Kind("lists", "list", reader=lambda: lambda cell: cell))
    readers = [InputReader(Input(name, "list"), Policy(), {f"{name}/sum": Sums()}) for name in "ab"]
    for chunk in range(20):
        cells = Cells([((1.0, 2.0), own) for own in ((0.0,), (0.0,), [float(chunk)])])
        found = read_rows(readers, cells, lambda _: None, {}, enumerate_stereo=False)
        column = found.columns["b/sum"]
        assert np.asarray(column.values)[column.index, 0].tolist() == [0, 0, chunk]
        assert not readers[1].kept.numbers
    assert len(readers[0].kept.numbers) == 1


@pytest.mark.parametrize("what", ["keys", "structures"])
def test_keys_and_structures_take_room_too(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_BYTES", 20_000)
    structure = read_structure("C" * 50)
    assert not isinstance(structure, Problem)
    held = Kept()
    for place in range(2):
        held.make_room(1)
        assert bool(held.numbers) == (place > 0)
        key = (str, f"{place}" * (25_000 if what == "keys" and place else 1))
        held.add([key], [0], {0: structure} if what == "structures" and place else {}, {}, {})
    held.make_room(1)
    assert not held.numbers
    assert held.beside == 0
