"""Rows of plain tables."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from molkit.data.table import Table
from molkit.features.tabular import (
    TableReader,
    ValueFeaturizer,
    bound_remarks,
    identify,
    names_rows,
    table_options,
)
from molkit.types import Problem

COLUMNS: dict[str, list[Any]] = {
    "age": ["61", "70", "?", "55"] * 5,
    "race": ["A", "B", "", "A"] * 4 + ["C", "A", "B", "A"],
    "code": [250, 250.0, "V57", "250"] * 5,
}
COLUMNS = {name: 4 * cells for name, cells in COLUMNS.items()}
TABLE = Table(tuple(COLUMNS), COLUMNS)
OPTIONS = table_options(TABLE, ("age", "race", "code"))
READER = TableReader(**OPTIONS)


def test_columns_of_words_are_told_from_columns_of_numbers() -> None:
    assert OPTIONS == {"columns": ["age", "race", "code"], "categories": {"race": ["A", "B"], "code": ["250", "V57"]}}
    assert READER.names == ("age", "race=A", "race=B", "race=other", "code=250", "code=V57", "code=other")


def test_a_few_odd_cells_leave_a_column_one_of_numbers() -> None:
    cells: list[Any] = [*map(str, range(2000)), "odd"]
    assert table_options(Table(("x",), {"x": cells}), ("x",))["categories"] == {}
    assert "x" in table_options(Table(("x",), {"x": [*cells, "odd", "odd"]}), ("x",))["categories"]


def test_a_word_is_known_if_twenty_people_have_it_not_if_twenty_rows_do() -> None:
    table = Table(("word",), {"word": ["common"] * 40 + ["Jane Doe"] * 40})
    people = [f"person {row}" if row < 40 else f"person {row % 19}" for row in range(80)]
    assert table_options(table, ("word",))["categories"] == {"word": ["Jane Doe", "common"]}
    assert table_options(table, ("word",), owners=people)["categories"] == {"word": ["common"]}
    fewer = Table(("word",), {"word": ["common"] * 20 + ["rare"] * 19})
    assert table_options(fewer, ("word",))["categories"] == {"word": ["common"]}


def test_names_are_told_from_categories_and_numbers() -> None:
    assert names_rows(["Jane", "Joe", "Jim", ""])
    assert not names_rows(["a", "b", "a", "b"])
    assert not names_rows(list(range(100)))
    assert not names_rows(["", None])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (("61", "A", "V57"), [61, 1, 0, 0, 0, 1, 0]),
        (("NA", "Z", 250.0), [np.nan, 0, 0, 1, 1, 0, 0]),
        ((None, "", " 250 "), [np.nan, 0, 0, 0, 1, 0, 0]),
    ],
)
def test_a_row_is_a_vector(cell: tuple[Any, ...], expected: list[float]) -> None:
    item = READER(cell)
    assert isinstance(item, np.ndarray)
    assert item.dtype == np.float32
    np.testing.assert_array_equal(item, np.array(expected, np.float32))
    np.testing.assert_array_equal(ValueFeaturizer(READER.names)([item, item]), np.array([expected] * 2, np.float32))


@pytest.mark.parametrize(
    ("cell", "status", "said"),
    [
        (("old", "A", ""), "invalid_syntax", "column 'age': expected a number, got 'old'"),
        (("6,1", "A", ""), "invalid_syntax", "decimal point"),
        (("inf", "A", ""), "non_finite", "not a finite number"),
        (("1e300", "A", ""), "non_finite", "too large"),
        (("?", "", None), "empty", "blank"),
        (("1", "A"), "unsupported", "2 cells where the model reads 3"),
    ],
)
def test_a_row_that_cannot_be_read_gets_its_reason(cell: tuple[Any, ...], status: str, said: str) -> None:
    problem = READER(cell)
    assert isinstance(problem, Problem)
    assert problem.status == status
    assert said in problem.reason


def test_its_options_survive_json() -> None:
    assert TableReader(**json.loads(json.dumps(OPTIONS))) == READER
    assert TableReader(**json.loads(json.dumps(vars(READER)))).names == READER.names
    assert ValueFeaturizer(**READER.feature_options["values"]).names == READER.names


def test_rows_are_never_merged_and_not_shown() -> None:
    identity = identify(np.zeros(3, np.float32))
    assert (identity.text, identity.key, identity.leak_keys) == ("", "", ())


def test_a_row_can_be_changed_and_stays_as_it_was() -> None:
    item: Any = READER(("61", "A", "other thing"))
    assert READER.variables(item) == {"age": 61, "race": "A", "code": "other"}
    assert READER.variables(READER.without(item, "race")) == {"age": 61, "code": "other"}
    assert READER.variables(READER.without(item, "age")) == {"race": "A", "code": "other"}
    changed = READER.replaced(READER.replaced(item, "age", 30), "code", "V57")
    np.testing.assert_array_equal(changed, READER(("30", "A", "V57")))
    assert READER.variables(item)["age"] == 61


def test_bounds_are_told_of_numbers_and_not_of_words() -> None:
    assert bound_remarks((">61", "<A", "<5"), OPTIONS) == ("bounds are read as the numbers: age >61.",)
    assert bound_remarks(("~61", "A", "5"), OPTIONS) == ()
    assert bound_remarks((61.0, None, ""), OPTIONS) == ()
