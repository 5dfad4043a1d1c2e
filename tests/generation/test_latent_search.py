"""The search of a latent space, on functions whose best value is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from molkit.generation.search import VAIN, Found, lengths, search

LATENT = 8
EVALUATIONS = 300


def step(smiles: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Along one axis, as steps of an autoencoder that change one place do."""
    return np.eye(LATENT)[rng.integers(LATENT, size=len(smiles))] * rng.standard_normal((len(smiles), 1))


def starting(vectors: np.ndarray) -> list[Found]:
    return [Found("", vector) for vector in vectors]


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

    found = search(starting(rng.standard_normal((40, LATENT))), step, ask, EVALUATIONS, rng)
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

    found = search(starting(rng.standard_normal((40, LATENT))), step, ask, EVALUATIONS, rng)
    met = [one for one in found if one.vector[0] > 1]
    assert found[: len(met)] == met
    assert len(met) > EVALUATIONS / 2


def test_one_vector_is_enough_to_begin_with() -> None:
    rng = np.random.default_rng(0)
    asked: list[np.ndarray] = []

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        asked.append(vectors)
        return [Found(str(one), one, (-np.inf,)) for one in vectors[:most]]

    found = search(starting(np.zeros((1, LATENT), np.float32)), step, ask, 50, rng)
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

    assert search(starting(np.zeros((1, LATENT))), step, ask, evaluations, np.random.default_rng(0)) == []
    assert VAIN <= asked <= VAIN + 100


def test_it_ends_when_new_ones_are_rare() -> None:
    """One of a batch of 100 is a molecule: too few to go on for ever."""
    asked = 0

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        nonlocal asked
        asked += len(vectors)
        return [Found(str(vectors[0]), vectors[0], (0.0,))]

    found = search(starting(np.zeros((1, LATENT))), step, ask, 10**9, np.random.default_rng(0))
    assert asked == pytest.approx(VAIN / 0.9, rel=0.05)  # 4,000 + 10 for each found = 100 for each found
    assert len(found) == pytest.approx(asked / 100, abs=2)


def test_proposals_begin_at_the_best_and_at_the_first_and_step_from_such_molecules() -> None:
    asked: list[np.ndarray] = []
    told: list[str] = []
    found = [Found(str(place), np.full(LATENT, float(place)), (float(place),)) for place in range(30)]

    def still(smiles: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        told.extend(smiles)
        return np.zeros((len(smiles), LATENT))

    def ask(vectors: np.ndarray, most: int) -> list[Found]:
        asked.append(vectors)
        return found if len(asked) == 1 else []

    search([Found("first", np.full(LATENT, -1.0))], still, ask, 31, np.random.default_rng(0))
    places = np.concatenate(asked[1:])[:, 0]
    assert set(told) == {"first", *(str(place) for place in range(10, 30))}
    assert set(places) == {-1.0, *map(float, range(10, 30))}
    assert (places == -1).mean() == pytest.approx(0.3, abs=0.03)


def test_lengths_are_even_on_a_logarithm() -> None:
    found = lengths(0.5, 2.0, 20_000, np.random.default_rng(0))
    assert found.shape == (20_000, 1)
    assert 0.5 <= found.min() <= found.max() <= 2.0
    assert np.log(found).mean() == pytest.approx(0.0, abs=0.02)
    assert np.log(found).std() == pytest.approx(np.log(4.0) / np.sqrt(12), rel=0.03)
