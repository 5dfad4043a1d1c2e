"""The shared nouns."""

from __future__ import annotations

import numpy as np

from molkit.types import Column, Graphs, Problem


def test_a_problem_says_where() -> None:
    assert Problem("empty", "There is nothing.").sentence(3) == "Row 3: There is nothing."
    assert Problem("invalid_syntax", "Odd.", 5).sentence(3) == "Row 3, character 5: Odd."


def test_the_number_of_graphs_is_stored_and_counts_empty_ones() -> None:
    nothing = np.empty(0, np.int32)
    offsets = np.zeros(4, np.int64)
    graphs = Graphs(nothing, nothing, np.empty((2, 0), np.int32), offsets, offsets, np.empty((0, 8)), np.empty((0, 3)))
    assert len(graphs) == 3


def test_a_column_has_as_many_rows_as_its_index() -> None:
    assert len(Column(np.zeros((2, 3)), np.array([0, 1, 1, 0]))) == 4
