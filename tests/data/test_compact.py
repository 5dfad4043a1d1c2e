"""Packed features through bytes and back: every array equal, of equal type, bit by bit."""

from __future__ import annotations

import zlib
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rdkit import Chem

from molkit.data import compact
from molkit.data.batching import take_graphs
from molkit.data.compact import features_from_bytes, features_to_bytes, json_from_bytes, json_to_bytes
from molkit.errors import InputError
from molkit.features import FEATURIZERS, FEATURIZERS_OF, GraphFeaturizer
from molkit.types import Graphs, Steps, Values


def same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(expected).tobytes()


def same(found: Values, expected: Values) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, np.ndarray):
        same_bits(np.asarray(found), expected)
        return
    for field in fields(expected):
        same_bits(getattr(found, field.name), getattr(expected, field.name))


@st.composite
def graphs(draw: st.DrawFn) -> Graphs:
    """Any packed graphs: empty ones, single atoms, up to 70,000 classes, bonds in any order and direction."""
    counts = np.array(draw(st.lists(st.sampled_from([0, 1, 2, 5, 300]), max_size=6)), np.int64)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    bonds, owners = [], []
    for owner, (first, end) in enumerate(pairwise(offsets.tolist())):
        atom = st.integers(first, max(end - 1, first))
        drawn = draw(st.lists(st.tuples(atom, atom), max_size=8)) if end > first else []
        bonds += drawn
        owners += [owner] * len(drawn)
    ends = np.array(bonds, np.int32).reshape(-1, 2).T
    edges = np.empty((2, 2 * len(bonds)), np.int32)
    edges[:, 0::2], edges[:, 1::2] = ends, ends[::-1]
    classes = draw(st.sampled_from([1, 200, 300, 70_000]))
    code = st.integers(0, classes - 1)
    kinds = np.array(draw(st.lists(code, min_size=len(bonds), max_size=len(bonds))), np.int32)
    return Graphs(
        atoms=np.array(draw(st.lists(code, min_size=int(offsets[-1]), max_size=int(offsets[-1]))), np.int32)
        if offsets[-1] < 20
        else np.full(int(offsets[-1]), draw(code), np.int32),
        bonds=np.repeat(kinds, 2),
        edges=edges,
        atom_offsets=offsets,
        edge_offsets=np.concatenate([[0], np.cumsum(2 * np.bincount(owners, minlength=len(counts)))]).astype(np.int64),
        atom_classes=np.arange(classes * 2, dtype=np.int16).reshape(classes, 2),
        bond_classes=np.zeros((classes, 3), np.int16),
    )


@given(graphs())
def test_any_graphs_come_back(value: Graphs) -> None:
    same(features_from_bytes(features_to_bytes(value)), value)


@st.composite
def steps(draw: st.DrawFn) -> Steps:
    """Any packed sequences, empty ones too: ids small and large, other whole numbers, and rows of fractions."""
    lengths = draw(st.lists(st.sampled_from([0, 1, 2, 5, 300]), max_size=6))
    kinds = [(np.int32, (0, 200), ()), (np.int32, (0, 1 << 20), ()), (np.int32, (-3, 3), ()), (np.int64, (0, 9), ())]
    kind, limits, shape = draw(st.sampled_from([*kinds, (np.float32, (-9, 9), (3,))]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    values = rng.integers(*limits, (sum(lengths), *shape)).astype(kind)
    return Steps(values, np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))]))


@given(steps())
def test_any_sequences_come_back(value: Steps) -> None:
    same(features_from_bytes(features_to_bytes(value)), value)


ANY_ARRAY = st.one_of(
    *(
        arrays.arrays(kind, st.tuples(st.integers(0, 5), st.sampled_from([1, 7, 300, 70_000])), fill=st.just(0))
        for kind in (np.uint8, np.float32, np.float64, np.int64)
    )
)


@given(ANY_ARRAY)
def test_any_array_comes_back(value: np.ndarray) -> None:
    same(features_from_bytes(features_to_bytes(value)), value)


def test_negative_zero_and_nan_payloads_come_back() -> None:
    odd = np.array([0x80000000, 0x7FC00001, 0xFF800000, 0, 0, 0, 0, 0], np.uint32).view(np.float32)
    same(features_from_bytes(features_to_bytes(np.tile(odd, (3, 2)))), np.tile(odd, (3, 2)))


@pytest.mark.parametrize("kind", sorted(own.kind for own in FEATURIZERS_OF["smiles"]))
def test_every_feature_of_real_molecules_comes_back(kind: str, varied: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    value = FEATURIZERS[kind]()([*varied, *nci[:400]])
    data = features_to_bytes(value)
    same(features_from_bytes(data), value)
    assert data == features_to_bytes(value)


def test_graphs_fingerprints_and_tokens_are_small(nci: list[Chem.Mol]) -> None:
    mols = nci[:500]
    sizes = {
        kind: len(features_to_bytes(FEATURIZERS[kind]()(mols))) / 500 for kind in ("graph", "fingerprint", "tokens")
    }
    assert sizes["graph"] < 30
    assert sizes["tokens"] < 25
    assert sizes["fingerprint"] < 50


def test_what_is_no_pair_of_directed_bonds_is_refused(varied: list[Chem.Mol]) -> None:
    whole = GraphFeaturizer()(varied[20:24])
    turned = Graphs(**{**vars(whole), "edges": whole.edges[:, ::-1]})
    for broken in (
        Graphs(**{**vars(whole), "bonds": np.arange(len(whole.bonds), dtype=np.int32)}),
        Graphs(**{**vars(whole), "edges": np.roll(whole.edges, 1, axis=1)}),
        Graphs(**{**vars(whole), "atom_offsets": whole.atom_offsets[[0, 1, 1, 1, -1]]}),
    ):
        with pytest.raises(ValueError, match="expected"):
            features_to_bytes(broken)
    with pytest.raises(ValueError, match="expected"):
        features_to_bytes(turned)
    same(features_from_bytes(features_to_bytes(take_graphs(whole, np.array([2])))), take_graphs(whole, np.array([2])))


def test_json_comes_back() -> None:
    value = {"smiles": ["CCO", None, "ü\ud800"], "3": [1, 2.5]}
    assert json_from_bytes(json_to_bytes(value)) == value


def test_damaged_and_swollen_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = features_to_bytes(np.ones((50, 50), np.float32))
    for broken in (data[:-3], b"", b"nothing", data[:20] + b"\0" * 20):
        with pytest.raises(InputError, match="damaged"):
            features_from_bytes(broken)
    monkeypatch.setattr(compact, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="more than"):
        features_from_bytes(zlib.compress(b"\0" * 2000))
    with pytest.raises(InputError, match="more than"):
        features_from_bytes(data)
