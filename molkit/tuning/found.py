"""What a search found for each learner, in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from molkit.pipeline.phrases import count
from molkit.tuning.importance import option_importance
from molkit.tuning.study import Trial
from molkit.tuning.trials import Search


@dataclass(frozen=True)
class Found:
    """The trials of a learner in short: scores out of fold by default and at best, None where no such trial ended.

    `options` are the best ones, {} unless they beat the default ones; `importance` is the share of each.
    """

    learner: str
    metric: str
    complete: int
    pruned: int
    failed: int
    default: float | None
    best: float | None
    options: dict[str, Any]
    importance: dict[str, float]

    @property
    def sentence(self) -> str:
        """In words."""
        trials = count(self.complete, "complete trial")
        made = f"Tuning {self.learner}: {trials}, {self.pruned} pruned, {self.failed} failed"
        if self.best is None:
            return f"{made}; without a complete one the options stay as they are."
        shown = "undefined" if self.default is None else f"{self.default:.4g}"
        if not self.options:
            return f"{made}; {self.metric} out of fold {shown} by default, and no trial was better."
        return f"{made}; {self.metric} out of fold {shown} by default, {self.best:.4g} with {self.changes}."

    @property
    def changes(self) -> str:
        """The options that were taken, in words; "" for none."""
        shown = {name: f"{value:.3g}" if isinstance(value, float) else value for name, value in self.options.items()}
        return ", ".join(f"{name} {value}" for name, value in shown.items())


def summed_up(trials: Sequence[Trial], search: Search) -> tuple[Found, ...]:
    """One `Found` for each learner that was searched.

    Options are taken only if they beat the default ones on the same folds, or if these failed.
    """
    return tuple(_found(name, [t for t in trials if t.learner == name], search) for name in search.spaces)


def _found(learner: str, trials: Sequence[Trial], search: Search) -> Found:
    sign = -1.0 if search.goal.higher else 1.0
    complete = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    default = next((trial for trial in trials if trial.place == 0), None)
    best = min(complete, key=lambda trial: (sign * (trial.value or 0.0), trial.place), default=None)
    better = best is not None and default is not None and best.place != default.place
    if best is not None and default is not None and default.value is not None and best.value is not None:
        better = better and sign * best.value < sign * default.value
    states = [trial.state for trial in trials]
    return Found(
        learner,
        search.goal.name,
        len(complete),
        states.count("pruned"),
        states.count("failed"),
        None if default is None else default.value,
        None if best is None else best.value,
        dict(best.options) if best is not None and better else {},
        option_importance(trials, search.spaces[learner]),
    )
