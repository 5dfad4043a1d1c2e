"""What a command prints: score tables and single predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from molkit.data.quantities import class_name, quantities
from molkit.engine.columns import IN_LIBRARY, NOVELTY, PROPERTY_NAMES, nearest_value_name
from molkit.types import Target

if TYPE_CHECKING:
    from molkit.evaluation.conformal import IntervalScores
    from molkit.evaluation.confusion import Confusion
    from molkit.evaluation.entities import Breakdown
    from molkit.evaluation.scores import Score


_WIDTH = 120
_MOST_CLASSES = 8  # of which the probabilities of one structure are printed


def score_table(scores: Sequence[Score], noun: str = "compound") -> str:
    """One line per score, one column per method, each with its 95 % interval; one block per target and kind.

    Beside them stand the value without any information (chance) and the largest possible one, where there is
    one; below, why a score is undefined. Methods that do not fit beside each other follow further down.
    A row is called a `noun`.
    """
    blocks = dict.fromkeys((score.target, score.kind) for score in scores)
    return "\n\n".join(
        _block([score for score in scores if (score.target, score.kind) == block], noun) for block in blocks
    )


def _block(scores: Sequence[Score], noun: str) -> str:
    metrics = list(dict.fromkeys(score.metric for score in scores))
    columns = [["", *metrics], *_chance_columns(scores, metrics)]
    for method in dict.fromkeys(score.method for score in scores):
        cells = {score.metric: _value(score) for score in scores if score.method == method}
        columns.append([method, *(cells.get(metric, "") for metric in metrics)])
    return "\n".join([_heading(scores, noun), *_wrapped(columns), *_remarks(scores, noun)])


def _heading(scores: Sequence[Score], noun: str) -> str:
    first = scores[0]
    share = "" if first.prevalence is None else f", {first.prevalence:.1%} positive"
    scale = f" ({first.unit})" if first.unit else ""
    interval = "value [95 % interval]" if any(score.low is not None for score in scores) else "mean"
    return f"{first.target}{scale}: {max(score.n for score in scores):,} {noun}s{share}; {interval}"


def _chance_columns(scores: Sequence[Score], metrics: Sequence[str]) -> list[list[str]]:
    """What chance gives and the most that is possible, each where some score has it."""
    columns = []
    for name, values in (
        ("chance", {score.metric: score.base for score in reversed(scores) if score.base is not None}),
        ("at most", {score.metric: score.ceiling for score in reversed(scores) if score.ceiling is not None}),
    ):
        if values:
            columns.append([name, *(f"{values[metric]:.3g}" if metric in values else "" for metric in metrics)])
    return columns


def _remarks(scores: Sequence[Score], noun: str) -> list[str]:
    """Rows without a prediction per method, fewer rows than in the heading, and why scores are undefined."""
    most = max(score.n for score in scores)
    lines: dict[str, None] = {}
    for score in scores:
        if score.failed:
            rows = "1 measured row has" if score.failed == 1 else f"{score.failed:,} measured rows have"
            lines[f"{score.method}: {rows} no prediction, left out of the scores"] = None
        if score.n < most - score.failed and score.value is not None:
            alike = all(other.n == score.n for other in scores if other.metric == score.metric)
            lines[f"{score.metric}{'' if alike else f', {score.method}'}: {score.n:,} {noun}s"] = None
        if score.reason:
            lines[f"{score.metric}, {score.method}: {score.reason}"] = None
    return [f"  * {line}" for line in lines]


def _value(score: Score) -> str:
    if score.value is None:
        return "undefined"
    interval = "" if score.low is None else f" [{score.low:.3f}, {score.high:.3f}]"
    return f"{score.value:.3f}{interval}"


def _wrapped(columns: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side, as many as fit; the first one, the names of the lines, is repeated."""
    names, waiting = columns[0], list(columns[1:])
    lines: list[str] = []
    while waiting:
        beside = [names, waiting.pop(0)]
        while waiting and sum(max(map(len, column)) + 2 for column in (*beside, waiting[0])) < _WIDTH:
            beside.append(waiting.pop(0))
        lines += aligned([list(line) for line in zip(*beside, strict=True)])
    return lines


