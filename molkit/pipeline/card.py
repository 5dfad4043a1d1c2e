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
from molkit.pipeline.card_inputs import cleaning_words, held_words, limit_words, read_words, row_noun, split_words
from molkit.pipeline.card_scores import class_tables, entity_tables, score_tables
from molkit.pipeline.phrases import a, count

_NOT_COMMERCIAL = re.compile(r"\bNC\b|non-?commercial|not for commercial", re.IGNORECASE)
_NOT_STATED = "not stated"
# the shares of `molkit.domain.fit_domain`
_FITTED = (
    f"the {OUTSIDE:.0%} of the held-out {{noun}}s that are least familiar set the limit of `out`, the next "
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
    unscored = [f"Unknown: no {row_noun(model)} could be scored on the {model['scored_on']}."]
    sections = [
        ("What it predicts", _what(model)),
        ("Data", points([*origin_words(model), *words.data, *cleaning_words(model)])),
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
    targets = points(_target(own, row_noun(model)) for own in _quantities(model))
    return _joined([targets, f"From {read_words(model)}, by {members}.{_shares(model)}"])


def _quantities(model: dict[str, Any]) -> tuple[Quantity, ...]:
    return quantities(targets_from(model))


def _target(own: Quantity, noun: str) -> str:
    target = own.target
    if own.several:
        names = ", ".join(target.classes or ())
        return (
            f"{target.name}: which of {len(own.columns)} classes it is ({names}), by probabilities that sum to 1; "
            f"{a(noun)} is called what is most probable."
        )
    if target.kind == "binary":
        name = f" = {target.classes[1]}" if target.classes else ""
        return (
            f"{target.name}: the probability of {target.name}{name}, from 0 to 1; {a(noun)} is called so from "
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


def origin_words(model: dict[str, Any]) -> Iterator[str]:
    """Where the data are from, what may be done with them and what is known to be wrong with them."""
    origin = model.get("origin") or {}
    yield f"Source: {origin.get('source') or _NOT_STATED}."
    yield f"Licence: {origin.get('licence') or _NOT_STATED}."
    if origin.get("card"):
        known = "has the bytes of" if origin["exact"] else "has the name and columns, but not the bytes, of"
        yield f"The table {known} the public data set {origin['card']}."
    if origin.get("defects"):
        yield f"Known defects of it: {'; '.join(origin['defects'])}."


def _split(model: dict[str, Any]) -> str:
    split = model["split"]
    fitted = len(split["train"]) + len(split["valid"])
    parts = f"{count(fitted, row_noun(model))} to fit on, {len(split['test']):,} for testing." if split["test"] else ""
    sentences = [split_words(model), parts, f"Seed {split['seed']}, data hash {split['data_hash'][:16]}."]
    return _one_line(" ".join(sentences))


def _trust(model: dict[str, Any]) -> Iterator[str]:
    """What stands beside a prediction and what it is made from; what it is worth is told by the run."""
    domain, learners, noun = model["trust"]["domain"], len(model["learners"]), row_noun(model)
    kinds = {target["kind"] for target in model["targets"]}
    yield from _intervals(model)
    if "binary" in kinds:
        yield f"Prediction sets (`_set90`): the classes that the probabilities of held-out {noun}s do not rule out."
    if domain is None:
        yield "This file gives no domain verdict."
        return
    parts = ["how far its learners lie apart"] if learners > 1 else []
    if len(domain["means"]) > len(parts):
        parts.append(f"the similarity to the nearest training {noun}")
    rule = _FITTED.format(noun=noun)
    if not any(domain["means"]):  # nothing was fitted
        out, edge = (1 - domain[limit] * len(domain["means"]) for limit in ("out", "edge"))
        rule = f"by a common rule a similarity under {out:.2f} counts as `out`, one under {edge:.2f} as `edge`"
    yield f"The verdict `in_domain` goes by {' and '.join(parts)}: {rule}."


def _intervals(model: dict[str, Any]) -> Iterator[str]:
    """What decides the widths of the intervals of each target that has any."""
    found = zip(model["targets"], model["trust"]["intervals"], strict=True)
    known = [(target["name"], interval) for target, interval in found if interval is not None]
    scaled = [name for name, interval in known if interval["means"]]
    plain, noun = [name for name, interval in known if not interval["means"]], row_noun(model)
    for names, widths in (
        (scaled, f"wider where these were larger for such {noun}s"),
        (plain, f"one width for all {noun}s, as widths by {noun} were no better on them"),
    ):
        if names:
            of = f" of {', '.join(names)}" if len(known) > len(names) else ""
            yield f"Intervals{of}: from the errors on held-out folds, {widths}."


def _limits(model: dict[str, Any]) -> Iterator[str]:
    learned = count(model["compounds"], row_noun(model))
    yield (
        f"Every prediction is an estimate from {learned}, no measurement: measure what "
        "matters. On its own it is no ground for a decision on safety, patients or approval."
    )
    yield from limit_words(model)
    if _NOT_COMMERCIAL.search((model.get("origin") or {}).get("licence") or ""):
        yield "The licence of the data excludes commercial use; whether that binds the model is for its user to settle."
    widths = zip(model["targets"], model["half_widths"], strict=True)
    without = [target["name"] for target, width in widths if target["kind"] == "regression" and width is None]
    if without:
        yield f"No intervals for {', '.join(without)}: fewer than 9 held-out values."
    yield held_words(model)


_SHORTCUTS = {
    "bfloat16": "Networks computing in bfloat16 move predictions",
    "as_drawn": "Reading undefined stereocentres as drawn, instead of averaging over the isomers, moves predictions",
}


def _shortcuts(model: dict[str, Any]) -> Iterator[str]:
    """What a check on the model's own compounds found of each shortcut."""
    for name, found in model.get("shortcuts", {}).items():
        yield (
            f"{_SHORTCUTS[name]} by {found['change']:.1%} of the measured values' standard deviation (root mean square "
            f"of {count(found['compounds'], row_noun(model))}, at most {found['largest']:.1%}), "
            f"{_verdict(found['change'], LIMITS[name])}"
        )


def _verdict(change: float, limit: float) -> str:
    taken = "so it is done where it is faster; `--exact` does not" if change <= limit else "so it is not done"
    return f"{'within' if change <= limit else 'above'} the limit of {limit:.0%}, {taken}."
