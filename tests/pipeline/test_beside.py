"""What stands beside predictions, read from columns."""

from __future__ import annotations

import numpy as np

from molkit.pipeline.beside import read_beside
from molkit.types import Target

NUMBER, CLASS = Target("y", "regression"), Target("y", "binary", classes=("no", "yes"))


def test_ends_similarities_and_verdicts() -> None:
    columns = {
        "y_lo90": ["1.5", "", "x"],
        "y_hi90": ["2.5", "3", "4"],
        "in_domain": ["in", "out", "perhaps"],
        "nearest_train_similarity": ["0.5", None, "1"],
    }
    found = read_beside(columns, "y", NUMBER, 3)
    np.testing.assert_array_equal(found.low, [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(found.high, [2.5, 3, 4])
    np.testing.assert_array_equal(found.similarity, [0.5, np.nan, 1])
    assert found.verdicts.tolist() == ["in", "out", ""]
    assert found.level == 0.9


def test_an_end_too_large_to_write_is_endless_and_logs_are_taken() -> None:
    columns = {"y_lo80": [10.0, 0.0], "y_hi80": [None, 1000.0]}
    found = read_beside(columns, "y", Target("y", "regression", log=True), 2)
    np.testing.assert_array_equal(found.low, [1, -np.inf])
    np.testing.assert_array_equal(found.high, [np.inf, 3])
    assert found.level == 0.8


def test_of_several_levels_the_highest_counts() -> None:
    columns = {f"y_{end}{level}": [float(level)] for level in (50, 90, 80) for end in ("lo", "hi")}
    assert read_beside(columns, "y", NUMBER, 1).high.tolist() == [90.0]
    assert read_beside({"y_lo95": [1.0], **columns}, "y", NUMBER, 1).level == 0.9  # an interval has two ends


def test_sets_by_the_names_of_the_classes() -> None:
    columns = {"y_set80": ["no", "YES", "no or yes", "", "maybe"]}
    found = read_beside(columns, "y", CLASS, 5)
    np.testing.assert_array_equal(found.sets[:3], [[1, 0], [0, 1], [1, 1]])
    assert np.isnan(found.sets[3:]).all()
    assert found.level == 0.8


def test_sets_may_hold_a_class_called_none() -> None:
    several = Target("y", "multiclass", classes=("mild", "none", "severe"))
    found = read_beside({"y_set90": ["none", "mild or none", None]}, "y", several, 3)
    np.testing.assert_array_equal(found.sets, [[0, 1, 0], [1, 1, 0], [np.nan] * 3])
    two = Target("y", "binary", classes=("none", "tumour"))
    np.testing.assert_array_equal(read_beside({"y_set90": ["none"]}, "y", two, 1).sets, [[1, 0]])


def test_a_table_with_predictions_only() -> None:
    found = read_beside({"y_pred": ["1"]}, "y", NUMBER, 1)
    assert np.isnan([found.low[0], found.high[0], found.similarity[0]]).all()
    assert found.verdicts.tolist() == [""]
