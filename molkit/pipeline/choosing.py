"""Weights, calibration and thresholds of an ensemble, chosen from out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.recalibrate import Calibration, choose_calibration
from molkit.evaluation.thresholds import USUAL, Rule, choose_threshold
from molkit.learners.combiners import fit_weights
from molkit.learners.stack import calibrated, combine, disagreement, uncalibrated
from molkit.trust import Familiarity, Trust, error_floors, fit_trust


def choose(
    each: Sequence[np.ndarray],
    exact: np.ndarray,
    folds: Sequence[np.ndarray],
    binary: np.ndarray,
    combiner: str = "stack",
    exclusive: Sequence[Sequence[int]] = (),
) -> tuple[np.ndarray, tuple[Calibration, ...]]:
    """Weights [M, K] and calibrations from the out-of-fold predictions of the rows of some folds."""
    targets = exact.shape[1]
    calibration = [Calibration()] * targets
    rows, fold = fold_numbers(folds)
    known = np.isfinite([part[rows] for part in each]).all(axis=(0, 2))
    rows, fold = rows[known], fold[known]
    if not len(rows):
        return np.full((len(each), targets), 1 / len(each)), tuple(calibration)
    predictions = [part[rows] for part in each]
    weights = fit_weights(predictions, exact[rows], binary, combiner, exclusive)
    stacked = combine(predictions, weights)
    for k in np.flatnonzero(binary):
        measured = ~np.isnan(exact[rows, k])
        calibration[k] = choose_calibration(exact[rows, k][measured], stacked[measured, k], fold[measured])
    return weights, tuple(calibration)


def fold_numbers(folds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The rows of all folds, ascending, and the number of the fold of each."""
    if not len(folds):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows, numbers = np.concatenate(folds), np.repeat(np.arange(len(folds)), [len(fold) for fold in folds])
    order = np.argsort(rows)
    return rows[order], numbers[order]


@dataclass(frozen=True)
class Crossed:
    """Out-of-fold predictions [n, K], the same without calibration, thresholds, and those of uncalibrated members.

    What is chosen for a row is chosen from predictions of other folds' rows.
    """

    predictions: np.ndarray
    uncalibrated: np.ndarray
    cuts: np.ndarray
    raw_cuts: np.ndarray


def crossed_predictions(
    each: Sequence[np.ndarray],
    exact: np.ndarray,
    folds: Sequence[np.ndarray],
    binary: np.ndarray,
    combiner: str = "stack",
    rule: Rule = Rule("MCC"),
    exclusive: Sequence[Sequence[int]] = (),
) -> Crossed:
    """Those of an ensemble from what each learner says of rows [n, K] that it has not seen."""
    crossed, plain = np.full(exact.shape, np.nan), np.full(exact.shape, np.nan)
    cuts, raw = np.full(exact.shape, 0.5), np.full(exact.shape, 0.5)
    for place, fold in enumerate(folds):
        others = [*folds[:place], *folds[place + 1 :]]
        weights, calibration = choose(each, exact, others, binary, combiner, exclusive)
        rest, _ = fold_numbers(others)
        plain[fold] = combine([part[fold] for part in each], weights)
        stacked = [calibrated(combine([part[rows] for part in each], weights), calibration, binary, exclusive)
                   for rows in (fold, rest)]  # fmt: skip
        crossed[fold] = stacked[0]
        thresholds = np.array(choose_thresholds(exact[rest], stacked[1], binary, rule, exclusive))
        cuts[fold], raw[fold] = thresholds, uncalibrated(thresholds[None], calibration, binary)
    return Crossed(crossed, plain, cuts, raw)


@dataclass(frozen=True)
class Chosen:
    """Everything that is chosen from out-of-fold predictions: for the ensemble, and of what it is worth."""

    weights: np.ndarray
    calibration: tuple[Calibration, ...]
    crossed: Crossed
    known: Familiarity
    trust: Trust


def choose_all(
    said: Sequence[np.ndarray],
    exact: np.ndarray,
    folds: Sequence[np.ndarray],
    kinds: Sequence[str],
    similarity: np.ndarray | None,
    combiner: str = "stack",
    rule: Rule = Rule("MCC"),
    exclusive: Sequence[Sequence[int]] = (),
) -> Chosen:
    """All of it, from what the models of each learner say of rows that these have not seen, M times [seeds, n, K].

    `similarity` [n] is that to the nearest row predicted from, None if it may not tell of errors.
    """
    binary = np.array([kind == "binary" for kind in kinds])
    each = [part.mean(axis=0) for part in said]
    weights, calibration = choose(each, exact, folds, binary, combiner, exclusive)
    # The calibration is that of single fold models, which are too sure of themselves; their mean is less so. On eight
    # public sets (scripts/bench_trust.py) the whole of it left means of fold models too unsure, half of it neither.
    calibration = tuple(found.halfway() for found in calibration)
    crossed = crossed_predictions(each, exact, folds, binary, combiner, rule, exclusive)
    rows, numbers = fold_numbers(folds)
    floors = error_floors(exact[rows], crossed.predictions[rows])
    known = Familiarity(len(exact), disagreement(said, floors), similarity)
    trust = fit_trust(exact[rows], crossed.predictions[rows], kinds, known.take(rows), floors, numbers)
    return Chosen(weights, calibration, crossed, known, trust)


def choose_thresholds(
    exact: np.ndarray,
    predictions: np.ndarray,
    binary: np.ndarray,
    rule: Rule = Rule("MCC"),
    exclusive: Sequence[Sequence[int]] = (),
) -> tuple[float, ...]:
    """The threshold of each target's probabilities [n, K], 0.5 for numbers and for classes of several."""
    known = np.isfinite(predictions)
    several = {k for columns in exclusive for k in columns}
    return tuple(
        choose_threshold(exact[known[:, k], k], predictions[known[:, k], k], rule)
        if binary[k] and k not in several
        else USUAL
        for k in range(len(binary))
    )
