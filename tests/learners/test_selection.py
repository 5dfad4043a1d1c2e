"""Which features a tree or linear model sees."""

from __future__ import annotations

import numpy as np

from molkit.learners.selection import Selection, join, select
from molkit.types import Column

NEEDS = ("x/a", "x/b")


def columns(a: list[list[float]], b: list[list[float]]) -> dict[str, Column]:
    rows = np.arange(len(a))
    return {"x/a": Column(np.array(a, np.uint8), rows), "x/b": Column(np.array(b, np.float32), rows)}


def matrix(selection: Selection, data: dict[str, Column]) -> np.ndarray:
    """The chosen features of every row."""
    return selection.filled(join(data, selection.arrays))[:, selection.columns]


DATA = columns(
    [[1, 5, 0], [1, 6, 0], [1, 7, 0], [9, 9, 9]],
    [[np.nan, 2.0, 4.0], [np.nan, np.nan, 4.0], [np.nan, 6.0, np.nan], [8.0, 8.0, 8.0]],
)


def test_what_never_varies_in_the_training_rows_is_left_out() -> None:
    selection, training = select(DATA, NEEDS, np.array([0, 1, 2]))
    assert selection.columns.tolist() == [1, 4]
    np.testing.assert_array_equal(training, matrix(selection, DATA)[:3])
    np.testing.assert_array_equal(matrix(selection, DATA), [[5, 2], [6, 4], [7, 6], [9, 8]])


def test_gaps_get_the_training_median_in_other_rows_too() -> None:
    selection, training = select(DATA, NEEDS, np.array([0, 2, 3]))
    place = selection.columns.tolist().index(4)
    assert selection.median[place] == 6.0
    assert matrix(selection, DATA)[1, place] == 6.0
    np.testing.assert_array_equal(training, matrix(selection, DATA)[[0, 2, 3]])


def test_one_column_is_left_where_nothing_varies() -> None:
    selection, _ = select(DATA, NEEDS, np.array([1]))
    assert matrix(selection, DATA).shape == (4, 1)


def test_rows_may_share_a_value_and_other_columns_are_not_read() -> None:
    shared = {key: Column(column.values, np.array([2, 0, 2])) for key, column in DATA.items()}
    selection, _ = select(shared, NEEDS, np.array([0, 1]))
    found = matrix(selection, {**shared, "x/c": Column(np.zeros((1, 1)), np.zeros(3, int))})
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()


def test_models_that_share_an_array_fill_its_gaps_each_for_itself() -> None:
    """Selections with other medians in turn; the first once more, as nothing of the others may stay."""
    parts = [select(DATA, NEEDS, np.array(rows)) for rows in ([0, 1, 2], [0, 2, 3], [1, 3])]
    joined = join(DATA, NEEDS)
    for (selection, training), rows in zip([*parts, parts[0]], ([0, 1, 2], [0, 2, 3], [1, 3], [0, 1, 2]), strict=True):
        found = selection.filled(joined)
        assert found.shape == (4, 6)
        np.testing.assert_array_equal(found[rows][:, selection.columns], training)


def test_of_a_pair_are_read_what_does_not_tell_which_came_first() -> None:
    rng = np.random.default_rng(0)
    pair = {f"{name}/f": Column(rng.normal(size=(6, 3)).astype(np.float32), rng.integers(0, 6, 9)) for name in "ab"}
    swapped = {"a/f": pair["b/f"], "b/f": pair["a/f"]}
    selection, training = select(pair, ("a+b/f",), np.arange(6))
    one, other = (pair[key].values[pair[key].index] for key in ("a/f", "b/f"))  # type: ignore[index]
    np.testing.assert_array_equal(matrix(selection, pair), np.concatenate([one + other, np.abs(one - other)], axis=1))
    np.testing.assert_array_equal(matrix(selection, swapped), matrix(selection, pair))
    np.testing.assert_array_equal(training, matrix(selection, pair)[:6])
