"""Cold splits and folds of pairs: nothing that must be new crosses, every row is accounted for, order says nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.cold import LEFT_OUT, cold_folds, cold_parts, cold_remarks, pair_groups

SHARES = (0.8, 0.1, 0.1)
COLD = (("drug",), ("protein",), ("drug", "protein"))
ALIKE = (("a",), ("a", "b"))

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=80).map(np.array)
SEEDS = st.integers(0, 5)


def named(rows: np.ndarray, names: str) -> dict[str, np.ndarray]:
    return dict(zip(names.split(), rows.T.astype(np.int64), strict=True))


def entities_of(rows: np.ndarray) -> set[int]:
    return set(rows.reshape(-1).tolist())


def large(first: int = 68, second: int = 442, rows: int = 8000) -> np.ndarray:
    """Pairs of which some entities are far more frequent than others."""
    rng = np.random.default_rng(0)
    return np.stack([(rng.random(rows) ** 1.5 * size).astype(int) for size in (first, second)], axis=1)


@pytest.mark.parametrize("cold", COLD, ids="+".join)
@given(rows=ROWS, seed=SEEDS)
def test_no_cold_entity_is_in_two_parts(cold: tuple[str, ...], rows: np.ndarray, seed: int) -> None:
    entities = named(rows, "drug protein")
    part = cold_parts(entities, cold, SHARES, seed)
    assert part.shape == (len(rows),)
    assert set(part.tolist()) <= {LEFT_OUT, 0, 1, 2}
    for name in cold:
        held = [set(entities[name][part == number].tolist()) for number in range(3)]
        assert len(set.union(*held)) == sum(map(len, held))
    if len(cold) == 1:
        assert LEFT_OUT not in part  # one cold input: every row goes where its entity does
    np.testing.assert_array_equal(part, cold_parts(entities, cold, SHARES, seed))


@given(rows=ROWS, seed=SEEDS)
def test_new_drugs_of_a_held_out_pair_are_one_or_both(rows: np.ndarray, seed: int) -> None:
    for cold, wanted in zip(ALIKE, (1, 2), strict=True):
        part = cold_parts(named(rows, "a b"), cold, SHARES, seed, alike=("a", "b"))
        known = entities_of(rows[part == 0])
        own = [entities_of(rows[part == number]) - known for number in (1, 2)]
        assert not own[0] & own[1]
        for number in (1, 2):
            for pair in rows[part == number].tolist():
                new = [drug not in known for drug in pair]
                assert sum(new) == wanted


@pytest.mark.parametrize("cold", ALIKE, ids="+".join)
@given(rows=ROWS, seed=SEEDS, data=st.data())
def test_which_of_alike_drugs_stands_first_changes_nothing(
    cold: tuple[str, ...], rows: np.ndarray, seed: int, data: st.DataObject
) -> None:
    swapped = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    other = np.where(swapped[:, None], rows[:, ::-1], rows)
    values = (rows.sum(axis=1) % 2).astype(float)[:, None]
    known = {"alike": ("a", "b"), "values": values, "kinds": ("binary",)}
    one, two = (cold_parts(named(r, "a b"), cold, SHARES, seed, **known) for r in (rows, other))
    np.testing.assert_array_equal(one, two)
    one, two = (cold_folds(named(r, "a b"), cold, 3, seed, **known) for r in (rows, other))
    assert [[side.tolist() for side in fold] for fold in one] == [[side.tolist() for side in fold] for fold in two]
    np.testing.assert_array_equal(*(pair_groups(named(r, "a b"), alike=True) for r in (rows, other)))


@pytest.mark.parametrize("cold", COLD, ids="+".join)
@pytest.mark.parametrize("shares", [SHARES, (0.7, 0.1, 0.2), (0.9, 0, 0.1), (8, 1, 1)])
def test_kept_rows_are_near_their_shares(cold: tuple[str, ...], shares: tuple[float, ...]) -> None:
    for seed in range(3):
        part = cold_parts(named(large(), "drug protein"), cold, shares, seed)
        held = np.bincount(part[part != LEFT_OUT], minlength=3)
        assert np.abs(held / held.sum() - np.array(shares) / sum(shares)).max() < 0.03
        assert (held[np.array(shares) == 0] == 0).all()


@pytest.mark.parametrize("cold", ALIKE, ids="+".join)
def test_alike_rows_are_near_their_shares(cold: tuple[str, ...]) -> None:
    for seed in range(3):
        part = cold_parts(named(large(300, 300), "a b"), cold, SHARES, seed, alike=("a", "b"))
        held = np.bincount(part[part != LEFT_OUT], minlength=3)
        assert np.abs(held / held.sum() - SHARES).max() < 0.03


@pytest.mark.parametrize("cold", COLD, ids="+".join)
def test_every_part_holds_both_classes_where_it_can(cold: tuple[str, ...]) -> None:
    """Positives are rows of a few proteins and drugs only; a random order would often leave a part without."""
    rows = large()
    values = ((rows[:, 0] % 17 == 0) & (rows[:, 1] % 30 == 0)).astype(float)[:, None]
    for seed in range(3):
        part = cold_parts(named(rows, "drug protein"), cold, SHARES, seed, values=values, kinds=["binary"])
        assert [set(values[part == number, 0].tolist()) for number in range(3)] == [{0.0, 1.0}] * 3
        assert len(cold_remarks(part, SHARES, values, ["binary"], ["bound"])) == (len(cold) > 1)


def test_what_cannot_be_had_is_said() -> None:
    part = np.array([0, 0, LEFT_OUT, 2])
    values = np.array([[1.0], [0.0], [1.0], [1.0]])
    assert cold_remarks(part, SHARES, values, ["binary"], ["bound"]) == [
        "1 of 4 rows are left out: they pair entities of different parts.",
        "The valid part is empty: too few drugs, proteins or pairs of them.",
        "bound: the test part holds no negative pair.",
    ]


@pytest.mark.parametrize("cold", COLD, ids="+".join)
@given(rows=ROWS, seed=SEEDS, count=st.integers(2, 5))
def test_no_training_row_of_a_fold_has_a_held_out_entity(
    cold: tuple[str, ...], rows: np.ndarray, seed: int, count: int
) -> None:
    entities = named(rows, "drug protein")
    folds = cold_folds(entities, cold, count, seed)
    for held, rest in folds:
        assert len(held)
        assert len(rest)
        for name in cold:
            assert not set(entities[name][held].tolist()) & set(entities[name][rest].tolist())
    rows_held = np.concatenate([np.empty(0, int), *(held for held, _ in folds)])
    assert len(np.unique(rows_held)) == len(rows_held)
    if len(cold) == 1 and folds:
        assert sorted(rows_held.tolist()) == list(range(len(rows)))
        assert all(len(held) + len(rest) == len(rows) for held, rest in folds)
        assert len(folds) == min(count, len(np.unique(entities[cold[0]])))


@given(rows=ROWS, seed=SEEDS)
def test_folds_of_alike_drugs(rows: np.ndarray, seed: int) -> None:
    for cold, wanted in zip(ALIKE, (1, 2), strict=True):
        found: list[int] = []
        for held, rest in cold_folds(named(rows, "a b"), cold, 3, seed, alike=("a", "b")):
            known = entities_of(rows[rest])
            assert all(sum(drug not in known for drug in pair) >= wanted for pair in rows[held].tolist())
            found += held.tolist()
        assert len(set(found)) == len(found)


def test_folds_are_even_and_of_pairs_of_blocks() -> None:
    rows = large(300, 300)
    for cold, share in ((("a",), 0.8 / 5), (("a", "b"), 0.2 / 5)):
        folds = cold_folds(named(rows, "a b"), cold, 5, 0, alike=("a", "b"))
        assert len(folds) == 5
        for held, rest in folds:
            assert len(held) / len(rows) == pytest.approx(share, rel=0.25)
            assert len(rest) / len(rows) == pytest.approx(0.64, abs=0.04)


@pytest.mark.parametrize("cold", ["drug", "protein"])
def test_training_rows_of_folds_hold_both_classes_where_they_can(cold: str) -> None:
    """Positives are rows of two drugs and two proteins, which must not share a block."""
    rows = np.stack([group.reshape(-1) for group in np.meshgrid(np.arange(20), np.arange(20))], axis=1)
    values = (((rows[:, 0] == 3) & (rows[:, 1] == 5)) | ((rows[:, 0] == 9) & (rows[:, 1] == 14))).astype(float)[:, None]
    for seed in range(5):
        for _, rest in cold_folds(named(rows, "drug protein"), (cold,), 4, seed, values=values, kinds=["binary"]):
            assert set(values[rest, 0].tolist()) == {0.0, 1.0}


def test_one_entity_makes_no_folds() -> None:
    assert cold_folds(named(np.array([[0, 1], [0, 2]]), "drug protein"), ("drug",), 5, 0) == []


def test_an_input_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="not among"):
        cold_parts(named(large(), "drug protein"), ("gene",), SHARES, 0)
