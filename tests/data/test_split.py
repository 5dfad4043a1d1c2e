"""Splits: what must stay together does, the shares are kept, and a seed repeats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molkit.data.split import METHODS, column_split, hash_rows, joined_groups, split_rows
from molkit.errors import InputError
from molkit.types import Split

ROWS = 600
GROUPED = [method for method in METHODS if method not in ("column",)]
FRACTIONS = (0.8, 0.1, 0.1)


def made(
    method: str, seed: int, fractions: tuple[float, float, float] = FRACTIONS
) -> tuple[Split, dict[str, list[str]]]:
    """A split of rows that come in twins (leak), scaffolds of 2 to 30 rows, and user groups of about 6."""
    rng = np.random.default_rng(9)
    leak = rng.permutation(np.arange(ROWS) // 2)
    scaffolds = [f"s{int(x)}" if x < 60 else "" for x in rng.exponential(40, ROWS // 2)[leak]]
    groups = [f"g{int(x)}" for x in rng.integers(0, ROWS // 6, ROWS // 2)[leak]]
    keys = {"leak": [str(x) for x in leak], "scaffold": scaffolds, "group": groups}
    given_groups = groups if method == "group" else None
    return split_rows(leak, scaffolds, given_groups, method, fractions, seed, range(ROWS)), keys


def parts(split: Split) -> list[set[int]]:
    return [set(split.train), set(split.valid), set(split.test)]


def crossed(split: Split, key: list[str]) -> set[str]:
    """Names of `key` that occur in more than one part; the empty name is no name."""
    names = [{key[row] for row in part} - {""} for part in parts(split)]
    return (names[0] & names[1]) | (names[0] & names[2]) | (names[1] & names[2])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("method", GROUPED)
def test_every_row_is_in_one_part_and_leak_groups_never_cross(method: str, seed: int) -> None:
    split, keys = made(method, seed)
    assert sorted(split.train + split.valid + split.test) == list(range(ROWS))
    assert crossed(split, keys["leak"]) == set()
    assert (split.method, split.seed) == (method, seed)


@pytest.mark.parametrize("seed", range(5))
def test_what_each_method_keeps_together(seed: int) -> None:
    for method, key in (("scaffold", "scaffold"), ("group", "group")):
        split, keys = made(method, seed)
        assert crossed(split, keys[key]) == set()
    split, keys = made("random", seed)
    assert crossed(split, keys["scaffold"])


def test_a_users_groups_hold_for_every_method() -> None:
    groups = [f"g{row % 50}" for row in range(ROWS)]
    for method in GROUPED:
        split = split_rows(np.arange(ROWS), [""] * ROWS, groups, method, FRACTIONS, 1, range(ROWS))
        assert crossed(split, groups) == set()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (8, 1, 1)])
def test_shares_are_kept(fractions: tuple[float, float, float], seed: int) -> None:
    for method in ("random", "scaffold", "group"):
        split, _ = made(method, seed, fractions)
        shares = np.array([len(part) for part in parts(split)]) / ROWS
        assert np.abs(shares - np.array(fractions) / sum(fractions)).max() < 0.05, method


def test_no_split_keeps_no_test_rows() -> None:
    split, _ = made("none", 0)
    assert split.test == ()
    assert abs(len(split.valid) / ROWS - 0.1) < 0.05


def test_acyclic_molecules_are_not_one_scaffold() -> None:
    split = split_rows(np.arange(100), [""] * 100, None, "scaffold", FRACTIONS, 0, range(100))
    assert [len(part) for part in parts(split)] == [80, 10, 10]


def test_a_scaffold_larger_than_half_the_test_part_is_for_training() -> None:
    scaffolds = ["big"] * 15 + [f"s{i}" for i in range(185)]
    for seed in range(20):
        split = split_rows(np.arange(200), scaffolds, None, "scaffold", FRACTIONS, seed, range(200))
        assert set(range(15)) <= set(split.train)


def test_a_seed_repeats_and_another_differs() -> None:
    for method in GROUPED:
        assert made(method, 3)[0] == made(method, 3)[0]
        assert set(made(method, 3)[0].valid) != set(made(method, 4)[0].valid)


def test_unknown_methods_and_missing_groups_are_refused() -> None:
    with pytest.raises(InputError, match="known are scaffold, random"):
        split_rows(np.arange(3), [""] * 3, None, "scafold", FRACTIONS, 0, range(3))
    with pytest.raises(InputError, match="--group"):
        split_rows(np.arange(3), [""] * 3, None, "group", FRACTIONS, 0, range(3))


def test_a_column_names_the_parts() -> None:
    names = ["test", "train", None, "valid", "train"]
    split = column_split(names, 0, "x")
    assert (split.train, split.valid, split.test) == ((1, 4), (3,), (0,))
    with pytest.raises(InputError, match="no row 'train'"):
        column_split(["test", "valid"], 0, "x")


def naive_groups(*keys: list[int]) -> list[int]:
    """Union-find, one row at a time; groups are numbered by their first row."""
    owner = list(range(len(keys[0])))

    def root(row: int) -> int:
        while owner[row] != row:
            row = owner[row]
        return row

    for key in keys:
        seen: dict[int, int] = {}
        for row, name in enumerate(key):
            a, b = sorted((root(row), root(seen.setdefault(name, row))))
            owner[b] = a
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(row), len(numbers)) for row in range(len(owner))]


def keys_of(rows: int) -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(st.integers(0, 15), min_size=rows, max_size=rows), min_size=1, max_size=3)


@given(st.integers(1, 40).flatmap(keys_of))
def test_joined_groups_equal_a_naive_union_find(keys: list[list[int]]) -> None:
    assert joined_groups(*keys).tolist() == naive_groups(*keys)


@given(st.lists(st.tuples(st.text(max_size=5), st.floats(allow_nan=False)), max_size=5), st.data())
def test_the_hash_of_the_data_changes_with_the_data(rows: list[tuple[str, float]], data: st.DataObject) -> None:
    assert hash_rows(rows) == hash_rows(list(rows))
    other = data.draw(st.lists(st.tuples(st.text(max_size=5), st.floats(allow_nan=False)), max_size=5))
    assert (hash_rows(rows) == hash_rows(other)) == ([repr(row) for row in rows] == [repr(row) for row in other])
