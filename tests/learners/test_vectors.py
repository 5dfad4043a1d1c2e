"""Encoded values that are kept: told apart by what they hold, bounded, and the same in any company."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem

from molkit.data.batching import join_values, take_values
from molkit.features import GraphFeaturizer
from molkit.features.sequence import RESIDUES, ResidueFeaturizer
from molkit.learners.batches import dearest, in_blocks
from molkit.learners.vectors import Vectors, digests, encoded
from molkit.nn import ENCODERS
from molkit.types import Column, Graphs, Steps, Values

CPU = torch.device("cpu")


def proteins(count: int) -> Values:
    rng = np.random.default_rng(0)
    return ResidueFeaturizer()(["".join(rng.choice(list(RESIDUES), rng.integers(1, 60))) for _ in range(count)])


def of_kind(kind: str, mols: list[Chem.Mol]) -> Values:
    if kind == "graphs":
        return GraphFeaturizer()(mols)
    return proteins(len(mols)) if kind == "steps" else np.random.default_rng(0).random((len(mols), 3))


def content(values: Values, row: int) -> str:
    """All that one value holds, as text."""
    own: Any = take_values(values, np.array([row]))
    if isinstance(own, Graphs):
        return f"{own.atom_classes[own.atoms].tolist()} {own.bond_classes[own.bonds].tolist()} {own.edges.tolist()}"
    return str((own.values if isinstance(own, Steps) else own).tolist())


@pytest.mark.parametrize("kind", ["graphs", "steps", "array"])
def test_digests_tell_values_apart_wherever_they_stand(kind: str, varied: list[Chem.Mol]) -> None:
    values = of_kind(kind, [*varied, *varied[:3]])
    marks = digests(values)
    held = [content(values, row) for row in range(len(values))]
    assert len(set(held)) > 0.9 * len(varied)
    for row, mark in enumerate(marks):
        assert [mark == other for other in marks] == [held[row] == other for other in held]
    order = np.random.default_rng(1).permutation(len(marks))
    assert digests(take_values(values, order)) == [marks[place] for place in order]
    assert digests(join_values([take_values(values, order[:3]), values])) == [*(marks[p] for p in order[:3]), *marks]
    assert digests(take_values(values, order[:0])) == []


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    store, vector = Vectors(most=2), torch.zeros(1)
    store.keep(b"a", vector)
    store.keep(b"b", vector)
    assert store.get(b"a") is not None
    store.keep(b"c", vector)
    assert (len(store), store.get(b"b")) == (2, None)
    assert store.get(b"a") is store.get(b"c") is vector


class Counting:
    """An encoder that counts what it encodes."""

    def __init__(self, kind: str) -> None:
        torch.manual_seed(0)
        self.encoder, self.seen = ENCODERS[kind](width=16).eval(), 0

    def batch(self, values: Any) -> Any:
        self.seen += len(values)
        return self.encoder.batch(values)

    def __call__(self, batch: Any) -> torch.Tensor:
        return self.encoder(batch)


def test_proteins_are_encoded_once_over_calls_with_the_same_bits_in_any_company() -> None:
    values, one, store = proteins(12), Counting("residue-cnn"), Vectors()
    index = np.random.default_rng(0).integers(0, 12, 40)
    (first,), (rows,) = encoded([one], [store], [Column(values, index)], CPU)
    direct = one.encoder(one.encoder.batch(values))
    torch.testing.assert_close(first[rows], direct[index])
    assert one.seen == len(np.unique(index))
    for part in (index[:7], index[::-1].copy()):
        (again,), (rows,) = encoded([one], [store], [Column(values, part)], CPU)
        (fresh,), _ = encoded([one], [Vectors()], [Column(values, part)], CPU)
        assert torch.equal(again, fresh)
        torch.testing.assert_close(again[rows], direct[part])
    assert one.seen == len(np.unique(index)) * 2 + len(np.unique(index[:7]))  # those of the fresh stores


def test_molecules_are_kept_where_they_come_again_and_encoded_together_where_not(varied: list[Chem.Mol]) -> None:
    graphs, one, store = GraphFeaturizer()(varied), Counting("dmpnn"), Vectors()
    encoded([one], [store], [Column(graphs, np.arange(len(varied)))], CPU)
    assert len(store) == 0
    (found,), (rows,) = encoded([one], [store], [Column(graphs, np.repeat(np.arange(len(varied)), 5))], CPU)
    assert len(store) == len(found)
    direct = one.encoder(one.encoder.batch(graphs))
    torch.testing.assert_close(found[rows], direct.repeat_interleave(5, dim=0), rtol=0, atol=1e-5)


def test_exchanged_columns_give_the_same_bits(varied: list[Chem.Mol]) -> None:
    graphs, one = GraphFeaturizer()(varied), Counting("dmpnn")
    half = len(varied) // 2
    left, right = Column(graphs, np.arange(half)), Column(graphs, np.arange(half, 2 * half))
    (found,), (a, b) = encoded([one], [Vectors()], [left, right], CPU)
    (other,), (c, d) = encoded([one], [Vectors()], [right, left], CPU)
    assert torch.equal(found[a], other[d])
    assert torch.equal(found[b], other[c])


@pytest.mark.parametrize("blocks", [1, 3])
def test_blocks_keep_all_rows_and_put_those_of_one_value_in_few_places(blocks: int) -> None:
    rng = np.random.default_rng(0)
    column, rows = Column(proteins(30), rng.integers(0, 30, 900)), rng.permutation(900)[:700]
    one, other = (in_blocks(rows, column, rng, blocks) for _ in range(2))
    assert sorted(one) == sorted(rows)
    assert (one != other).any()
    values = column.index[one]
    assert (np.diff(values) != 0).sum() < blocks * len(np.unique(values))


def test_the_dearest_input_has_most_sequences_or_images(varied: list[Chem.Mol]) -> None:
    rows = np.arange(40)
    few, many = Column(proteins(12), rows % 2), Column(np.zeros((12, 1, 4, 4)), rows % 12)
    drug, bits = Column(GraphFeaturizer()(varied[:40]), rows), Column(np.zeros((40, 2048), np.uint8), rows)
    assert dearest([few, many, drug, bits], rows) is many
    assert dearest([few, many, drug, bits], rows[:1]) is few
    assert dearest([drug, bits], rows) is None
