"""What unbalanced training labels ask of a learner: how often, and how much, each row counts; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

METHODS = {
    "none": "every row counts as it is",
    "class-weights": "both classes weigh the same in all",
    "balanced-batches": "both classes are drawn equally often, for a network's batches and for each tree",
    "focal": "what a network predicts well already counts less",
    "logit-adjusted": "a network starts from the share of positives, as trees and linear models do anyway",
    "over": "rows of the rarer class are repeated until there are as many as of the other",
    "under": "of the commoner class as many rows are taken as there are of the other",
}
FOR_NETWORKS = ("focal", "logit-adjusted")  # they change the loss
FOCUS = 2.0  # gamma of the focal loss, as its authors advise (Lin et al., ICCV 2017)


@dataclass(frozen=True)
class Emphasis:
    """How often each of n rows is learned from, int64 [n], and a factor on its weight, float64 [n].

    `odds` is what this multiplies the odds of the positive class by; a model of it is put right by dividing the odds
    that it gives by as much.
    """

    counts: np.ndarray
    factors: np.ndarray
    odds: float = 1.0

    @property
    def rows(self) -> np.ndarray:
        """Row numbers, ascending, each as often as it counts."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


def emphasis(method: str, y: np.ndarray, weights: np.ndarray, seed: int) -> Emphasis:
    """What a method of `METHODS` makes of the training labels [n] of a target (0 and 1, none missing) and row weights.

    "balanced-batches" draws anew for every batch or tree, see `balanced_draws`; here it tells the odds alone. Methods
    that change the loss, and labels of one class, leave the rows as they are.
    """
    positive = y > 0.5
    counts, factors = np.ones(len(y), np.int64), np.ones(len(y))
    rarer = positive if positive.sum() <= len(y) / 2 else ~positive
    few, many = int(rarer.sum()), int((~rarer).sum())
    if not few:
        return Emphasis(counts, factors)
    if method == "balanced-batches":
        return Emphasis(counts, factors, float((~positive).sum() / positive.sum()))
    if method == "class-weights":
        for own in (positive, ~positive):
            factors[own] = weights.sum() / max(2 * weights[own].sum(), 1e-12)
    elif method == "over":
        counts[rarer] = _dealt(many, few, seed)
    elif method == "under":
        counts[~rarer] = _dealt(few, many, seed)
    return Emphasis(counts, factors, _odds(positive, counts * factors * weights) / _odds(positive, weights))


@dataclass(frozen=True)
class ClassEmphasis:
    """The same of C classes of which a row has one; `odds` [C] are what multiplies the chances of the classes."""

    counts: np.ndarray
    factors: np.ndarray
    odds: np.ndarray


def class_emphasis(method: str, codes: np.ndarray, classes: int, weights: np.ndarray, seed: int) -> ClassEmphasis:
    """What a method makes of training labels [n], codes 0 to C - 1, and row weights, as `emphasis` does of two.

    "class-weights" gives every class the same weight in all; "over" and "under" repeat or take rows until every class
    has as many as the commonest, or the rarest, has. Classes without a row stay so.
    """
    counts, factors, odds = np.ones(len(codes), np.int64), np.ones(len(codes)), np.ones(classes)
    sizes = np.bincount(codes, minlength=classes)
    present = np.flatnonzero(sizes)
    wanted = {"over": sizes.max(), "under": sizes[present].min(initial=len(codes))}.get(method, 0)
    for code in present:
        own = codes == code
        if method == "class-weights":
            factors[own] = weights.sum() / max(len(present) * weights[own].sum(), 1e-12)
        elif wanted:
            counts[own] = _dealt(int(wanted), int(sizes[code]), seed + int(code))
        before = max(float(weights[own].sum()), 1e-12)
        odds[code] = max(float((counts * factors * weights)[own].sum()), 1e-12) / before
    return ClassEmphasis(counts, factors, odds)


def _dealt(total: int, n: int, seed: int) -> np.ndarray:
    """How often each of n rows is taken if `total` are, as evenly as can be; whose turn is one more is drawn."""
    counts = np.full(n, total // n)
    counts[np.random.default_rng(seed).permutation(n)[: total % n]] += 1
    return counts


def _odds(positive: np.ndarray, weights: np.ndarray) -> float:
    sums = [max(float(weights[own].sum()), 1e-12) for own in (positive, ~positive)]
    return sums[0] / sums[1]


def balanced_draws(strata: list[np.ndarray], total: int, rng: np.random.Generator) -> np.ndarray:
    """About `total` row numbers, of each stratum (row numbers) in turn: any piece of them holds all strata equally.

    A stratum's rows come in random order, all of them before any comes again.
    """
    each = -(-total // len(strata))
    draws = []
    for rows in strata:
        rounds = [rng.permutation(rows) for _ in range(-(-each // len(rows)))]
        draws.append(np.concatenate(rounds)[:each])
    return np.stack(draws, axis=1).ravel()


def class_strata(values: np.ndarray, binary: np.ndarray, exclusive: Sequence[Sequence[int]] = ()) -> list[np.ndarray]:
    """The rows of each class of each binary target that has any, and all measured rows of each other; of labels [n, K].

    NaN is not measured. Of `exclusive` columns only the rows of the class of each are a stratum.
    """
    several = {k for columns in exclusive for k in columns}
    strata: list[np.ndarray] = []
    for k, two in enumerate(binary):
        y = values[:, k]
        both = [y > 0.5] if k in several else [y < 0.5, y > 0.5]
        strata += both if two else [~np.isnan(y)]
    return [np.flatnonzero(stratum) for stratum in strata if stratum.any()]


def draws_of(strata: list[np.ndarray], n: int) -> np.ndarray:
    """How often each of n rows is drawn by `balanced_draws` in the long run, float64 [n], 1 on average."""
    expected = np.zeros(n)
    for rows in strata:
        expected[rows] += n / (len(strata) * len(rows))
    return expected


def positive_odds(y: np.ndarray, counts: np.ndarray) -> float:
    """What counting rows so often makes of the odds of the positive class: labels [n] (NaN = not measured)."""
    positive, negative = y > 0.5, y < 0.5
    if not positive.any() or not negative.any():
        return 1.0
    return float(counts[positive].mean() / counts[negative].mean())


def unfocused(probabilities: np.ndarray) -> np.ndarray:
    """The chance of the positive class that a model of the focal loss means by its own probability.

    For a true chance c the loss is least at the q with c f(1 - q) = (1 - c) f(q), where
    f(q) = q / ((1 - q)^g - g (1 - q)^(g - 1) q ln q); here that is solved for c (Charoenphakdee et al., CVPR 2021).

    >>> unfocused(np.array([0.2, 0.5, 0.8])).round(3).tolist()
    [0.024, 0.5, 0.976]
    """
    q = np.clip(probabilities, 1e-12, 1 - 1e-12)
    both = [_focal_slope(side) for side in (q, 1 - q)]
    return both[0] / (both[0] + both[1])


def unfocused_classes(probabilities: np.ndarray) -> np.ndarray:
    """The same for probabilities [n, C] of several classes, which sum to 1 (the same source, its equation 9).

    >>> unfocused_classes(np.array([[0.2, 0.8]])).round(3).tolist()
    [[0.024, 0.976]]
    """
    slopes = _focal_slope(np.clip(probabilities, 1e-12, 1 - 1e-12))
    return slopes / slopes.sum(axis=1, keepdims=True)


def _focal_slope(q: np.ndarray) -> np.ndarray:
    return q / ((1 - q) ** FOCUS - FOCUS * (1 - q) ** (FOCUS - 1) * q * np.log(q))
