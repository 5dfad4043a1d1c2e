"""How a run learns from unbalanced classes: the method of each learner, tried out of fold if it is left to the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.data.folds import Fold
from molkit.errors import InputError
from molkit.evaluation.compare import Difference, mean_difference
from molkit.evaluation.metrics import METRICS, Metric, find_metric
from molkit.evaluation.thresholds import choose_threshold
from molkit.imbalance import FOR_NETWORKS, METHODS
from molkit.learners.protocol import Learner, stream_seed
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.models import Work, fit_models, unseen_by
from molkit.pipeline.phrases import count
from molkit.pipeline.plan import AUTO, WITHOUT_TORCH, Plan

# A class with a smaller share than this, which is half of an even one, is rare; `auto` tries something for it.
RARE = 0.25
# What `auto` tries. On Tox21 class weights made boosting worse (PR-AUC 0.49 instead of 0.51 on one target) where
# balanced batches did not, and forests better on SIDER; a network sees rare positives sooner in balanced batches.
_TRIED = {"boosting": "balanced-batches", "forest": "class-weights", "linear": "class-weights"}
_TRIED_BY_NETWORKS = "balanced-batches"
_FOLDS_TO_TRY = 2


@dataclass(frozen=True)
class Tried:
    """A method that `auto` tried of a learner on held-out rows, beside the same without it.

    `scores` are those without and with it, means over `targets` targets with a rare class, NaN where undefined;
    `matthews` the same of the Matthews correlation, each fold at the threshold that is best for the other.
    """

    learner: str
    method: str
    taken: bool
    metric: str
    scores: tuple[float, float]
    difference: Difference
    matthews: tuple[float, float]
    targets: int

    def sentence(self, noun: str = "compound") -> str:
        """In words, in which a row is called a `noun`."""
        method = f"Imbalance: {self.learner} {'with' if self.taken else 'without'} {self.method}"
        held_out = f"of {self.difference.n:,} held-out {noun}s {self.metric} is"
        difference, low, high = self.difference.value, self.difference.low, self.difference.high
        if difference is None:
            return f"{method}; {held_out} undefined, as they lack a class."
        interval = "" if low is None or high is None else f" [{low:+.3f}, {high:+.3f}]"
        over = "" if self.targets == 1 else f" (mean of {count(self.targets, 'target')})"
        return (
            f"{method}; {held_out} {self.scores[1]:.3f} with it and {self.scores[0]:.3f} without{over}, "
            f"difference {difference:+.3f}{interval}; MCC {self.matthews[1]:.3f} and {self.matthews[0]:.3f}."
        )


def rare_targets(exact: np.ndarray, kinds: Sequence[str], exclusive: Sequence[Sequence[int]] = ()) -> np.ndarray:
    """Which targets have a class with a share below `RARE`, or below half of an even share of several, bool [K].

    `exact` [n, K] is NaN where not measured; columns that are `exclusive` are the classes of one target.
    """
    classes = np.full(len(kinds), 2)
    for columns in map(list, exclusive):
        classes[columns] = len(columns)
    positive = np.array([np.nanmean(values) if kind == "binary" else 0.5
                         for values, kind in zip(exact.T, kinds, strict=True)])  # fmt: skip
    return np.minimum(positive, 1 - positive) < 2 * RARE / classes


def tries(
    method: str, exact: np.ndarray, kinds: Sequence[str], folds: int = 3, exclusive: Sequence[Sequence[int]] = ()
) -> float:
    """The share by which trying methods makes a fit longer: two of that many folds (or three) are fitted twice."""
    return _FOLDS_TO_TRY / min(folds, 3) if method == AUTO and rare_targets(exact, kinds, exclusive).any() else 0.0


def with_imbalance(
    plan: Plan, method: str, exact: np.ndarray, kinds: Sequence[str], exclusive: Sequence[Sequence[int]] = ()
) -> tuple[Plan, list[str]]:
    """The plan with an imbalance method for each learner, and what is to be told; `exact` [n, K] is not for testing.

    `auto` is decided later, by `choose_methods`, where a class is rare. Raises InputError for a method that no learner
    of the plan has.
    """
    if method == "none":
        return plan, []
    if "binary" not in kinds:
        return plan, [] if method == AUTO else [f"--imbalance {method} concerns classes; there are none here."]
    if method == AUTO:
        named = {name for name, own in plan.options.items() if "imbalance" in own}
        tried = {name: _TRIED.get(name, _TRIED_BY_NETWORKS) for name in plan.folds if name not in named}
        return (replace(plan, tried=tried), []) if tries(method, exact, kinds, exclusive=exclusive) else (plan, [])
    methods = {name: _own(name, method) for name in plan.folds}
    if not any(own != "none" for own in methods.values()):
        raise InputError(
            f"--imbalance {method}: only networks have it, and there is none among {', '.join(methods)}; name one "
            "with --learner, or try class-weights"
        )
    plain = [name for name, own in methods.items() if own == "none"]
    said = f"Imbalance: {method} ({METHODS[method]})" + (f"; {', '.join(plain)} without." if plain else ".")
    return _with_methods(plan, methods), [said]


def _own(name: str, method: str) -> str:
    """The method as a learner has it: what changes the loss is for networks."""
    return "none" if name in WITHOUT_TORCH and method in FOR_NETWORKS else method


def _with_methods(plan: Plan, methods: Mapping[str, str]) -> Plan:
    """The plan with these methods, except where the learner's own options name one."""
    options = {name: {"imbalance": own, **plan.options.get(name, {})} for name, own in methods.items()}
    return replace(plan, options={**plan.options, **options})


