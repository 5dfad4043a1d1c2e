"""Which learner reads which kinds of inputs, and of each input what.

`inputs` maps the name of an input to its kind everywhere here: {"drug": "smiles", "protein": "sequence"}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from molkit.errors import InputError, name_hint
from molkit.features import KIND_OF
from molkit.features.inputs import alike

Inputs = Mapping[str, str]
DRUG: Inputs = {"drug": "smiles"}

# The array features of each kind of input, which trees and linear models read.
ARRAYS: dict[str, tuple[str, ...]] = {
    "smiles": ("fingerprint", "descriptors", "pharmacophore"),
    "sequence": ("composition",),
    "image": ("thumbnail",),
    "record": ("summary",),
    "signal": ("spectrum",),
    "table": ("values",),
}
# The feature that each network reads; the other learners say it in their configuration.
NETWORKS = {
    "dmpnn": "graph",
    "gin": "graph",
    "gat": "graph",
    "attentivefp": "graph",
    "gru": "tokens",
    "selfies-gru": "selfies",
    "fingerprint": "fingerprint",
    "residue-cnn": "residues",
    "residue-attention": "residues",
    "composition": "composition",
    "cnn": "pixels",
    "resnet": "pixels",
    "event-gru": "events",
    "grud": "events",
    "signal-gru": "waveform",
    "spectrogram-cnn": "logmel",
    "perceptron": "values",
}
# What reads a kind of input that a learner's name leaves open.
DEFAULT_ENCODERS = {
    "smiles": "dmpnn",
    "sequence": "composition",
    "image": "cnn",
    "record": "grud",
    "signal": "spectrogram-cnn",
    "table": "perceptron",
}


def encoders_of(learner: str, inputs: Inputs) -> dict[str, str]:
    """The encoder of each input of a network named by its encoders, as in "dmpnn+residue-cnn".

    An input of a kind that none of them reads gets the default one. Inputs of one kind lie side by side, the first
    pair of them before all others, as a symmetric head wants them. Raises InputError for an encoder that reads none of
    the inputs, and for two that read the same.
    """
    chosen: dict[str, str] = {}
    for encoder in learner.split("+"):
        kind = KIND_OF[NETWORKS[encoder]]
        if kind not in inputs.values():
            said = ", ".join(f"{name} ({own})" for name, own in inputs.items())
            raise InputError(f"the learner {encoder} reads {kind}, and the inputs are {said}; name another learner")
        if chosen.setdefault(kind, encoder) != encoder:
            raise InputError(f"{chosen[kind]} and {encoder} both read {kind}; name one of them")
    pair = alike(inputs)
    order = [*pair, *(name for name in inputs if name not in pair)]
    return {name: chosen.get(inputs[name], DEFAULT_ENCODERS[inputs[name]]) for name in order}


def arrays_of(inputs: Inputs) -> tuple[str, ...]:
    """What trees and linear models read of these inputs, fingerprints first; "a+b/feature" is of a pair alike."""
    pair = alike(inputs)
    named = {name: kind for name, kind in inputs.items() if name not in pair[1:]}
    keys = [
        f"{'+'.join(pair) if name in pair else name}/{feature}"
        for name, kind in named.items()
        for feature in ARRAYS[kind]
    ]
    return tuple(sorted(keys, key=lambda key: not key.endswith("/fingerprint")))


def alike_first(names: Sequence[str]) -> tuple[str, ...]:
    """The names of inputs of one kind as the keys of arrays have them: a pair is one, "a+b".

    >>> alike_first(["drug_a", "drug_b"]), alike_first(["a", "b", "c"])
    (('drug_a+drug_b',), ('a', 'b', 'c'))
    """
    return ("+".join(names),) if len(names) == 2 else tuple(names)


def column_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Keys of packed columns; those of a pair are two.

    >>> column_keys(["a+b/fingerprint", "protein/composition"])
    ('a/fingerprint', 'b/fingerprint', 'protein/composition')
    """
    parts = [key.rpartition("/") for key in keys]
    return tuple(f"{name}/{feature}" for names, _, feature in parts for name in names.split("+"))


def fitting(learners: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    """Those of the learners that read at least one of the inputs."""
    return tuple(name for name in learners if name not in NETWORKS or KIND_OF[NETWORKS[name]] in inputs.values())


def check_learner(learner: str, known: Iterable[str]) -> None:
    """Raise InputError for a name that is neither a learner nor encoders joined by +."""
    known = tuple(known)
    for part in learner.split("+"):
        if part not in known:
            raise InputError(f"there is no learner {part!r}{name_hint(part, known)}")
        if "+" in learner and part not in NETWORKS:
            raise InputError(f"{part} is no network, and only networks are joined by +{name_hint(part, NETWORKS)}")
