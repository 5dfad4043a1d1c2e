"""The model card: what a model is, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.engine.shortcuts import LIMITS

_TOGETHER = "rows that share a parent structure or a tautomer stay on one side."
_SPLITS = {
    "": f"Split at random; {_TOGETHER}",
    "scaffold": f"Split by scaffold, acyclic compounds by cluster; {_TOGETHER}",
    "stratified": f"Split at random with like shares of every class or range; {_TOGETHER}",
    "butina": f"Split by Butina cluster; {_TOGETHER}",
    "dissimilarity": f"The compounds least like the others are the test part; {_TOGETHER}",
    "time": f"Split by time, the newest for testing; {_TOGETHER}",
    "group": f"Split by the given groups; {_TOGETHER}",
    "none": f"No test part; {_TOGETHER}",
    "column": "Split as a column of the table says.",
}


def write_card(model: dict[str, Any], sentences: Sequence[str] = ()) -> str:
    """Markdown from the contents of a model file, and what is said beside its scores."""
    split, versions = model["split"], model["versions"]
    sections = [
        "# Model card",
        _what(model),
        "## Data",
        f"{model['compounds']} compounds: {len(split['train']) + len(split['valid'])} to fit fold models on, "
        f"{len(split['test'])} for testing. {_SPLITS.get(split['method'], _SPLITS[''])} Seed {split['seed']}, "
        f"data hash {split['data_hash'][:16]}.",
        *[f"- {note}" for note in model["notes"]],
        f"## Scores on the {model['scored_on']}",
        _scores(model),
        *[f"- {sentence}" for sentence in sentences],
        "## Limits",
        _limits(model),
        "## Made with",
        ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    return "\n\n".join(sections) + "\n"


def _what(model: dict[str, Any]) -> str:
    members = ", ".join(f"{learner['name']} ({_count(learner['models'], 'model')})" for learner in model["learners"])
    lines = [f"Predicts from a structure, with {members}:"]
    for k, target in enumerate(model["targets"]):
        unit = f" in {target['unit']}" if target["unit"] else ""
        kind = (
            f"probability of {target['classes'][1]!r}, called from {target['threshold']:.3f}"
            if target["kind"] == "binary"
            else f"a number{unit}{', modelled as log10' if target['log'] else ''}"
        )
        names = [learner["name"] for learner in model["learners"]]
        shares = ", ".join(f"{name} {w[k]:.2f}" for name, w in zip(names, model["weights"], strict=True))
        lines.append(f"- {target['name']}: {kind}. Weights: {shares}.")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _scores(model: dict[str, Any]) -> str:
    if not any(score["n"] for score in model["scores"]):
        return "None: the compounds could not be put into folds."
    lines = ["| target | method | score | value | 95 % interval | n | prevalence |", "|---|---|---|---:|---|---:|---:|"]
    for s in model["scores"]:
        value = "undefined" if s["value"] is None else f"{s['value']:.3f}"
        interval = "" if s["low"] is None else f"{s['low']:.3f} to {s['high']:.3f}"
        prevalence = "" if s["prevalence"] is None else f"{s['prevalence']:.3f}"
        scale = f" ({s['unit']})" if s["unit"] else ""
        lines.append(
            f"| {s['target']}{scale} | {s['method']} | {s['metric']} | {value} | {interval} | {s['n']} | {prevalence} |"
        )
    return "\n".join(lines)


def _limits(model: dict[str, Any]) -> str:
    domain, lines = model["domain"], []
    if model["config"]["with_structures"]:
        source = "as a tenth of the held-out compounds has" if model["folds"] else "a common rule"
        lines.append(
            f"A compound counts as outside the domain when its nearest training compound has a Tanimoto similarity "
            f"under {domain['out']:.2f}, {source}, and as at the edge under {domain['edge']:.2f}."
        )
    else:
        lines.append("This file holds no structures: it gives no domain verdict and no nearest compound.")
    numbers = [
        width is not None
        for target, width in zip(model["targets"], model["half_widths"], strict=True)
        if target["kind"] == "regression"
    ]
    if any(numbers):
        lines.append("Intervals (90 %) come from errors on held-out folds, one width for all compounds.")
    if not all(numbers):
        lines.append("Where a target has fewer than 9 held-out values, it has no interval.")
    return " ".join([*lines, *_shortcuts(model)])


_SHORTCUTS = {
    "bfloat16": "Networks computing in bfloat16 move predictions",
    "as_drawn": "Reading undefined stereocentres as drawn, instead of averaging over the isomers, moves predictions",
}


def _shortcuts(model: dict[str, Any]) -> list[str]:
    """What a check on the model's own compounds found of each shortcut."""
    return [
        f"{_SHORTCUTS[name]} by {found['change']:.1%} of the measured values' standard deviation (root mean square of "
        f"{found['compounds']} compounds, at most {found['largest']:.1%}), {_verdict(found['change'], LIMITS[name])}"
        for name, found in model.get("shortcuts", {}).items()
    ]


def _verdict(change: float, limit: float) -> str:
    taken = "so it is done where it is faster; `--exact` does not" if change <= limit else "so it is not done"
    return f"{'within' if change <= limit else 'above'} the limit of {limit:.0%}, {taken}."
