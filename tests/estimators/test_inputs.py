"""What is taken for SMILES and labels, and what is refused how."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from scipy.sparse import csr_matrix

from molkit.estimators.inputs import class_labels, readable, regression_labels, same_class, smiles_texts


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_a_missing_cell_is_a_row_without_a_structure(missing: object) -> None:
    assert smiles_texts(["CCO", missing], "M") == ["CCO", None]
    assert smiles_texts(pd.Series(["CCO", missing], dtype=object), "M") == ["CCO", None]


def test_what_is_readable_is_what_gets_no_nan() -> None:
    given = pd.Series(["CCO", "xx", None, "[Fe]", "CO"], index=list("abcde"))
    assert readable(given).tolist() == [True, False, False, False, True]
    assert given[readable(given)].tolist() == ["CCO", "CO"]
    assert readable([]).tolist() == []


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("CCO", ValueError, r"one column of SMILES, got str; write \[smiles\]"),
        (None, ValueError, "got NoneType"),
        (7, ValueError, "got int"),
        ([["C", "N"]], ValueError, r"shape \(1, 2\); name the column"),
        (pd.DataFrame({"a": ["C"], "b": ["N"]}), ValueError, r"shape \(1, 2\)"),
        (np.array([["C"]])[None], ValueError, r"shape \(1, 1, 1\)"),
        (["C", 3], ValueError, r"row 2 is 3 \(int\)"),
        ([b"C"], ValueError, r"row 1 is b'C' \(bytes\)"),
        ([Chem.MolFromSmiles("C")], ValueError, "row 1 is <rdkit.*Mol"),
        ([0.5, 0.25], ValueError, "row 1 is 0.5"),
        (csr_matrix(np.eye(2)), TypeError, "sparse"),
    ],
)
def test_what_is_no_column_of_smiles(given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=f"M: expected.*{said}"):
        smiles_texts(given, "M")


def test_numbers_keep_their_names_and_gaps_are_for_tables_alone() -> None:
    labels, dimensions = regression_labels(pd.Series([1, 2], name="logS"), "M")
    assert (labels.names, labels.columns, dimensions) == (("logS",), ([1.0, 2.0],), 1)
    assert regression_labels(np.array([[1, np.nan], [2, 3]]), "M")[0].names == ("y1", "y2")
    assert (
        regression_labels([1, 2], "M")[0].names == regression_labels(pd.Series([1, 2], name=3), "M")[0].names == ("y",)
    )
    assert np.isnan(regression_labels([[1.0, np.nan]], "M")[0].columns[1][0])
    for wrong in ([1.0, np.nan], [1.0, np.inf], [[np.inf, 1.0]], ["a", "b"], None, [], 3.0):
        with pytest.raises((ValueError, TypeError), match=r"y|0 sample|could not convert|scalar"):
            regression_labels(wrong, "M")


@pytest.mark.parametrize(
    ("y", "classes", "texts"),
    [
        (["b", "a", "b"], ["a", "b"], ("a", "b")),
        ([1, 0, 1], [0, 1], ("0", "1")),
        ([True, False], [False, True], ("False", "True")),
        ([-1.0, 1.0], [-1.0, 1.0], ("-1.0", "1.0")),
        (pd.Series(["x", "y"], dtype="category"), ["x", "y"], ("x", "y")),
        (["A", "a"], ["A", "a"], ("0", "1")),  # a model file does not tell these apart
        (["nan", "x"], ["nan", "x"], ("0", "1")),
        (["c", "a", "b"], ["a", "b", "c"], ("a", "b", "c")),
        ([3, 30, 4], [3, 4, 30], ("3", "4", "30")),
    ],
)
def test_labels_are_sorted_and_have_texts(y: Any, classes: list[Any], texts: tuple[str, ...]) -> None:
    columns, found, names = class_labels(y, "M")
    assert (found.tolist(), names) == (classes, texts)
    assert [texts.index(cell) for cell in columns.columns[0]] == [classes.index(label) for label in y]
    assert [same_class(text.upper(), texts) for text in texts] == list(range(len(texts)))


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (list(range(101)) * 3, r"101 classes \(0, 1, 2, 3, 4, \.\.\.\); at most 100"),
        (["a", "a"], r"one class only \('a'\)"),
        ([0.5, 0.7, 0.2], "continuous"),
        (["a", None], "1 missing labels, the first in row 2"),
        ([0.0, np.nan], "1 missing labels"),
        ([[0, 1], [1, 0]], "1d array"),
        ([], "0 sample"),
        (None, "target y is None"),
    ],
)
def test_what_are_no_classes(y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        class_labels(y, "M")
