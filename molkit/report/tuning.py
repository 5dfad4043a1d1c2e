"""What a search for options found, as a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from molkit.report.figures import BLUE, GREY, ORANGE, Picture, short
from molkit.report.text import aligned
from molkit.tuning.found import Found
from molkit.tuning.goal import Goal
from molkit.tuning.importance import FEWEST_TRIALS
from molkit.tuning.study import Trial

_HEIGHT = 2.3  # inches for each learner


def tuning_table(found: Sequence[Found]) -> str:
    """One line for each learner: its trials, the score by default and at best, and the options taken."""
    metric = found[0].metric
    lines = [["learner", "complete", "pruned", "failed", f"{metric} by default", "at best", "options taken"]]
    for each in found:
        counts = [str(count) for count in (each.complete, each.pruned, each.failed)]
        scores = ["undefined" if value is None else f"{value:.4g}" for value in (each.default, each.best)]
        lines.append([each.learner, *counts, *scores, each.changes or "the default ones"])
    return "\n".join(aligned(lines))


def tuning_picture(found: Sequence[Found], trials: Sequence[Trial], goal: Goal) -> Picture:
    """For each learner the scores of its trials in their order, and how much each option had to do with them."""
    return Picture("tuning", "the trials of the search, and which options mattered",
                   partial(_draw, found=tuple(found), trials=tuple(trials), goal=goal))  # fmt: skip


def _draw(figure: Any, found: Sequence[Found], trials: Sequence[Trial], goal: Goal) -> None:
    figure.set_size_inches(8.5, max(_HEIGHT * len(found), 2.8))
    rows = figure.subplots(len(found), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), each in zip(rows, found, strict=True):
        _history(left, each, [trial for trial in trials if trial.learner == each.learner], goal)
        _importance(right, each)
    rows[-1][0].set_xlabel("trial (0: the default options)")
    figure.align_ylabels(rows[:, 0])
    if handles := rows[0][0].get_legend_handles_labels()[0]:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))


def _history(axes: Any, each: Found, trials: Sequence[Trial], goal: Goal) -> None:
    """Pruned and failed trials have no score of all folds, and stand below the others."""
    complete = [(trial.place, trial.value) for trial in trials if trial.state == "complete" and trial.value is not None]
    if complete:
        places, values = (np.array(column, float) for column in zip(*complete, strict=True))
        best = (np.maximum if goal.higher else np.minimum).accumulate(values)
        last = max(trial.place for trial in trials)
        axes.scatter(places, values, s=18, color=BLUE, label="complete")
        axes.step([*places, last], [*best, best[-1]], where="post", color=ORANGE, linewidth=1.2, label="best so far")
    else:
        axes.text(0.5, 0.5, "no trial was finished", ha="center", va="center", transform=axes.transAxes)
    without = [trial.place for trial in trials if trial.state != "complete"]
    below = axes.get_xaxis_transform()
    axes.scatter(without, [0.0] * len(without), s=18, color=GREY, marker="x", transform=below, clip_on=False,
                 label="pruned or failed")  # fmt: skip
    axes.margins(y=0.12)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(title=each.learner, ylabel=f"{short(goal.name)}\nout of fold")


def _importance(axes: Any, each: Found) -> None:
    if not each.importance:
        axes.set_axis_off()
        said = f"which options mattered:\nunknown, as fewer than {FEWEST_TRIALS} trials\nare complete, or all are equal"
        axes.text(0.0, 0.5, said, va="center", transform=axes.transAxes)
        return
    names = list(each.importance)[::-1]
    axes.barh([name.replace("_", " ") for name in names], [each.importance[name] for name in names],
              height=0.6, color=BLUE)  # fmt: skip
    axes.set(xlim=(0, 1), title="what mattered", xlabel="share of the differences between trials")
