"""Whether a domain verdict, or similarity to training, tells large errors from small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.bootstrap import interval, resample_count, resample_weights, resampled
from molkit.evaluation.regression import spearman

_FEWEST = 10  # rows inside and outside from which a ratio is told, of classes as many positives and negatives


@dataclass(frozen=True)
class VerdictError:
    """The root-mean-square error of the `n` rows with a verdict."""

    verdict: str
    n: int
    error: float


@dataclass(frozen=True)
class DomainScores:
    """Errors of one target by verdict, and what tells them apart.

    `ratio` is that of the root-mean-square error inside to that outside, `association` the rank correlation of the
    similarity to training with the absolute error, each with its 95 % bootstrap interval (None: too few rows).
    """

    target: str
    unit: str
    verdicts: tuple[VerdictError, ...]
    ratio: tuple[float, float, float] | None
    association: tuple[float, float, float] | None

    @property
    def sentence(self) -> str:
        """In words."""
        unit = f" {self.unit}" if self.unit else ""
        shown = ", ".join(f"{found.error:.3g}{unit} {_PLACES[found.verdict]} ({found.n:,})" for found in self.verdicts)
        by_verdict = f"root-mean-square error {shown}. {self._ratio}" if shown else "There are no domain verdicts."
        return f"{self.target}: {by_verdict} {self._association}".strip()

    @property
    def _ratio(self) -> str:
        if self.ratio is None:
            return "Too few inside or outside to say whether the verdict tells errors apart."
        ratio, low, high = self.ratio
        shown = f"inside / outside {_near_one(ratio)} [{_near_one(low)}, {_near_one(high)}]"
        if high < 1:
            return f"The verdict tells errors apart: {shown}."
        if low > 1:
            return f"The verdict misleads: errors inside are larger, {shown}; do not go by it."
        return f"The verdict does not tell errors apart for certain: {shown}."

    @property
    def _association(self) -> str:
        if self.association is None:
            return ""
        rho, low, high = self.association
        shown = f"rank correlation with the absolute error {rho:+.2f} [{low:+.2f}, {high:+.2f}]"
        if high < 0:
            return f"Similarity to training predicts the error: {shown}."
        if low > 0:
            return f"Similarity to training misleads: the more similar, the larger the error, {shown}."
        return f"Similarity to training is not shown to predict the error of this model: {shown}."


def _near_one(value: float) -> str:
    """Two digits, but three where two would hide on which side of 1 a value lies."""
    return f"{value:.3f}" if f"{value:.2f}" == "1.00" else f"{value:.2f}"


_PLACES = {"in": "inside the domain", "edge": "at its edge", "out": "outside"}


def score_domain(
    target: str,
    errors: np.ndarray,
    verdicts: Sequence[str] | np.ndarray,
    similarity: np.ndarray,
    seed: int,
    unit: str = "",
    classes: np.ndarray | None = None,
) -> DomainScores | None:
    """What errors [n] (NaN = not measured), verdicts [n] ("" = none) and similarities [n] (NaN) say of each other.

    `classes` [n] are the codes of what was measured, if errors are those of probabilities: a few positives would make
    all the difference. None without errors that have a verdict or a similarity.
    """
    verdicts = np.asarray(verdicts)
    measured = ~np.isnan(errors)
    told = measured & (verdicts != "")
    similar = measured & np.isfinite(similarity)
    if not told.any() and not similar.any():
        return None
    return DomainScores(
        target,
        unit,
        tuple(
            VerdictError(name, int(rows.sum()), float(np.sqrt((errors[rows] ** 2).mean())))
            for name in _PLACES
            if (rows := told & (verdicts == name)).any()
        ),
        _error_ratio(errors[told], verdicts[told], seed) if _enough(verdicts[told], _some(classes, told)) else None,
        _association(np.abs(errors[similar]), similarity[similar], seed),
    )


def _some(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[rows]


def _enough(verdicts: np.ndarray, classes: np.ndarray | None) -> bool:
    """Whether there are rows enough inside and outside, of each class."""
    kinds = [np.ones(len(verdicts), bool)] if classes is None else [classes > 0.5, classes <= 0.5]
    return all((kind & (verdicts == place)).sum() >= _FEWEST for kind in kinds for place in ("in", "out"))


def _error_ratio(errors: np.ndarray, verdicts: np.ndarray, seed: int) -> tuple[float, float, float] | None:
    inside, outside = (verdicts == "in").astype(float), (verdicts == "out").astype(float)
    squares = errors**2

    def ratio(weights: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            means = [weights @ (squares * part) / (weights @ part) for part in (inside, outside)]
            return np.atleast_1d(np.sqrt(means[0] / means[1]))

    return _with_interval(float(ratio(np.ones((1, len(errors))))[0]), resampled(ratio, *_resamples(len(errors), seed)))


def _association(errors: np.ndarray, similarity: np.ndarray, seed: int) -> tuple[float, float, float] | None:
    if len(errors) < _FEWEST or min(np.ptp(errors), np.ptp(similarity)) <= 0:
        return None
    found = [np.atleast_1d(spearman(similarity, errors, weights))
             for weights in resample_weights(*_resamples(len(errors), seed))]  # fmt: skip
    return _with_interval(float(spearman(similarity, errors)), np.concatenate(found))


def _resamples(n: int, seed: int) -> tuple[int, int, int]:
    return n, resample_count(n), seed


def _with_interval(value: float, resamples: np.ndarray) -> tuple[float, float, float] | None:
    low, high = interval(resamples)
    return None if low is None or high is None or not np.isfinite(value) else (value, low, high)
