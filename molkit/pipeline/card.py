"""The model card: what a model is, in words for a chemist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from molkit.data.quantities import Quantity, quantities
from molkit.domain import BEYOND_EDGE, OUTSIDE
from molkit.engine.columns import targets_from
from molkit.engine.shortcuts import LIMITS
from molkit.features.inputs import inputs_from_dict, keeps_rows
from molkit.pipeline.card_scores import class_tables, entity_tables, score_tables
from molkit.pipeline.phrases import count

_TOGETHER = "Compounds that share a parent structure or a tautomer stay on one side."
_SPLITS = {
    "": "At random.",
    "random": "At random.",
    "scaffold": "By scaffold, acyclic compounds by cluster: the test compounds have frameworks not trained on.",
    "stratified": "At random with like shares of every class or range.",
    "butina": "By Butina cluster: the test compounds are of clusters not trained on.",
    "dissimilarity": "The compounds least like the others are the test part, which is harder than everyday use.",
    "time": "By time: the newest compounds are the test part.",
    "group": "By the given groups.",
    "none": "No test part: all compounds are trained on, and scored by models that had not seen them.",
}
_COLD = "cold-"
_OPTIMISTIC = (
    "Optimistic for pairs: most drugs or proteins of the test part were trained on in other pairs; a cold split tells "
    "what the model is worth for new ones."
)
_GIVEN = "As a column or file of the user says."
_NOT_COMMERCIAL = re.compile(r"\bNC\b|non-?commercial|not for commercial", re.IGNORECASE)
_NOT_STATED = "not stated"
# the shares of `molkit.domain.fit_domain`
_FITTED = (
    f"the {OUTSIDE:.0%} of the held-out compounds that are least familiar set the limit of `out`, the next "
    f"{BEYOND_EDGE - OUTSIDE:.0%} that of `edge`"
)


@dataclass(frozen=True)
class CardWords:
    """Sentences of the sections of a card that are told by the data and the scored compounds."""

    data: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()


def write_card(model: dict[str, Any], words: CardWords) -> str:
    """Markdown from the contents of a model file and the sentences of `words`."""
    unscored = [f"Unknown: no compound could be scored on the {model['scored_on']}."]
    sections = [
        ("What it predicts", _what(model)),
        ("Data", points([*_origin(model), *words.data, *_cleaning(model)])),
        ("Split", _split(model)),
        (
            f"Scores on the {model['scored_on']}",
            _joined([score_tables(model), *class_tables(model), *entity_tables(model), points(words.scores)]),
        ),
        ("What it is good for", points(words.good or unscored)),
        ("Where it fails", points(words.fails or unscored)),
        ("Trust", points([*_trust(model), *words.trust])),
        ("Limits", points(_limits(model))),
        ("Shortcuts", points([*_shortcuts(model)] or ["None is taken."])),
        ("Noted on the way", points(model["notes"]) or "Nothing."),
        ("Made with", ", ".join(f"{name} {version}" for name, version in model["versions"].items()) + "."),
    ]
    return "# Model card\n\n" + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections) + "\n"


def points(sentences: Iterable[str]) -> str:
    """Sentences as a list in Markdown."""
    return "\n".join(f"- {_one_line(sentence)}" for sentence in sentences)


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _one_line(text: str) -> str:
    """A text that may be the user's without line breaks, so that it cannot begin a section of its own."""
    return " ".join(text.split())


def _what(model: dict[str, Any]) -> str:
    members = ", ".join(f"{learner['name']} ({count(learner['models'], 'model')})" for learner in model["learners"])
    return _joined([points(map(_target, _quantities(model))), f"From a structure, by {members}.{_shares(model)}"])


def _quantities(model: dict[str, Any]) -> tuple[Quantity, ...]:
    return quantities(targets_from(model))


def _target(own: Quantity) -> str:
    target = own.target
    if own.several:
        names = ", ".join(target.classes or ())
        return (
            f"{target.name}: which of {len(own.columns)} classes it is ({names}), by probabilities that sum to 1; "
            "a compound is called what is most probable."
        )
    if target.kind == "binary":
        name = f" = {target.classes[1]}" if target.classes else ""
        return (
            f"{target.name}: the probability of {target.name}{name}, from 0 to 1; a compound is called so from "
            f"{target.threshold:.3f} on."
        )
    unit = f" in {target.unit}" if target.unit else " (unit not stated)"
    log = ", learned as its decimal logarithm, on which it is scored" if target.log else ""
    return f"{target.name}: a number{unit}{log}."


def _shares(model: dict[str, Any]) -> str:
    """How much each of several learners counts, for each target."""
    names = [learner["name"] for learner in model["learners"]]
    if len(names) < 2:
        return ""
    shares = []
    for own in _quantities(model):
        weights = zip(names, model["weights"], strict=True)
        told = ", ".join(f"{name} {row[own.columns[0]]:.2f}" for name, row in weights)
        shares.append(f"{own.target.name}: {told}")
    return f" Weights for {'; '.join(_one_line(share) for share in shares)}."


def _origin(model: dict[str, Any]) -> Iterator[str]:
    origin = model.get("origin") or {}
    yield f"Source: {origin.get('source') or _NOT_STATED}."
    yield f"Licence: {origin.get('licence') or _NOT_STATED}."
    if origin.get("card"):
        known = "has the bytes of" if origin["exact"] else "has the name and columns, but not the bytes, of"
        yield f"The table {known} the public data set {origin['card']}."
    if origin.get("defects"):
        yield f"Known defects of it: {'; '.join(origin['defects'])}."


