"""Baselines of pairs: what one input knows by itself is that of all its rows."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.pipeline.opponents import _by_thing

RNG = np.random.default_rng(0)
THINGS, WEIGHTS = RNG.integers(0, 5, 60), RNG.random(60)


def test_a_thing_has_the_mean_of_its_rows_and_their_weight() -> None:
    y = RNG.normal(size=60)
    first, labels = _by_thing(y, WEIGHTS, THINGS, binary=False)
    for place, row in enumerate(first):
        own = THINGS[row] == THINGS
        assert row == np.flatnonzero(own)[0]
        assert labels.values[place, 0] == pytest.approx(np.average(y[own], weights=WEIGHTS[own]))
        assert labels.weights[place] == pytest.approx(WEIGHTS[own].sum())


def test_of_two_classes_a_thing_counts_for_each_as_often_as_it_is_of_it() -> None:
    y = (RNG.random(60) < 0.4).astype(float)
    y[THINGS == 0] = 1.0
    first, labels = _by_thing(y, np.ones(60), THINGS, binary=True)
    found = {(THINGS[row], label): weight
             for row, label, weight in zip(first, labels.values[:, 0], labels.weights, strict=True)}  # fmt: skip
    expected = {(thing, label): n for thing in range(5) for label in (0.0, 1.0)
                if (n := int(((thing == THINGS) & (y == label)).sum()))}  # fmt: skip
    assert found == expected
    assert (0, 0.0) not in found
