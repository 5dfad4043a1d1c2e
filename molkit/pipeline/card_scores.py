"""The scores of a model card: a table for each target, the model and the simple methods beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.errors import InputError
from molkit.evaluation.confusion import Confusion
from molkit.evaluation.entities import Breakdown
from molkit.evaluation.metrics import find_metric
from molkit.evaluation.scores import AVERAGE
from molkit.pipeline.card_inputs import row_noun

_SHOWN = {"molkit": "this model"}
Score = dict[str, Any]


def score_tables(model: dict[str, Any]) -> str:
    """Markdown: rows are scores, the one that matters first, columns are methods, each with its 95 % interval."""
    scores = [score for score in model["scores"] if score["n"]]
    noun = row_noun(model)
    if not scores:
        return f"None: the {noun}s could not be put into folds."
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score["target"], score["kind"]), []).append(score)
    return "\n\n".join(_table(own, model["config"].get("metric"), noun) for own in groups.values())


def class_tables(model: dict[str, Any]) -> list[str]:
    """Markdown: of each multiclass target the scores of its classes, and what each is called as."""
    return [
        f"### {' '.join(found['target'].split())}: classes\n\n" + _lines(Confusion(**found).table)
        for found in model.get("confusions", ())
    ]


def entity_tables(model: dict[str, Any]) -> list[str]:
    """Markdown: the score that matters within each drug or protein."""
    found = [Breakdown(**own) for own in model.get("breakdowns", ())]
    return [f"### {' '.join(own.caption.split())}\n\n{_lines(own.table)}" for own in found]


def _lines(table: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its head first; names may be the user's."""
    marks = ["---", *["---:"] * (len(table[0]) - 1)]
    clean = [[" ".join(cell.replace("|", "/").split()) for cell in line] for line in (table[0], marks, *table[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in clean)


def _table(scores: Sequence[Score], wanted: str | None, noun: str) -> str:
    """One target's scores; `wanted` is the name of the score that was asked for, a row is called a `noun`."""
    cells = {(score["metric"], score["method"]): score for score in scores}
    methods = list(dict.fromkeys(score["method"] for score in scores))
    metrics = _ordered(list(dict.fromkeys(score["metric"] for score in scores)), scores[0]["kind"], wanted)
    n = max(score["n"] for score in scores)
    head = ["score", *(_SHOWN.get(method, method) for method in methods)]
    rows = [
        [_named(cells[metric, methods[0]], n), *(_value(cells.get((metric, method))) for method in methods)]
        for metric in metrics
        if (metric, methods[0]) in cells
    ]
    lines = [head, ["---", *["---:"] * len(methods)], *rows]
    return f"### {_heading(scores, n, noun)}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ordered(metrics: Sequence[str], kind: str, wanted: str | None) -> list[str]:
    try:
        first = find_metric(wanted, kind).name if wanted and kind else ""
    except InputError:  # a score of another kind of target
        first = ""
    return sorted(metrics, key=lambda name: name != first)


def _heading(scores: Sequence[Score], n: int, noun: str) -> str:
    first = scores[0]
    unit = f" ({first['unit']})" if first["unit"] else ""
    share = "" if first["prevalence"] is None else f", {first['prevalence']:.0%} positive"
    failed = f", {first['failed']:,} without a prediction" if first["failed"] else ""
    what = "values" if first["target"] == AVERAGE else f"{noun}s"
    return " ".join(f"{first['target']}{unit}: {n:,} {what}{share}{failed}".split())


def _named(score: Score, n: int) -> str:
    """The score's name, with what bounds it and the number of compounds that it is of, if that is another one."""
    said = [f"at most {score['ceiling']:.2f}"] if score["ceiling"] not in (None, 1.0) else []
    said += [f"n {score['n']:,}"] if score["n"] != n else []
    return score["metric"] + (f" ({', '.join(said)})" if said else "")


def _value(score: Score | None) -> str:
    if score is None or score["value"] is None:
        return "undefined"
    interval = "" if score["low"] is None else f" [{score['low']:.3f}, {score['high']:.3f}]"
    return f"{score['value']:.3f}{interval}"
