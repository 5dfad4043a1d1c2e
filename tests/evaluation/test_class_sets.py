"""Prediction sets cover each class by itself, whatever its share."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from molkit.evaluation.class_sets import class_sets, fit_class_scores, score_sets, with_called


def drawn(rows: int, shares: list[float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Class codes, and probabilities that lean towards them."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(shares), rows, p=shares)
    scores = np.log(shares) + rng.normal(size=(rows, len(shares))) + 1.5 * np.eye(len(shares))[codes]
    chances = np.exp(scores)
    return codes, chances / chances.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("shares", [[0.95, 0.05], [0.6, 0.3, 0.1]])
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_each_class_is_covered(shares: list[float], level: float) -> None:
    scores = fit_class_scores(*drawn(5000, shares, 0))
    codes, chances = drawn(20_000, shares, 1)
    inside = class_sets(chances, scores, level)
    for code in range(len(shares)):
        rows = codes == code
        assert level - 0.035 <= inside[rows, code].mean() <= level + 0.07  # more where a set would be empty
    found = score_sets("y", codes.astype(float), inside, [str(code) for code in range(len(shares))], level)
    assert found is not None
    assert found.share == pytest.approx(inside[np.arange(len(codes)), codes].mean())
    assert sum(n for _, _, n in found.by_class) == found.n == 20_000


def test_a_set_is_never_empty_and_grows_with_the_level() -> None:
    scores = fit_class_scores(*drawn(300, [0.5, 0.5], 2))
    _, chances = drawn(2000, [0.5, 0.5], 3)
    sets = [class_sets(chances, scores, level) for level in (0.5, 0.8, 0.95, 0.99)]
    assert all(found.any(axis=1).all() for found in sets)
    for small, large in itertools.pairwise(sets):
        assert not (small & ~large).any()


def test_where_both_classes_are_ruled_out_the_less_so_stays() -> None:
    """At 50 %: class 0 is as improbable as for a tenth of its rows, class 1 as for two fifths of its own."""
    scores = (np.linspace(0, 0.5, 99), np.linspace(0, 0.9, 99))
    assert class_sets(np.array([[0.55, 0.45]]), scores, 0.5).tolist() == [[False, True]]
    far = (np.linspace(0, 0.1, 99), np.linspace(0, 0.2, 99))
    assert class_sets(np.array([[0.7, 0.3], [0.4, 0.6]]), far).tolist() == [[True, False], [False, True]]


def test_a_class_with_few_rows_cannot_be_ruled_out() -> None:
    codes, chances = drawn(200, [0.5, 0.5], 4)
    kept = np.r_[np.flatnonzero(codes == 0), np.flatnonzero(codes == 1)[:5]]
    scores = fit_class_scores(codes[kept], chances[kept])
    assert class_sets(chances, scores)[:, 1].all()


def test_rows_that_were_not_measured_are_not_scored() -> None:
    inside = np.array([[True, False], [True, True], [False, True]])
    found = score_sets("y", np.array([0.0, np.nan, 0.0]), inside, ("a", "b"))
    assert found is not None
    assert (found.n, found.share, found.single, found.by_class) == (2, 0.5, 1.0, (("a", 0.5, 2),))
    assert score_sets("y", np.full(3, np.nan), inside, ("a", "b")) is None


def test_the_class_that_is_called_is_never_ruled_out() -> None:
    """Nine tenths of the positive rows had 0.99 or more, and a fifth of the negative ones more than 0.97."""
    scores = (np.sort(np.r_[np.full(80, 0.1), np.full(20, 0.98)]), np.sort(np.r_[np.full(95, 0.01), np.full(5, 0.5)]))
    chances = np.array([[0.03, 0.97], [0.95, 0.05]])
    sets = class_sets(chances, scores)
    assert sets.tolist() == [[True, False], [True, False]]  # at 0.97 only the less probable class is left
    found = with_called(sets, chances[:, 1] >= 0.5)
    assert found.tolist() == [[True, True], [True, False]]
    assert not (sets & ~found).any()