@dataclass(frozen=True)
class Choice:
    """A plan with its methods, the first models of it, what was tried, and the core-seconds of that by learner."""

    plan: Plan
    ready: Mapping[str, Sequence[Learner]]
    tried: tuple[Tried, ...]
    seconds: Mapping[str, float]


def choose_methods(work: Work, plan: Plan, folds: Mapping[str, Sequence[Fold]]) -> Choice:
    """Try the methods of `plan.tried` on the first two folds of each learner, and take what scores better there.

    Without folds nothing is tried.
    """
    names = [name for name in plan.tried if len(folds[name]) >= _FOLDS_TO_TRY]
    if not names:
        return Choice(replace(plan, tried={}), {}, (), {})
    few = {name: folds[name][:_FOLDS_TO_TRY] for name in names}
    some = replace(plan, folds=dict.fromkeys(names, _FOLDS_TO_TRY), seeds={}, tried={})
    plans = [some, _with_methods(some, plan.tried)]
    (plain, took), (handled, took_more) = (fit_models(work, own, few, {}) for own in plans)
    tried = []
    for name in names:
        sides = [unseen_by(own[name], few[name], work)[0] for own in (plain, handled)]
        tried.append(_compared(work, name, plan.tried[name], few[name], sides))
    taken = {one.learner: one.method for one in tried if one.taken}
    ready = {name: (handled if name in taken else plain)[name] for name in names}
    seconds = {name: took[name] + took_more[name] for name in names}
    return Choice(replace(_with_methods(plan, taken), tried={}), ready, tuple(tried), seconds)


def _compared(work: Work, name: str, method: str, folds: Sequence[Fold], sides: Sequence[np.ndarray]) -> Tried:
    """A learner without and with a method on the rows of these folds, by PR-AUC.

    Calls need a threshold, that of each fold is chosen on the other; and losses are mended by calibration later.
    """
    exact = exact_values(work.labels)
    rare = np.flatnonzero(rare_targets(exact[work.rows], work.kinds, work.labels.exclusive))
    y, *both = (np.concatenate([values[fold.held_out] for fold in folds])[:, rare] for values in (exact, *sides))
    first = np.arange(len(y)) < len(folds[0].held_out)
    metric = METRICS["binary"][0]
    difference = mean_difference(metric, y, both[1], both[0], stream_seed(work.seed, f"imbalance {name}"))
    scores = [_mean(metric, y, p) for p in both]
    matthews = [_mean(find_metric("MCC"), y, _called(y, p, first)) for p in both]
    taken = (difference.value or 0.0) > 0
    return Tried(name, method, taken, metric.name, (scores[0], scores[1]), difference, (matthews[0], matthews[1]),
                 len(rare))  # fmt: skip


def _called(y: np.ndarray, p: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Calls [n, K] of the rows of two folds (`first`: bool [n]), each at the threshold that is best for the other."""
    called = np.empty_like(p)
    for own in (first, ~first):
        cuts = [choose_threshold(labels, said) for labels, said in zip(y[~own].T, p[~own].T, strict=True)]
        called[own] = p[own] >= np.array(cuts)
    return called


def _mean(metric: Metric, y: np.ndarray, p: np.ndarray) -> float:
    values = [metric.function(own[~np.isnan(own)], said[~np.isnan(own)]) for own, said in zip(y.T, p.T, strict=True)]
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
