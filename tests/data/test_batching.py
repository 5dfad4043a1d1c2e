"""Cutting and joining packed columns against featurizing the pieces themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molkit.data.batching import dense, join_graphs, join_values, ranges, take, take_graphs
from molkit.features.graph import GraphFeaturizer
from molkit.nn.dmpnn import DirectedMessagePassing
from molkit.types import Column, Graphs


def vectors(graphs: Graphs) -> torch.Tensor:
    """What a network with fixed weights makes of packed graphs: it reads every array of them."""
    torch.manual_seed(5)
    encoder = DirectedMessagePassing(width=32).eval()
    with torch.no_grad():
        return encoder(encoder.batch(graphs))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=12))
def test_ranges_are_pythons_ranges_one_after_the_other(pairs: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in pairs], np.int64)
    stops = np.array([start + length for start, length in pairs], np.int64)
    assert ranges(starts, stops).tolist() == [i for a, b in zip(starts, stops, strict=True) for i in range(a, b)]


@pytest.mark.parametrize("sizes", [[83], [1, 82], [40, 1, 42], [10] * 8 + [3]])
def test_joined_parts_are_the_whole(sizes: list[int], nci: list[Chem.Mol]) -> None:
    mols = nci[: sum(sizes)]
    cuts = np.cumsum([0, *sizes])
    joined = join_graphs([GraphFeaturizer()(mols[a:b]) for a, b in pairwise(cuts.tolist())])
    whole = GraphFeaturizer()(mols)
    assert len(joined) == len(whole) == len(mols)
    for name in ("edges", "atom_offsets", "edge_offsets"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))
        assert getattr(joined, name).dtype == getattr(whole, name).dtype
    np.testing.assert_array_equal(joined.atom_classes[joined.atoms], whole.atom_classes[whole.atoms])
    np.testing.assert_array_equal(joined.bond_classes[joined.bonds], whole.bond_classes[whole.bonds])
    assert len(np.unique(joined.atom_classes, axis=0)) == len(joined.atom_classes)
    torch.testing.assert_close(vectors(joined), vectors(whole), rtol=0, atol=1e-5)


@pytest.mark.parametrize("rows", [[0], [5, 5, 5], [7, 3, 0, 69], [], list(range(69, -1, -1))])
def test_taken_rows_are_the_subset_featurized(rows: list[int], varied: list[Chem.Mol]) -> None:
    mols = varied[:70]
    taken = take_graphs(GraphFeaturizer()(mols), np.array(rows, np.int64))
    subset = GraphFeaturizer()([mols[i] for i in rows])
    assert len(taken) == len(rows)
    for name in ("edges", "atom_offsets", "edge_offsets"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(subset, name))
    np.testing.assert_array_equal(taken.atom_classes[taken.atoms], subset.atom_classes[subset.atoms])
    np.testing.assert_array_equal(taken.bond_classes[taken.bonds], subset.bond_classes[subset.bonds])
    if rows:
        torch.testing.assert_close(vectors(taken), vectors(subset), rtol=0, atol=1e-5)


def test_taking_after_joining_gives_back_the_parts(varied: list[Chem.Mol]) -> None:
    parts = [GraphFeaturizer()(varied[:30]), GraphFeaturizer()(varied[30:60])]
    again = take_graphs(join_graphs(parts), np.arange(30, 60))
    torch.testing.assert_close(vectors(again), vectors(parts[1]), rtol=0, atol=1e-5)


def test_arrays_join_in_order() -> None:
    parts = [np.full((n, 3), n, np.uint8) for n in (2, 0, 1)]
    joined = join_values(parts)
    assert isinstance(joined, np.ndarray)
    assert joined[:, 0].tolist() == [2, 2, 1]
    assert joined.dtype == np.uint8


def test_rows_of_columns_share_the_values() -> None:
    column = Column(np.array([[1.0], [2.0], [3.0]]), np.array([2, 0, 0, 1]))
    taken = take({"drug/x": column}, np.array([3, 0]))["drug/x"]
    assert taken.values is column.values
    assert dense(taken).ravel().tolist() == [2.0, 3.0]
    assert dense(column).ravel().tolist() == [3.0, 1.0, 1.0, 2.0]


def test_graphs_have_no_dense_form(varied: list[Chem.Mol]) -> None:
    with pytest.raises(TypeError, match="expected an array"):
        dense(Column(GraphFeaturizer()(varied[:2]), np.arange(2)))
