"""Search of a latent space for vectors whose molecules score high."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

VAIN = 4000  # molecules that may be written without one that is new
_WORTH = 10  # that may be written for each that is evaluated, beside these
_PARENTS = 20
_BATCH = 100
_AGAIN = 0.3  # share of proposals that begin at a hit again
_SHORTEST, _LONGEST = 0.6, 1.8  # steps


@dataclass(frozen=True)
class Found:
    """A molecule that was evaluated: its SMILES, a latent vector float32 [L], and its merit, the greater the better."""

    smiles: str
    vector: np.ndarray
    merit: tuple[float, ...] = (-np.inf,)


Ask = Callable[[np.ndarray, int], list[Found]]
Step = Callable[[Sequence[str], np.random.Generator], np.ndarray]


def search(first: Sequence[Found], step: Step, ask: Ask, evaluations: int, rng: np.random.Generator) -> list[Found]:
    """All that was found from the `first` on, best first, with at most so many evaluations.

    After the first ones each proposal is one of the best 20 so far, more often a better one, moved by a step whose
    length is drawn anew. From one first, a hit, three in ten begin there and the others at any of the 20: the best lie
    where what is like the hit ends. `step(smiles, rng)` gives random steps [n, L] of length 1 from such molecules (""
    if unknown). `ask(vectors [n, L], most)` evaluates at most that many molecules that are new and allowed, and gives
    these. Ends early when 4,000 proposals, and 10 more for each that was evaluated, were made.
    """
    near = len(first) == 1
    found: list[Found] = []
    proposed, written = np.stack([one.vector for one in first]), 0
    while len(found) < evaluations and written < VAIN + _WORTH * len(found):
        written += len(proposed)
        found += ask(proposed, evaluations - len(found))
        parents = sorted(found, key=lambda one: one.merit, reverse=True)[:_PARENTS] or first
        shares = np.arange(1, len(parents) + 1) ** (0.0 if near else -1.0)
        ranks = rng.choice(len(parents), _BATCH, p=shares / shares.sum())
        again = near & (rng.random(_BATCH) < _AGAIN)
        chosen = [first[0] if new else parents[rank] for new, rank in zip(again, ranks.tolist(), strict=True)]
        steps = step([one.smiles for one in chosen], rng) * lengths(_SHORTEST, _LONGEST, _BATCH, rng)
        proposed = (np.stack([one.vector for one in chosen]) + steps).astype(np.float32)
    return sorted(found, key=lambda one: one.merit, reverse=True)


def lengths(shortest: float, longest: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Lengths of steps [count, 1], even on a logarithm."""
    return np.exp(rng.uniform(np.log(shortest), np.log(longest), (count, 1)))
