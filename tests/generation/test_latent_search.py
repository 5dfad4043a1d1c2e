"""The search of a latent space, on functions whose best value is known."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.generation.search import VAIN, Found, random_steps, search

LATENT = 8
SPREAD = np.ones(LATENT)
EVALUATIONS = 300


def value(vector: np.ndarray, top: np.ndarray) -> float:
    """Greatest, 0, at `top`."""
    return -float(((vector - top) ** 2).sum())


def best_found(seed: int) -> tuple[float, float]:
    """The best value of a search and of as many random draws."""
    rng = np.random.default_rng(seed)
    top = rng.standard_normal(LATENT)
    asked = []

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        assert vectors.shape[1] == LATENT
        asked.append(min(len(vectors), most))
        return [Found(str(vector), vector, (value(vector, top),)) for vector in vectors[:most]]

    found = search(rng.standard_normal((40, LATENT)), SPREAD, ask, EVALUATIONS, rng)
    assert sum(asked) == len(found) == EVALUATIONS
    merits = [one.merit for one in found]
    assert merits == sorted(merits, reverse=True)
    drawn = max(value(vector, top) for vector in rng.standard_normal((EVALUATIONS, LATENT)))
    return merits[0][0], drawn


def test_it_comes_nearer_to_the_top_than_random_draws() -> None:
    searched, drawn = np.array([best_found(seed) for seed in range(10)]).mean(axis=0)
    assert searched > drawn / 2  # both are below 0: less than half as far away


def test_what_meets_the_limits_is_moved_on_before_what_does_not() -> None:
    rng = np.random.default_rng(0)

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        """Only a first coordinate above 1 meets the limits; the second is what is wanted."""
        return [Found(str(one), one, (float(one[0] > 1), float(one[1]))) for one in vectors[:most]]

    found = search(rng.standard_normal((40, LATENT)), SPREAD, ask, EVALUATIONS, rng)
    met = [one for one in found if one.vector[0] > 1]
    assert found[: len(met)] == met
    assert len(met) > EVALUATIONS / 2


def test_one_vector_is_enough_to_begin_with() -> None:
    rng = np.random.default_rng(0)
    asked: list[np.ndarray] = []

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        asked.append(vectors)
        return [Found(str(one), one, (-np.inf,)) for one in vectors[:most]]

    found = search(np.zeros((1, LATENT), np.float32), SPREAD, ask, 50, rng)
    assert len(found) == 50
    assert not asked[0].any()
    assert np.isfinite(asked[1]).all()


@pytest.mark.parametrize("evaluations", [1, 10**9])
def test_it_ends_when_nothing_new_comes(evaluations: int) -> None:
    asked = 0

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        nonlocal asked
        asked += len(vectors)
        return []

    assert search(np.zeros((1, LATENT)), SPREAD, ask, evaluations, np.random.default_rng(0)) == []
    assert VAIN <= asked <= VAIN + 50


def test_steps_are_as_long_as_they_should_be() -> None:
    spread = np.array([1.0, 10.0])
    steps = random_steps(spread, 20_000, 0.05, 0.8, np.random.default_rng(0)) / spread
    mean_square = (0.8**2 - 0.05**2) / 2 / np.log(0.8 / 0.05)  # of a length that is even on a logarithm
    assert (steps**2).mean(axis=0) == pytest.approx([mean_square] * 2, rel=0.05)
