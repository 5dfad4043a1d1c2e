"""How each class is called, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from molkit.evaluation.confusion import MOST_SHOWN, Confusion, count_calls

NAMES = ("a", "b", "c")


@pytest.mark.parametrize("seed", range(5))
def test_counts_and_scores_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 3, 60).astype(float), rng.dirichlet(np.ones(3), 60)
    y[:5], p[5:8] = np.nan, np.nan
    found = count_calls("t", NAMES, y, p)
    assert found is not None
    rows = np.arange(60) >= 8
    called = p[rows].argmax(axis=1)
    np.testing.assert_array_equal(found.counts, sk.confusion_matrix(y[rows], called))
    expected = sk.precision_recall_fscore_support(y[rows], called)
    for own, figures in zip(found.by_class, np.transpose(expected), strict=True):
        assert (own.precision, own.recall, own.f1, own.n) == pytest.approx(tuple(figures))
    assert count_calls("t", NAMES, y[rows], called.astype(float)) == found


def test_a_class_that_is_not_there_has_no_scores() -> None:
    found = count_calls("t", NAMES, np.array([0.0, 0, 1]), np.array([0.0, 1, 1]))
    assert found is not None
    last = list(found.by_class)[2]
    assert (last.n, last.precision, last.recall, last.f1) == (0, None, None, None)
    assert found.table[3] == ["c", "0", "undefined", "undefined", "undefined", "0", "0", "0"]
    assert count_calls("t", NAMES, np.full(3, np.nan), np.zeros(3)) is None
    assert count_calls("t", NAMES, np.zeros(3), np.array([0.0, 1, 3])) is None  # a class that was never measured


def test_of_many_classes_the_commonest_mistake_is_shown() -> None:
    size = MOST_SHOWN + 1
    counts = np.diag(np.full(size, 5))
    counts[0, 3], counts[0, 4] = 2, 3
    found = Confusion("t", tuple(f"c{code}" for code in range(size)), tuple(map(tuple, counts.tolist())))
    head, first, second, *_ = found.table
    assert head[-1] == "mostly called instead"
    assert (first[-1], second[-1]) == ("c4 (3)", "")
