"""Search of a latent space for vectors whose molecules score high."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

VAIN = 4000  # molecules written in a row without one that is new, after which a run ends
_PARENTS = 20
_BATCH = 40
_CROSSED = 0.3  # share of proposals that lie between two parents
_NEAREST, _FARTHEST = 0.05, 0.8  # steps, in standard deviations of each dimension


@dataclass(frozen=True)
class Found:
    """A molecule that was evaluated: its SMILES, a latent vector float32 [L], and its merit, the greater the better."""

    smiles: str
    vector: np.ndarray
    merit: tuple[float, ...]


Ask = Callable[[np.ndarray, int], list[Found]]


def search(first: np.ndarray, spread: np.ndarray, ask: Ask, evaluations: int, rng: np.random.Generator) -> list[Found]:
    """All that was found from the `first` vectors [n, L] on, best first, with at most so many evaluations.

    An evolution strategy: after the first ones each proposal is one of the best 20 so far, more often a better one,
    moved by a random step whose length is drawn anew each time, or lies between two of them; `spread` [L] is the unit
    of steps. `ask(vectors [n, L], most)` evaluates at most that many molecules that are new and allowed, and gives
    these. Ends early when 4,000 in a row gave none.
    """
    found = [Found("", vector, (-np.inf,)) for vector in first]
    proposed, done, vain = first, 0, 0
    while done < evaluations and vain < VAIN:
        new = ask(proposed, evaluations - done)
        done += len(new)
        vain = 0 if new else vain + len(proposed)
        found = sorted([*found, *new], key=_merit, reverse=True)
        proposed = _proposals(found[:_PARENTS], spread, rng)
    return [one for one in found if one.smiles]


def _merit(found: Found) -> tuple[float, ...]:
    return found.merit


def _proposals(parents: list[Found], spread: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """New vectors, float32 [batch, L]."""
    vectors = np.stack([parent.vector for parent in parents])
    shares = 1.0 / np.arange(1, len(parents) + 1)
    one, other = (rng.choice(len(parents), _BATCH, p=shares / shares.sum()) for _ in range(2))
    between = np.where(rng.random((_BATCH, 1)) < _CROSSED, rng.random((_BATCH, 1)), 0.0)
    moved = vectors[one] + between * (vectors[other] - vectors[one])
    return (moved + random_steps(spread, _BATCH, _NEAREST, _FARTHEST, rng)).astype(np.float32)


def random_steps(
    spread: np.ndarray, count: int, nearest: float, farthest: float, rng: np.random.Generator
) -> np.ndarray:
    """Steps float64 [count, L] in random directions, lengths even on a logarithm, in units of `spread` [L]."""
    lengths = np.exp(rng.uniform(np.log(nearest), np.log(farthest), (count, 1)))
    return lengths * spread * rng.standard_normal((count, len(spread)))