def aligned(lines: list[list[str]]) -> list[str]:
    """Lines of cells with every column as wide as its widest cell."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def class_table(found: Confusion) -> str:
    """The scores of each class of a multiclass target, and how its rows are called."""
    return "\n".join([f"{found.target}: classes", *aligned(found.table)])


def entity_table(found: Breakdown) -> str:
    """A score within each drug or protein: the mean, the median, the worst ones."""
    return "\n".join([found.caption, *aligned(found.table)])


def coverage_table(scores: IntervalScores, noun: str = "compound") -> str:
    """Coverage of a target's intervals by similarity to the training rows, one line per bin; "" without bins."""
    if not scores.bins:
        return ""
    unit = f" ({scores.unit})" if scores.unit else ""
    lines = [["similarity", f"{noun}s", f"within {scores.level:.0%} interval", "mean width", "interval score", "RMSE"]]
    for found in (*scores.bins, scores.overall):
        share = f"{found.share:.3f} [{found.low:.3f}, {found.high:.3f}]"
        figures = [f"{value:.3g}" for value in (found.width, found.score, found.error)]
        lines.append([found.label, f"{found.n:,}", share, *figures])
    return "\n".join([f"{scores.target}{unit}: intervals by similarity to the training {noun}s", *aligned(lines)])


def one_prediction(
    targets: Sequence[Target], row: dict[str, Any], level: int = 90, nearest: Sequence[str] = ("nearest_train",)
) -> str:
    """A single row's prediction, with intervals of a `level` in percent, as lines of name and value.

    `nearest` are the columns of what the nearest training row is.
    """
    lines: list[tuple[str, str]] = []
    for target in (own.target for own in quantities(targets)):
        if told := _prediction(target, row, level):
            lines.append((target.name, told))
    names = (
        "in_domain",
        *nearest,
        "nearest_train_id",
        "nearest_train_similarity",
        *(nearest_value_name(own.target) for own in quantities(targets)),
        NOVELTY,
        IN_LIBRARY,
        *PROPERTY_NAMES,
        "alerts",
        "note",
        "smiles_std",
        "inchikey",
    )
    lines += [(name, str(row[name])) for name in names if row.get(name) is not None]
    if row["status"] != "ok":
        lines += [("status", row["status"]), ("reason", row.get("reason") or "")]
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in lines)


def _prediction(target: Target, row: dict[str, Any], level: int) -> str:
    """What a row has of a target, "" for nothing."""
    if target.kind == "multiclass":
        return _class_prediction(target, row, level)
    value, label = row.get(f"{target.name}_pred"), row.get(f"{target.name}_label")
    low, high = row.get(f"{target.name}_lo{level}"), row.get(f"{target.name}_hi{level}")
    classes = row.get(f"{target.name}_set{level}")
    parts = [f"{value:#.3g}{' ' + target.unit if target.unit else ''}"] if value is not None else []
    parts += [f"({level} % interval {low:#.3g} to {high:#.3g})"] if low is not None and high is not None else []
    parts += [f"({label})"] if label is not None else []
    return "  ".join([*parts, *([f"({level} % set: {classes})"] if classes is not None else [])])


def _class_prediction(target: Target, row: dict[str, Any], level: int) -> str:
    """The class, the probabilities of the most probable ones, and the set."""
    label, classes = row.get(f"{target.name}_label"), row.get(f"{target.name}_set{level}")
    found = {name: row.get(f"{class_name(target.name, name)}_pred") for name in target.classes or ()}
    chances = sorted(((value, name) for name, value in found.items() if value is not None), key=lambda one: -one[0])
    more = [f"{len(chances) - _MOST_CLASSES} more"] if len(chances) > _MOST_CLASSES else []
    told = ", ".join([*(f"{name} {value:#.3g}" for value, name in chances[:_MOST_CLASSES]), *more])
    parts = [str(label)] if label is not None else []
    parts += [f"({told})"] if told else []
    return "  ".join([*parts, *([f"({level} % set: {classes})"] if classes is not None else [])])
