"""Learners by name; each is imported when it is built, so that trees never load torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from molkit.errors import InputError
from molkit.learners.inputs import DRUG, NETWORKS, Inputs, arrays_of, check_learner, column_keys, encoders_of, fitting
from molkit.learners.options import changed
from molkit.learners.protocol import Learner, State
from molkit.learners.space import Space

LEARNERS = {
    "boosting": "gradient-boosted trees on fingerprints and descriptors",
    "forest": "random forest on fingerprints and descriptors",
    "linear": "ridge or logistic regression on fingerprints and descriptors",
    "dmpnn": "directed message passing network on the molecular graph",
    "gin": "graph isomorphism network on the molecular graph",
    "gat": "graph attention network on the molecular graph",
    "attentivefp": "attention over atoms, then over the molecule, each with a gated unit",
    "gru": "recurrent network on the tokens of the SMILES",
    "selfies-gru": "recurrent network on the tokens of the SELFIES",
    "fingerprint": "perceptron on the fingerprint",
    "residue-cnn": "convolutions along the residues of a protein",
    "residue-attention": "attention over the residues of a protein",
    "composition": "perceptron on the composition of a protein",
    "cnn": "convolutional network on the pixels of an image",
    "resnet": "residual convolutional network on the pixels of an image",
    "event-gru": "recurrent network on the events of health records",
    "grud": "recurrent network whose memory of the events of health records fades with time",
    "signal-gru": "recurrent network on the samples of a signal",
    "spectrogram-cnn": "convolutions over time on the log-mel spectrum of a signal",
    "perceptron": "perceptron on the columns of a table",
}
# What a prediction should come close to: the mean (squared error) or the median (absolute error).
OBJECTIVES = ("squared", "absolute")
__all__ = [
    "LEARNERS",
    "NETWORKS",
    "OBJECTIVES",
    "features_of",
    "learner_from_state",
    "learners_for",
    "new_learner",
    "space_of",
]
_TREES = ("boosting", "forest")


def new_learner(
    kind: str,
    kinds: Sequence[str],
    options: Any = None,
    *,
    objective: str | None = None,
    epochs: int | None = None,
    width: int | None = None,
    depth: int | None = None,
    changes: Mapping[str, Any] | None = None,
    augment: Sequence[str] = (),
    inputs: Inputs = DRUG,
) -> Learner:
    """An unfitted learner for targets of these kinds; what is given beside `options` overrules them, `changes` last.

    `inputs` maps the name of each input to its kind. A network is named by its encoders, joined by +, each of which
    reads the inputs of one kind; inputs of other kinds get the default of `DEFAULT_ENCODERS`. Between two inputs of one
    kind every learner is symmetric.

    `objective` is one of `OBJECTIVES`, for regression targets; the forest grows its trees by squared error
    whichever is asked for (scikit-learn's absolute_error sorts at every split: many times slower), and so
    does the linear learner. `epochs`, `width`, `depth` and `augment` concern networks alone. `changes` are values of
    the learner's own options by name, those of a network's `fit` among them. Raises InputError for an unknown name,
    and for a learner that reads none of the inputs.
    """
    check_learner(kind, LEARNERS)
    if objective is not None and objective not in OBJECTIVES:
        raise InputError(f"there is no objective {objective!r}; known are {', '.join(OBJECTIVES)}")
    if kind in _TREES:
        from molkit.learners.growing import usual_options
        from molkit.learners.trees import TreeLearner

        options = options or usual_options(kind, inputs)
        if objective and hasattr(options, "objective"):
            options = replace(options, objective=objective)
        return TreeLearner(kind, kinds, changed(options, kind, changes), arrays_of(inputs))
    if kind == "linear":
        from molkit.learners.linear import LinearLearner, LinearOptions

        return LinearLearner(kinds, changed(options or LinearOptions(), kind, changes), arrays_of(inputs))
    from molkit.learners.network_options import network_options
    from molkit.learners.neural import NeuralLearner

    options = network_options(encoders_of(kind, inputs), options)
    if objective:
        options = replace(options, objective=objective)
    if epochs is not None:
        options = replace(options, fit=replace(options.fit, epochs=epochs))
    sizes = {name: size for name, size in (("width", width), ("depth", depth)) if size is not None}
    options = replace(options, **sizes, augment=tuple(augment) or options.augment)
    return NeuralLearner(kinds, changed(options, kind, changes))


def learners_for(inputs: Inputs) -> tuple[str, ...]:
    """Names of the learners that read at least one of these inputs; networks of several encoders can be put together.

    >>> learners_for({"protein": "sequence"})
    ('boosting', 'forest', 'linear', 'residue-cnn', 'residue-attention', 'composition')
    """
    return fitting(LEARNERS, inputs)


def space_of(kind: str) -> Space:
    """What a search may try of a learner's options, by name; only networks load torch for it."""
    if kind in _TREES:
        from molkit.learners.growing import SPACES

        return SPACES[kind]
    if kind == "linear":
        from molkit.learners.linear import SPACE

        return SPACE
    from molkit.learners.network_options import network_space

    return network_space(kind)


def features_of(kind: str, config: dict[str, Any]) -> tuple[str, ...]:
    """Keys of the features that a learner reads, from the configuration of its state alone."""
    if kind in (*_TREES, "linear"):
        from molkit.learners.trees import FEATURES_OF_FORMAT_1

        return column_keys(config.get("needs", FEATURES_OF_FORMAT_1))
    return tuple(f"{name}/{NETWORKS[encoder]}" for name, encoder in config["options"]["inputs"].items())


def learner_from_state(kind: str, state: State) -> Learner:
    """A fitted learner from a model file."""
    if kind in _TREES:
        from molkit.learners.trees import TreeLearner

        return TreeLearner.from_state(state)
    if kind == "linear":
        from molkit.learners.linear import LinearLearner

        return LinearLearner.from_state(state)
    from molkit.learners.neural import NeuralLearner

    return NeuralLearner.from_state(state)
