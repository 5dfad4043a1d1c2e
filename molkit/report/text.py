"""What a command prints: score tables and single predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from molkit.types import Target

if TYPE_CHECKING:
    from molkit.evaluation.scores import Score


def score_table(scores: Sequence[Score]) -> str:
    """One line per method, one column per score, each with its 95 % interval; one block per target."""
    blocks = []
    for target in dict.fromkeys(score.target for score in scores):
        own = [score for score in scores if score.target == target]
        metrics = list(dict.fromkeys(score.metric for score in own))
        lines = [["", *metrics]]
        for method in dict.fromkeys(score.method for score in own):
            cells = {score.metric: _value(score) for score in own if score.method == method}
            lines.append([method, *(cells[metric] for metric in metrics)])
        first = own[0]
        share = "" if first.prevalence is None else f", {first.prevalence:.1%} positive"
        scale = f" ({first.unit})" if first.unit else ""
        blocks.append(f"{target}{scale}: {first.n} test compounds{share}; value [95 % interval]\n{_aligned(lines)}")
    return "\n\n".join(blocks)


def _value(score: Score) -> str:
    if score.value is None or score.low is None:
        return "undefined"
    failed = f" ({score.failed} failed)" if score.failed else ""
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]{failed}"


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def one_prediction(targets: Sequence[Target], row: dict[str, Any]) -> str:
    """A single structure's prediction as lines of name and value."""
    lines: list[tuple[str, str]] = []
    for target in targets:
        value = row.get(f"{target.name}_pred")
        if value is not None:
            lines.append((target.name, _prediction(target, value, row)))
    names = (
        "in_domain",
        "nearest_train",
        "nearest_train_id",
        "nearest_train_similarity",
        "alerts",
        "note",
        "smiles_std",
        "inchikey",
    )
    lines += [(name, str(row[name])) for name in names if row.get(name) is not None]
    if row["status"] != "ok":
        lines += [("status", row["status"]), ("reason", row.get("reason") or "")]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in lines)


def _prediction(target: Target, value: float, row: dict[str, Any]) -> str:
    text = f"{value:#.3g}{' ' + target.unit if target.unit else ''}"
    low, high = row.get(f"{target.name}_lo90"), row.get(f"{target.name}_hi90")
    if low is not None and high is not None:
        text += f"  (90 % interval {low:#.3g} to {high:#.3g})"
    label = row.get(f"{target.name}_label")
    return text + (f"  ({label})" if label is not None else "")
