"""Unusual rows and values: planted ones are found, and shares are those of held-out rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from explain.test_guessing import gaussians, learned
from sklearn.metrics import roc_auc_score

from molkit.explain.unusual import Reference, named_values, reference_of, unusual_values
from molkit.explain.unusual_text import shown, unusual_sentences
from molkit.features.tabular import TableReader


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Rows half of which have a second value that is usual, but not beside the first; and which."""
    rows, odd = gaussians(400, 5), np.arange(400) % 2 == 0
    rows[:, 3:] = 0
    rows[:, 0], rows[:, 1] = np.where(rows[:, 0] > 10, 14, 6), np.where(rows[:, 0] > 10, 1.3, -1.3)
    rows[odd, 1] *= -1
    return rows, odd


def test_planted_rows_score_higher_and_their_value_is_named() -> None:
    module, reference = learned()
    rows, odd = planted()
    found = unusual_values(module, rows, reference)
    assert roc_auc_score(odd, found.scores) > 0.95
    assert (np.nanargmax(found.values[odd], axis=1) < 2).mean() > 0.9  # either of the pair
    assert found.percentiles[odd].mean() > 0.9
    assert np.isnan(found.values[:, 3]).all()


def test_a_cell_that_disagrees_with_several_is_the_one_named() -> None:
    module, reference = learned()
    rows = gaussians(200, 6)
    rows = rows[(np.abs(rows[:, 1]) > 0.7) & rows[:, 3:].any(axis=1)]
    rows[:, 0] = 10 - 3 * np.sign(rows[:, 1]) * 1.5  # against the second number and the category
    found = unusual_values(module, rows, reference)
    assert (found.values.argmax(axis=1) == 0).mean() > 0.8


def test_shares_are_uniform_over_rows_like_those_of_the_reference() -> None:
    module, reference = learned()
    found = unusual_values(module, gaussians(2000, 7), reference)
    np.testing.assert_allclose(np.quantile(found.percentiles, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.08)
    assert found.percentiles.max() <= reference.levels[-1]
    given = found.value_percentiles[:, 0]
    np.testing.assert_allclose(np.quantile(given, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.08)


def test_the_score_is_the_sum_of_the_three_most_unusual_values() -> None:
    module, reference = learned()
    rows = gaussians(50, 8)
    rows[:10, :2] = np.nan
    found = unusual_values(module, rows, reference)
    ordered = np.sort(np.nan_to_num(found.values, nan=-np.inf), axis=1)[:, 1:]
    np.testing.assert_allclose(found.scores, np.where(np.isinf(ordered), 0, ordered).sum(axis=1))


def test_a_reference_survives_as_arrays_and_holds_no_row() -> None:
    module, reference = learned()
    again = Reference(**{name: array.copy() for name, array in reference.arrays().items()})
    rows = gaussians(5, 9)
    np.testing.assert_array_equal(
        unusual_values(module, rows, again).percentiles, unusual_values(module, rows, reference).percentiles
    )
    assert all(500 not in array.shape for array in reference.arrays().values())


def test_too_few_rows_make_no_reference() -> None:
    with pytest.raises(ValueError, match="at least 20 rows"):
        reference_of(learned()[0], gaussians(19))


def reader() -> TableReader:
    return TableReader(("glucose", "insulin", "age", "sex"), {"sex": ["f"]})


def sentences(*row: float, texts: Sequence[str] = ()) -> list[str]:
    module, reference = learned()
    rows = np.array([row], np.float32)
    named = named_values(module, rows, reference, unusual_values(module, rows, reference))
    return unusual_sentences(reader(), rows[0], named[0], texts)


def test_sentences_name_the_value_and_what_was_expected() -> None:
    assert [kind for kind, _ in reader().layout] == ["number", "number", "number", "category"]
    told = sentences(16, 2.0, 5, 1, 0)
    assert len(told) == 1
    assert told[0].startswith("sex f is unusual given the others: expected other (")
    told = sentences(15, -1.6, 5, 0, 1)
    assert any(line.startswith("insulin -1.6 is unusual given the others: expected ") for line in told), told
    assert sentences(10, 0.1, 5, 0, 0) == []


def test_a_word_that_is_not_known_is_told_as_it_stands() -> None:
    (told,) = sentences(4, -2.0, 5, 0, 1, texts=("4", "-2", "5", " male "))
    assert told.startswith("sex male is unusual given the others: expected f (")


def test_one_wrong_value_does_not_make_others_look_wrong() -> None:
    (only,) = sentences(300, -1.0, 5, 1, 0)
    assert only.startswith("glucose 300 is unusual")


def test_a_value_beside_which_nothing_is_known_is_not_judged() -> None:
    module, reference = learned()
    found = unusual_values(module, np.array([[1e4, np.nan, np.nan, 0, 0]], np.float32), reference)
    assert found.scores.tolist() == [0]
    assert sentences(1e4, np.nan, np.nan, 0, 0) == []


def test_few_reference_rows_name_what_is_far_from_usual() -> None:
    module, _ = learned()
    reference = reference_of(module, gaussians(60, 10))
    assert reference.levels[-1] < 0.95
    rows = gaussians(300, 11)
    rows[0] = [300, -1.0, 5, 1, 0]
    named = named_values(module, rows, reference, unusual_values(module, rows, reference))
    assert named[0][0].cell == 0
    assert sum(map(bool, named)) < 0.1 * len(rows)


def test_numbers_are_shown_shortly() -> None:
    assert [shown(value) for value in (812.4, 0.012345, 99.96, -3.0, "x")] == ["812", "0.0123", "100", "-3", "x"]
