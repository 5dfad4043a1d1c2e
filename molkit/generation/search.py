"""Search of a latent space for vectors whose molecules score high."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_PARENTS = 20
_BATCH = 40
_NEAREST, _FARTHEST = 0.05, 0.8  # steps, in standard deviations of each dimension
_CROSSED = 0.3  # share of proposals that lie between two parents
_VAIN = 100  # proposals for each evaluation, after which a search that finds nothing new ends


@dataclass(frozen=True)
class Found:
    """A molecule that was evaluated: its SMILES, its latent vector and its score, higher being better."""

    smiles: str
    vector: np.ndarray  # float32 [L]
    score: float


Ask = Callable[[np.ndarray, int], list[Found]]


def search(start: list[Found], spread: np.ndarray, ask: Ask, evaluations: int, rng: np.random.Generator) -> list[Found]:
    """All that was found from `start` on, best first, with at most so many evaluations.

    An evolution strategy: each proposal is one of the best 20 so far, more often a better one, moved by a random step
    whose length is drawn anew each time, or lies between two of them. `ask(vectors [n, L], most)` evaluates at most
    that many molecules that are new and allowed, and gives these.
    """
    found, done, asked = sorted(start, key=_worth), 0, 0
    while done < evaluations and asked < _VAIN * evaluations:
        vectors = _proposals(found[:_PARENTS], spread, rng)
        new = ask(vectors, evaluations - done)
        asked, done = asked + len(vectors), done + len(new)
        found = sorted([*found, *new], key=_worth)
    return found


def _worth(found: Found) -> float:
    return -found.score


def _proposals(parents: list[Found], spread: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """New vectors, float32 [batch, L]."""
    vectors = np.stack([parent.vector for parent in parents])
    shares = 1.0 / np.arange(1, len(parents) + 1)
    one, other = (rng.choice(len(parents), _BATCH, p=shares / shares.sum()) for _ in range(2))
    length = np.exp(rng.uniform(np.log(_NEAREST), np.log(_FARTHEST), (_BATCH, 1)))
    between = np.where(rng.random((_BATCH, 1)) < _CROSSED, rng.random((_BATCH, 1)), 0.0)
    moved = vectors[one] + between * (vectors[other] - vectors[one])
    return (moved + length * spread * rng.standard_normal(moved.shape)).astype(np.float32)
