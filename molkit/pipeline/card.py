"""The model card: what a model is, in words."""

from __future__ import annotations

from typing import Any

_TOGETHER = "rows that share a parent structure or a tautomer stay on one side."
_SPLITS = {
    "": f"Split at random; {_TOGETHER}",
    "scaffold": f"Split by scaffold; {_TOGETHER}",
    "group": f"Split by the given groups; {_TOGETHER}",
    "none": f"No test part; the validation part is split off by scaffold; {_TOGETHER}",
    "column": "Split as a column of the table says.",
}


def write_card(model: dict[str, Any]) -> str:
    """Markdown from the contents of a model file."""
    split, versions = model["split"], model["versions"]
    sections = [
        "# Model card",
        _what(model),
        "## Data",
        f"{model['compounds']} compounds: {len(split['train'])} for training, {len(split['valid'])} for choosing, "
        f"{len(split['test'])} for testing. {_SPLITS.get(split['method'], _SPLITS[''])} Seed {split['seed']}, "
        f"data hash {split['data_hash'][:16]}.",
        *[f"- {note}" for note in model["notes"]],
        "## Scores on the test part",
        _scores(model),
        "## Limits",
        _limits(model),
        "## Made with",
        ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    return "\n\n".join(sections) + "\n"


def _what(model: dict[str, Any]) -> str:
    members = ", ".join(model["members"])
    lines = [f"Predicts from a structure, with {members}:"]
    for k, target in enumerate(model["targets"]):
        unit = f" in {target['unit']}" if target["unit"] else ""
        kind = (
            f"probability of {target['classes'][1]!r}, called from {target['threshold']:.3f}"
            if target["kind"] == "binary"
            else f"a number{unit}{', modelled as log10' if target['log'] else ''}"
        )
        shares = ", ".join(f"{m} {w[k]:.2f}" for m, w in zip(model["members"], model["weights"], strict=True))
        lines.append(f"- {target['name']}: {kind}. Weights: {shares}.")
    return "\n".join(lines)


def _scores(model: dict[str, Any]) -> str:
    if not model["scores"]:
        return "None: no rows were kept for testing."
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
        source = "as a tenth of the validation compounds has" if model["split"]["valid"] else "a common rule"
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
        lines.append("Intervals (90 %) come from the errors on the validation part, one width for all compounds.")
    if not all(numbers):
        lines.append("Where a target has fewer than 9 validation values, it has no interval.")
    return " ".join(lines)
