"""Learners by name; each is imported when it is built, so that trees never load torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.errors import InputError
from molkit.learners.protocol import Learner, State

LEARNERS = {
    "boosting": "gradient-boosted trees on fingerprints and descriptors",
    "forest": "random forest on fingerprints and descriptors",
    "dmpnn": "directed message passing network on the molecular graph",
}


def new_learner(kind: str, kinds: Sequence[str], options: Any = None) -> Learner:
    """An unfitted learner for targets of these kinds; raises InputError for an unknown name."""
    if kind not in LEARNERS:
        raise InputError(f"there is no learner {kind!r}; known are {', '.join(LEARNERS)}")
    if kind == "dmpnn":
        from molkit.learners.neural import NeuralLearner, NeuralOptions

        return NeuralLearner(kinds, options or NeuralOptions())
    from molkit.learners.trees import TreeLearner

    return TreeLearner(kind, kinds, options)


def learner_from_state(kind: str, state: State) -> Learner:
    """A fitted learner from a model file."""
    if kind == "dmpnn":
        from molkit.learners.neural import NeuralLearner

        return NeuralLearner.from_state(state)
    from molkit.learners.trees import TreeLearner

    return TreeLearner.from_state(state)
