"""What a model card says of what the model reads: molecules, pairs, images, records, recordings or plain rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from molkit.features.inputs import KINDS, Input, explained, inputs_from_dict, keeps_rows, noun_of, of_molecules
from molkit.pipeline.cold import BOTH, is_cold

_TOGETHER = "Compounds that share a parent structure or a tautomer stay on one side."
_SPLITS = {
    "": "At random.",
    "random": "At random.",
    "scaffold": "By scaffold, acyclic compounds by cluster: the test compounds have frameworks not trained on.",
    "stratified": "At random with like shares of every class or range.",
    "butina": "By Butina cluster: the test compounds are of clusters not trained on.",
    "dissimilarity": "The compounds least like the others are the test part, which is harder than everyday use.",
    "time": "By time: the newest {noun}s are the test part.",
    "group": "By the given groups.",
    "none": "No test part: all {noun}s are trained on, and scored by models that had not seen them.",
}
_OPTIMISTIC = (
    "Optimistic for pairs: most drugs or proteins of the test part were trained on in other pairs; a cold split tells "
    "what the model is worth for new ones."
)
_GIVEN = "As a column or file of the user says."
_ELSEWHERE = {
    "smiles": (
        "Not for polymers, biologics, organometallics or salts whose ions matter; rows of such structures come back "
        "without a prediction, or for the parent alone with a note."
    ),
    "sequence": "A protein is what its sequence says: mutants, states and complexes are told apart by nothing else.",
    "image": (
        "Its values are those of images made like these: another device, view, stain or population may change them "
        "unnoticed. Research output, not advice."
    ),
    "record": (
        "Its values are those of patients recorded like these: another hospital, device or coding may change them "
        "unnoticed. Research output, not advice."
    ),
    "signal": "Its values are those of recordings made like these: another device, place or rate may change them.",
    "table": "Its values are those of rows that come about like these: what a column means must not change.",
}
_CONDITIONS = (
    "Its values are those of the measurement behind the table; under other conditions (method, pH, species) they "
    "do not hold."
)


def inputs_of(model: dict[str, Any]) -> tuple[Input, ...]:
    """The inputs of the contents of a model file."""
    return inputs_from_dict(model["inputs"])


def row_noun(model: dict[str, Any]) -> str:
    """What a row of it is called."""
    return noun_of(inputs_of(model))


def read_words(model: dict[str, Any]) -> str:
    """What a prediction is made from."""
    inputs = inputs_of(model)
    if of_molecules(inputs):
        return "a structure"
    return " and ".join(f"`{one.name}` ({KINDS[one.kind].words})" for one in inputs)


def split_words(model: dict[str, Any]) -> str:
    """How the test part was chosen."""
    method, inputs = model["split"]["method"], inputs_of(model)
    noun = noun_of(inputs)
    if method == BOTH:
        return "Cold: all inputs of the test part are new to the model; pairs of new and known ones are left out."
    if is_cold(method):
        new = method.partition("-")[2]
        return f"Cold: each {noun} of the test part has a {new} that is new to the model."
    if noun == "pair" and method in ("", "random", "stratified"):
        return f"{_SPLITS[method]} {_OPTIMISTIC} The same pair stays on one side.{_never_parted(model)}"
    if method not in _SPLITS:
        return _GIVEN
    together = f" {_TOGETHER}" if of_molecules(inputs) else ""
    return _SPLITS[method].format(noun=noun) + together + _never_parted(model)


def _never_parted(model: dict[str, Any]) -> str:
    """What stays on one side beside rows that are the same: groups of the user, subjects, images, recordings."""
    config = model["config"]
    if config.get("split_file"):  # made elsewhere
        return ""
    group = config.get("group")
    things = [f"`{group}`"] * bool(group) + [KINDS[one.kind].whole for one in inputs_of(model)]
    named = " or ".join(dict.fromkeys(filter(None, things)))
    return f" Rows of one {named} are never parted." if named else ""


def cleaning_words(model: dict[str, Any]) -> Iterator[str]:
    """How cells are put into one form, and what became of equal rows."""
    inputs = inputs_of(model)
    if any(one.kind == "smiles" for one in inputs):
        yield _standardised(model["policy"]["mixtures"])
    same = "with the same standardised structure (full InChIKey)" if of_molecules(inputs) else "that read the same"
    if [one.kind for one in inputs] != ["table"]:  # plain rows stay as they are
        middle = "mean, which weighs as many" if len(inputs) > 1 else "median"
        yield f"Rows {same} are one {noun_of(inputs)}: numbers by their {middle}, classes by majority, ties left out."


def _standardised(policy: str) -> str:
    mixtures = "mixtures are left out" if policy == "reject" else "of a mixture the largest part is taken"
    return (
        "Structures are standardised: counter-ions and solvents taken off, charges neutralised where a proton can, "
        f"{mixtures}; tautomers and protonation states are not chosen."
    )


def limit_words(model: dict[str, Any]) -> Iterator[str]:
    """Where predictions mean nothing."""
    kinds = dict.fromkeys(one.kind for one in inputs_of(model))
    if "smiles" in kinds:
        yield _CONDITIONS
    yield from (_ELSEWHERE[kind] for kind in kinds)


_GROUPS = (
    "For `--explain` it holds the usual values of each variable, none of under 20 patients, and quartiles of groups"
    " of at least 50."
)


def held_words(model: dict[str, Any]) -> str:
    """What a reader of the file can see of the rows that it was made from."""
    inputs = inputs_of(model)
    noun, kept = noun_of(inputs), keeps_rows(inputs) and model["config"]["with_structures"]
    things = "structures" if of_molecules(inputs) else " and ".join(f"{one.name}s" for one in inputs)
    if not keeps_rows(inputs):
        told = f"The file holds none of its training {noun}s, and gives no nearest one."
        groups = explained(inputs) and model["config"]["with_structures"]
        return f"{told} {_GROUPS}" if groups else told
    if kept:
        return f"The file holds the {things} and measured values of its training {noun}s: who has it can read them."
    return f"The file holds no {things} of its training {noun}s: it gives no nearest {noun}."
