"""Splits: what must stay together does, the shares and classes are kept, and a seed repeats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molkit.data.split import METHODS, ORDERED, Rows, column_split, hash_rows, joined_groups, split_rows
from molkit.errors import InputError
from molkit.types import Split

ROWS = 600
GROUPED = [method for method in METHODS if method != "column"]
FRACTIONS = (0.8, 0.1, 0.1)


def twin_rows() -> Rows:
    """Rows that come in twins (leak), scaffolds and clusters of 2 to 30 rows, and user groups of about 6."""
    rng = np.random.default_rng(9)
    leak = rng.permutation(np.arange(ROWS) // 2)
    return Rows(
        leak,
        [f"s{int(x)}" if x < 60 else "" for x in rng.exponential(40, ROWS // 2)[leak]],
        values=rng.normal(size=(ROWS, 1)),
        kinds=("regression",),
        groups=[f"g{int(x)}" for x in rng.integers(0, ROWS // 6, ROWS // 2)[leak]],
        times=rng.normal(2015, 5, ROWS),
        data=range(ROWS),
        clusters=rng.exponential(40, ROWS // 2).astype(np.int64)[leak],
        nearest=rng.random(ROWS // 2)[leak],
    )


TWINS = twin_rows()


def made(method: str, seed: int, fractions: tuple[float, float, float] = FRACTIONS) -> Split:
    rows = TWINS if method == "group" else replace(TWINS, groups=None)
    return split_rows(rows, method, fractions, seed)


def parts(split: Split) -> list[set[int]]:
    return [set(split.train), set(split.valid), set(split.test)]


def crossed(split: Split, key: object) -> set[str]:
    """Names of `key` that occur in more than one part; the empty name is no name."""
    names = [{str(key[row]) for row in part} - {""} for part in parts(split)]  # type: ignore[index]
    return (names[0] & names[1]) | (names[0] & names[2]) | (names[1] & names[2])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("method", GROUPED)
def test_every_row_is_in_one_part_and_leak_groups_never_cross(method: str, seed: int) -> None:
    split = made(method, seed)
    assert sorted(split.train + split.valid + split.test) == list(range(ROWS))
    assert crossed(split, TWINS.leak) == set()
    assert (split.method, split.seed, split.remarks) == (method, seed, ())


@pytest.mark.parametrize("seed", range(5))
def test_what_each_method_keeps_together(seed: int) -> None:
    kept = {"scaffold": TWINS.scaffolds, "none": TWINS.scaffolds, "group": TWINS.groups}
    kept |= dict.fromkeys(("butina", "dissimilarity"), TWINS.clusters)
    for method, key in kept.items():
        assert crossed(made(method, seed), key) == set(), method
    for method in ("random", "stratified"):
        assert crossed(made(method, seed), TWINS.scaffolds)
    acyclic = [str(c) if not s else "" for s, c in zip(TWINS.scaffolds, TWINS.clusters, strict=True)]  # type: ignore[arg-type]
    assert crossed(made("scaffold", seed), acyclic) == set()
    assert crossed(made("random", seed), acyclic)


def test_a_users_groups_hold_for_every_method() -> None:
    groups = [f"g{row % 50}" for row in range(ROWS)]
    plain = replace(TWINS, leak=np.arange(ROWS), scaffolds=[""] * ROWS, clusters=np.arange(ROWS), groups=groups)
    for method in GROUPED:
        assert crossed(split_rows(plain, method, FRACTIONS, 1), groups) == set()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (8, 1, 1), (0.9, 0, 0.1), (1, 1, 0)])
def test_shares_are_kept(fractions: tuple[float, float, float], seed: int) -> None:
    for method in set(GROUPED) - {"none"}:
        split = made(method, seed, fractions)
        shares = np.array([len(part) for part in parts(split)]) / ROWS
        assert np.abs(shares - np.array(fractions) / sum(fractions)).max() < 0.05, method
        assert all(share == 0 for share, wanted in zip(shares, fractions, strict=True) if wanted == 0), method


def test_no_split_keeps_no_test_rows() -> None:
    split = made("none", 0)
    assert split.test == ()
    assert abs(len(split.valid) / ROWS - 0.1) < 0.05


def test_acyclic_molecules_are_not_one_scaffold() -> None:
    split = split_rows(Rows(np.arange(100), [""] * 100), "scaffold", FRACTIONS, 0)
    assert [len(part) for part in parts(split)] == [80, 10, 10]


def test_a_scaffold_larger_than_half_the_test_part_is_for_training() -> None:
    scaffolds = ["big"] * 15 + [f"s{i}" for i in range(185)]
    for seed in range(20):
        split = split_rows(Rows(np.arange(200), scaffolds), "scaffold", FRACTIONS, seed)
        assert set(range(15)) <= set(split.train)


def test_a_seed_repeats_and_another_differs() -> None:
    for method in GROUPED:
        assert made(method, 3) == made(method, 3)
        assert (set(made(method, 3).valid) != set(made(method, 4).valid)) == (method not in ORDERED)


def test_time_goes_from_old_to_new() -> None:
    times = np.random.default_rng(1).normal(2015, 5, ROWS)
    split = split_rows(replace(TWINS, groups=None, times=times), "time", FRACTIONS, 0)
    newest = {leak: times[TWINS.leak == leak].max() for leak in set(TWINS.leak.tolist())}
    train, valid, test = ([newest[TWINS.leak[row]] for row in part] for part in (split.train, split.valid, split.test))
    assert max(train) < min(valid) < max(valid) < min(test)
    assert times[list(split.train)].max() < min(valid)


def test_unknown_times_are_for_training_and_told() -> None:
    times = np.where(np.arange(100) % 4 == 0, np.nan, np.arange(100.0))
    split = split_rows(Rows(np.arange(100), [""] * 100, times=times), "time", FRACTIONS, 0)
    assert set(range(0, 100, 4)) <= set(split.train)
    assert split.test == tuple(row for row in range(87, 100) if row % 4)
    assert split.remarks == ("25 compounds of unknown time count as older than all others.",)


def test_dissimilarity_tests_on_the_loneliest_clusters() -> None:
    nearest = np.repeat(np.random.default_rng(2).permutation(50) / 50, 4)
    clusters = np.repeat(np.arange(50), 4)
    rows = Rows(np.arange(200), [""] * 200, clusters=clusters, nearest=nearest)
    split = split_rows(rows, "dissimilarity", FRACTIONS, 0)
    assert sorted(nearest[list(split.test)]) == sorted(nearest)[:20]
    assert sorted(nearest[list(split.valid)]) == sorted(nearest)[20:40]


def binary(values: np.ndarray, **more: object) -> Rows:
    return Rows(np.arange(len(values)), [""] * len(values), values=values, kinds=("binary",) * values.shape[1], **more)  # type: ignore[arg-type]


def lacking(split: Split, values: np.ndarray) -> set[tuple[int, int, int]]:
    """Part, target and class, where the part lacks the class."""
    filled = [(place, list(part)) for place, part in enumerate(parts(split)) if part]
    cases = [(p, rows, k, c) for p, rows in filled for k in range(values.shape[1]) for c in (0, 1)]
    return {(p, k, c) for p, rows, k, c in cases if not (values[rows, k] == c).any()}


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 6), st.integers(1, 3), st.integers(0, 999), st.sampled_from(["random", "stratified", "none"]))
def test_both_classes_are_in_every_part_if_that_can_be(positives: int, targets: int, seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    values = np.zeros((300, targets))
    for k in range(targets):
        values[rng.choice(300, positives, replace=False), k] = 1
    split = split_rows(binary(values), method, FRACTIONS, seed)
    assert lacking(split, values) == set()
    assert split.remarks == ()
    wanted = (270, 30, 0) if method == "none" else (240, 30, 30)
    assert max(abs(len(part) - size) for part, size in zip(parts(split), wanted, strict=True)) <= 2


def test_both_classes_where_all_positives_are_large_scaffolds() -> None:
    """No order of the balanced filling puts these into the small parts."""
    scaffolds = [f"s{row // 20}" if row < 100 else f"t{row}" for row in range(300)]
    values = np.array([[float(row < 100)] for row in range(300)])
    rows = replace(binary(values), scaffolds=scaffolds)
    split = split_rows(rows, "scaffold", FRACTIONS, 0)
    assert lacking(split, values) == set()
    assert crossed(split, scaffolds) == set()


def test_the_reason_is_said_where_a_part_lacks_a_class() -> None:
    values = np.array([[1.0]] * 20 + [[0.0]] * 180)
    groups = ["a"] * 10 + ["b"] * 10 + list(range(180))
    split = split_rows(replace(binary(values, groups=groups), targets=("toxic",)), "random", FRACTIONS, 0)
    assert len(lacking(split, values)) == 1
    assert [("toxic: the " in r, "no positive compound; only 2 of the groups" in r) for r in split.remarks] == [
        (True, True)
    ]
    old = split_rows(binary(values, times=np.arange(200.0)), "time", FRACTIONS, 0)
    assert lacking(old, values) == {(1, 0, 1), (2, 0, 1)}
    assert len(old.remarks) == 2
    assert all("the order by time leaves no choice" in remark for remark in old.remarks)


def test_rows_are_called_what_they_are() -> None:
    values = np.array([[1.0]] + [[0.0]] * 199)
    images = replace(binary(values, times=np.r_[np.nan, np.arange(199.0)]), noun="image")
    remarks = split_rows(images, "random", FRACTIONS, 0).remarks
    assert "no positive image; only 1 of the groups of images that stay together" in remarks[0]
    assert "1 images of unknown time count as older" in split_rows(images, "time", FRACTIONS, 0).remarks[-1]
    few = split_rows(Rows(np.zeros(50, np.int64), [""] * 50, noun="image"), "random", FRACTIONS, 0)
    assert "too few groups of images" in few.remarks[0]
    assert not any("compound" in remark for remark in (*remarks, *few.remarks))


def test_an_empty_part_is_told() -> None:
    split = split_rows(Rows(np.zeros(50, np.int64), [""] * 50), "random", FRACTIONS, 0)
    assert len(split.train) == 50
    assert [remark.split(" is ")[0] for remark in split.remarks] == ["The valid part", "The test part"]


@pytest.mark.parametrize("seed", range(5))
def test_stratified_keeps_the_shares_of_classes_and_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = (rng.random((500, 2)) < [0.1, 0.4]).astype(float)
    classes[rng.random((500, 2)) < 0.2] = np.nan
    split = split_rows(binary(classes), "stratified", FRACTIONS, seed)
    for part, share in zip(parts(split), FRACTIONS, strict=True):
        for k, c in ((0, 0), (0, 1), (1, 0), (1, 1)):
            assert abs((classes[list(part), k] == c).sum() - share * (classes[:, k] == c).sum()) <= 2
    numbers = rng.lognormal(size=(500, 1))
    split = split_rows(
        Rows(np.arange(500), [""] * 500, values=numbers, kinds=("regression",)), "stratified", FRACTIONS, 0
    )
    fifth = np.argsort(np.argsort(numbers[:, 0])) // 100
    for part, share in zip(parts(split), FRACTIONS, strict=True):
        assert np.abs(np.bincount(fifth[list(part)], minlength=5) - share * 100).max() <= 2


def test_what_is_missing_is_asked_for() -> None:
    rows = Rows(np.arange(3), [""] * 3)
    for method, said in {
        "scafold": "known are scaffold, random",
        "group": "--group",
        "time": "--time",
        "stratified": "--target",
        "column": "--split-column",
    }.items():
        with pytest.raises(InputError, match=said):
            split_rows(rows, method, FRACTIONS, 0)
    with pytest.raises(InputError, match="no usable row a time"):
        split_rows(replace(rows, times=np.full(3, np.nan)), "time", FRACTIONS, 0)
    for method in ("butina", "dissimilarity"):
        with pytest.raises(ValueError, match="needs clusters"):
            split_rows(rows, method, FRACTIONS, 0)


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