def _cleaning(model: dict[str, Any]) -> Iterator[str]:
    mixtures = (
        "mixtures are left out" if model["policy"]["mixtures"] == "reject" else "of a mixture the largest part is taken"
    )
    yield (
        "Structures are standardised: counter-ions and solvents taken off, charges neutralised where a proton can, "
        f"{mixtures}; tautomers and protonation states are not chosen."
    )
    yield (
        "Rows with the same standardised structure (full InChIKey) are one compound: numbers by their median, classes "
        "by majority, ties left out."
    )


def _split(model: dict[str, Any]) -> str:
    split = model["split"]
    fitted = len(split["train"]) + len(split["valid"])
    how, together = _how(split["method"], len(model["inputs"]) > 1)
    parts = f"{count(fitted, 'compound')} to fit on, {len(split['test']):,} for testing." if split["test"] else ""
    sentences = [how, together, parts, f"Seed {split['seed']}, data hash {split['data_hash'][:16]}."]
    return " ".join(sentence for sentence in sentences if sentence)


def _how(method: str, pairs: bool) -> tuple[str, str]:
    """How the parts were made, and what stays on one side."""
    if method.startswith(_COLD):
        new = method.removeprefix(_COLD)
        if new == "both":
            return (
                "Cold: all inputs of the test part are new to the model; pairs of new and known ones are left out.",
                "",
            )
        return f"Cold: each row of the test part has a {new} that is new to the model.", ""
    if pairs and method in ("", "random", "stratified"):
        return f"{_SPLITS[method]} {_OPTIMISTIC}", "The same pair stays on one side."
    return _SPLITS.get(method, _GIVEN), _TOGETHER if method in _SPLITS else ""


def _trust(model: dict[str, Any]) -> Iterator[str]:
    """What stands beside a prediction and what it is made from; what it is worth is told by the run."""
    domain, learners = model["trust"]["domain"], len(model["learners"])
    kinds = {target["kind"] for target in model["targets"]}
    yield from _intervals(model)
    if "binary" in kinds:
        yield "Prediction sets (`_set90`): the classes that the probabilities of held-out compounds do not rule out."
    if domain is None:
        yield "This file gives no domain verdict."
        return
    parts = ["how far its learners lie apart"] if learners > 1 else []
    if len(domain["means"]) > len(parts):
        parts.append("the similarity to the nearest training compound")
    rule = _FITTED
    if not any(domain["means"]):  # nothing was fitted
        out, edge = (1 - domain[limit] * len(domain["means"]) for limit in ("out", "edge"))
        rule = f"by a common rule a similarity under {out:.2f} counts as `out`, one under {edge:.2f} as `edge`"
    yield f"The verdict `in_domain` goes by {' and '.join(parts)}: {rule}."


def _intervals(model: dict[str, Any]) -> Iterator[str]:
    """What decides the widths of the intervals of each target that has any."""
    found = zip(model["targets"], model["trust"]["intervals"], strict=True)
    known = [(target["name"], interval) for target, interval in found if interval is not None]
    scaled = [name for name, interval in known if interval["means"]]
    plain = [name for name, interval in known if not interval["means"]]
    for names, widths in (
        (scaled, "wider where these were larger for such compounds"),
        (plain, "one width for all compounds, as widths by compound were no better on them"),
    ):
        if names:
            of = f" of {', '.join(names)}" if len(known) > len(names) else ""
            yield f"Intervals{of}: from the errors on held-out folds, {widths}."


def _limits(model: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Every prediction is an estimate from {count(model['compounds'], 'compound')}, no measurement: measure what "
        "matters. On its own it is no ground for a decision on safety, patients or approval."
    )
    yield (
        "Its values are those of the measurement behind the table; under other conditions (method, pH, species) they "
        "do not hold."
    )
    yield (
        "Not for polymers, biologics, organometallics or salts whose ions matter; rows of such structures come back "
        "without a prediction, or for the parent alone with a note."
    )
    if _NOT_COMMERCIAL.search((model.get("origin") or {}).get("licence") or ""):
        yield "The licence of the data excludes commercial use; whether that binds the model is for its user to settle."
    widths = zip(model["targets"], model["half_widths"], strict=True)
    without = [target["name"] for target, width in widths if target["kind"] == "regression" and width is None]
    if without:
        yield f"No intervals for {', '.join(without)}: fewer than 9 held-out values."
    if not keeps_rows(inputs_from_dict(model["inputs"])):
        yield "The file holds no row of what it was trained on: it gives no nearest one."
    elif model["config"]["with_structures"]:
        yield "The file holds the structures and measured values of its training compounds: who has it can read them."
    else:
        yield "The file holds no structures of its training compounds: it gives no nearest compound."


_SHORTCUTS = {
    "bfloat16": "Networks computing in bfloat16 move predictions",
    "as_drawn": "Reading undefined stereocentres as drawn, instead of averaging over the isomers, moves predictions",
}


def _shortcuts(model: dict[str, Any]) -> Iterator[str]:
    """What a check on the model's own compounds found of each shortcut."""
    for name, found in model.get("shortcuts", {}).items():
        yield (
            f"{_SHORTCUTS[name]} by {found['change']:.1%} of the measured values' standard deviation (root mean square "
            f"of {count(found['compounds'], 'compound')}, at most {found['largest']:.1%}), "
            f"{_verdict(found['change'], LIMITS[name])}"
        )


def _verdict(change: float, limit: float) -> str:
    taken = "so it is done where it is faster; `--exact` does not" if change <= limit else "so it is not done"
    return f"{'within' if change <= limit else 'above'} the limit of {limit:.0%}, {taken}."
