"""The compiled search against RDKit's similarities, every pair of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, DataStructs

from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.screening.tanimoto import add_similar, new_hits, top_similar, wider_hits, words

Ranked = list[list[tuple[int, float]]]


def by_rdkit(queries: np.ndarray, library: np.ndarray, most: int, threshold: float) -> Ranked:
    """Brute force: all similarities, sorted, equals by row."""
    vectors = [[_vector(row) for row in packed] for packed in (queries, library)]
    found = []
    for query in vectors[0]:
        values = DataStructs.BulkTanimotoSimilarity(query, vectors[1]) if vectors[1] else []
        empty = not query.GetNumOnBits()
        values = [0.0 if empty and not v.GetNumOnBits() else s for s, v in zip(values, vectors[1], strict=True)]
        pairs = sorted(((-value, row) for row, value in enumerate(values) if value >= threshold))[:most]
        found.append([(row, -value) for value, row in pairs])
    return found


def _vector(packed: np.ndarray) -> DataStructs.ExplicitBitVect:
    return DataStructs.CreateFromBitString("".join(map(str, np.unpackbits(packed))))


def ranked(rows: np.ndarray, similarities: np.ndarray) -> Ranked:
    pairs = (zip(r.tolist(), s.tolist(), strict=True) for r, s in zip(rows, similarities, strict=True))
    return [[(row, value) for row, value in row_pairs if row >= 0] for row_pairs in pairs]


@pytest.fixture(scope="module")
def packed(nci: list[Chem.Mol]) -> np.ndarray:
    return packed_bits(FingerprintFeaturizer()(nci[:1500]))


@pytest.mark.parametrize(("most", "threshold"), [(1, 0.0), (10, 0.0), (10, 0.35), (100, 0.6), (1500, 0.0), (3, 1.0)])
def test_hits_are_those_of_all_rdkit_similarities(most: int, threshold: float, packed: np.ndarray) -> None:
    queries, library = packed[::60], packed[:1400]
    found = top_similar(words(queries), words(library), most, threshold)
    assert ranked(*found) == by_rdkit(queries, library, most, threshold)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 500])
def test_pieces_in_any_order_give_the_hits_of_the_whole(size: int, packed: np.ndarray) -> None:
    queries, library = words(packed[:20]), words(packed[100:700])
    whole = top_similar(queries, library, 7, 0.2)
    pieces = [np.arange(start, min(start + size, 600)) for start in range(0, 600, size)]
    for order in (pieces, pieces[::-1]):
        hits = new_hits(len(queries), 7)
        for rows in order:
            assert add_similar(hits, queries, library[rows], 0.2, rows) is hits
        np.testing.assert_array_equal(hits.rows, whole[0])
        np.testing.assert_array_equal(hits.similarities, whole[1])


def test_hits_that_get_more_room_on_the_way_are_those_of_the_whole(packed: np.ndarray) -> None:
    queries, library = words(packed[:20]), words(packed[100:700])
    hits = new_hits(len(queries), 60)
    for start in range(0, 600, 60):
        hits = wider_hits(hits, start + 60)
        add_similar(hits, queries, library[start : start + 60], 0.2, np.arange(start, start + 60))
    np.testing.assert_array_equal(hits.rows, top_similar(queries, library, 600, 0.2)[0])


def test_equals_stand_by_row(packed: np.ndarray) -> None:
    library = np.repeat(words(packed[:3]), 30, axis=0)[np.random.default_rng(0).permutation(90)]
    rows, similarities = top_similar(words(packed[:1]), library, 20)
    same = np.flatnonzero((library == words(packed[:1])).all(axis=1))
    assert rows[0].tolist() == same[:20].tolist()
    assert (similarities == 1).all()


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3),
    st.lists(st.sampled_from([0.0, 0.01, 0.5, 1.0]), max_size=70),
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_any_bits_also_none_and_all(width: int, shares: list[float], seed: int, most: int, threshold: float) -> None:
    source = np.random.default_rng(seed)
    bits = [source.random(width * 64) < share for share in [0.0, 1.0, 0.5, 0.03, *shares]]
    packed = np.packbits(np.array(bits), axis=1)
    queries, library = packed[:4], packed[2:]
    found = top_similar(words(queries), words(library), most, threshold)
    assert ranked(*found) == by_rdkit(queries, library, most, threshold)


def test_nothing_to_search_and_nothing_asked(packed: np.ndarray) -> None:
    bits = words(packed[:5])
    assert (top_similar(bits, bits[:0], 2)[0] == -1).all()
    assert top_similar(bits[:0], bits, 2)[0].shape == (0, 2)
    with pytest.raises(ValueError, match="at least one"):
        new_hits(3, 0)
