"""The one number that a search makes better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.evaluation.metrics import METRICS, Metric, find_metric
from molkit.evaluation.thresholds import Rule, choose_threshold, read_rule

# What learners make small; a score by ranks or classes alone changes in steps, which is harder to search by.
_USUAL = {"regression": "RMSE", "binary": "log loss"}


@dataclass(frozen=True)
class Goal:
    """The mean over targets of a score; `metrics` [K] names that of each, "" where a target has no such score.

    Of several targets a score in units is divided by `scales` [K], the standard deviation of the measured values. Calls
    are scored at the threshold that serves `rule` best on the same rows.
    """

    kinds: tuple[str, ...]
    metrics: tuple[str, ...]
    scales: tuple[float, ...]
    rule: Rule = Rule("MCC")

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        found = next(metric for metric in map(self.metric, range(len(self.kinds))) if metric is not None)
        return found.higher and found.ideal is None

    @property
    def name(self) -> str:
        """The score in words."""
        names = " and ".join(dict.fromkeys(name for name in self.metrics if name))
        return names if sum(map(bool, self.metrics)) == 1 else f"mean {names}"

    def metric(self, k: int) -> Metric | None:
        """The score of target k, None if it has none."""
        return find_metric(self.metrics[k], self.kinds[k]) if self.metrics[k] else None

    def score(self, y: np.ndarray, p: np.ndarray) -> float:
        """Of labels and predictions [n, K], NaN labels left out; NaN if some target's score is undefined."""
        values = [self._score(k, y[:, k], p[:, k]) for k in range(len(self.kinds)) if self.metrics[k]]
        return float(np.mean(values))

    def _score(self, k: int, y: np.ndarray, p: np.ndarray) -> float:
        metric, rows = self.metric(k), ~np.isnan(y)
        if metric is None or not rows.any() or not np.isfinite(p[rows]).all():
            return np.nan
        y, p = y[rows], p[rows]
        said = (p >= choose_threshold(y, p, self.rule)).astype(float) if metric.needs_threshold else p
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(metric.function(y, said))
        return (value if metric.ideal is None else abs(value - metric.ideal)) / self.scales[k]


def choose_goal(config: RunConfig, kinds: Sequence[str], exact: np.ndarray) -> Goal:
    """The run's `metric` for every target that has it, else RMSE for numbers and log loss for classes.

    `exact` [n, K] are the measured values of the rows that are searched on.
    """
    wanted = find_metric(config.metric).name if config.metric else ""
    known = [{metric.name for metric in METRICS[kind]} for kind in kinds]
    names = tuple(wanted if wanted in own else "" for own in known) if wanted else tuple(_USUAL[k] for k in kinds)
    if not any(names):  # a search scores each class of several by itself
        raise InputError(f"--metric {config.metric}: a search cannot go by it; give one of two classes")
    goal = Goal(tuple(kinds), names, (1.0,) * len(kinds), read_rule(config.threshold))
    if sum(map(bool, names)) == 1:
        return goal
    metrics = [goal.metric(k) for k in range(len(kinds))]
    spreads = np.nanstd(exact, axis=0).tolist()
    scales = [spread or 1.0 if metric is not None and not metric.unitless else 1.0
              for metric, spread in zip(metrics, spreads, strict=True)]  # fmt: skip
    return replace(goal, scales=tuple(scales))
