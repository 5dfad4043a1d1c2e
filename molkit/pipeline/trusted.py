"""What intervals, prediction sets, calibration and domain verdicts of a run are worth, on compounds it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from molkit.data.quantities import Quantity, quantities
from molkit.evaluation import multiclass
from molkit.evaluation.calibration import brier, calibration_slope, log_loss
from molkit.evaluation.class_sets import SetScores, score_sets
from molkit.evaluation.conformal import LEVEL, IntervalScores, score_intervals
from molkit.evaluation.verdicts import DomainScores, score_domain
from molkit.learners.protocol import stream_seed
from molkit.learners.stack import uncalibrated
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.fitting import Fitted
from molkit.pipeline.scale import model_unit
from molkit.pipeline.trial import Material, Unseen
from molkit.types import Target


@dataclass(frozen=True)
class CalibrationScores:
    """What the chosen calibration of a target's probabilities changes on `n` unseen rows: `where` they are.

    It was fitted on other rows. `slope` is that of the calibrated probabilities, NaN as None.
    """

    target: str
    method: str
    where: str
    n: int
    slope: float | None
    brier: tuple[float, float]  # before, after
    log_loss: tuple[float, float]

    @property
    def sentence(self) -> str:
        """In words."""
        method = "left as they are" if self.method == "none" else f"calibrated ({self.method})"
        changes = ", ".join(
            f"{name} {before:.4f}{'' if self.method == 'none' else f' becomes {after:.4f}'}"
            for name, (before, after) in (("Brier score", self.brier), ("log loss", self.log_loss))
        )
        slope = "" if self.slope is None else f", calibration slope {self.slope:.2f} (1 is right)"
        return f"{self.target}: probabilities are {method}; {self.where} (n {self.n:,}) {changes}{slope}."


@dataclass(frozen=True)
class TrustScores:
    """All of it, one entry per target that has it."""

    intervals: tuple[IntervalScores, ...] = ()
    sets: tuple[SetScores, ...] = ()
    calibrations: tuple[CalibrationScores, ...] = ()
    domains: tuple[DomainScores, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """In words."""
        return [
            *(found.sentence for found in self.intervals),
            *(found.sentence for found in self.sets),
            *(found.sentence for found in self.calibrations),
            *(found.sentence for found in self.domains),
        ]


@dataclass(frozen=True)
class Beside:
    """What is told beside the predictions of one target for n rows.

    `low` and `high` are the ends of intervals, `sets` [n, C] the classes that cannot be ruled out (1, 0), `similarity`
    that to training, all NaN where there is none; `verdicts` are in, edge or out ("": none); `level` is a share.
    """

    low: np.ndarray
    high: np.ndarray
    sets: np.ndarray
    similarity: np.ndarray
    verdicts: np.ndarray
    level: float = LEVEL


def score_beside(target: Target, y: np.ndarray, p: np.ndarray, beside: Beside, seed: int) -> TrustScores:
    """What that is worth, by the measured values [n] (NaN = not measured); of C > 2 classes `p` is [n, C]."""
    unit, level = model_unit(target), beside.level
    classes = y if target.kind == "binary" else None
    domain = score_domain(target.name, errors_of(y, p), beside.verdicts, beside.similarity, seed, unit, classes)
    interval = found = None
    if target.kind == "regression":
        interval = score_intervals(target.name, y, p, beside.low, beside.high, level, beside.similarity, unit)
    elif target.classes:
        codes = np.where(np.isnan(beside.sets).any(axis=1), np.nan, y)
        found = score_sets(target.name, codes, beside.sets > 0.5, target.classes, level)
    return TrustScores(_one(interval), _one(found), (), _one(domain))


def errors_of(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """What a prediction lacks of the measured value; of several classes what its probability lacks of 1."""
    if p.ndim == 1:
        return y - p
    codes = np.where(np.isnan(y), 0, y).astype(np.int64)
    return np.where(np.isnan(y), np.nan, 1 - p[np.arange(len(y)), codes])


def _one(found: Any) -> tuple[Any, ...]:
    return () if found is None else (found,)


def joined_scores(parts: Sequence[TrustScores]) -> TrustScores:
    """Those of several targets as one."""
    return TrustScores(*(tuple(one for part in parts for one in getattr(part, f.name)) for f in fields(TrustScores)))


def score_trust(material: Material, targets: Sequence[Target], unseen: Unseen, fitted: Fitted) -> TrustScores:
    """What a run tells beside its predictions of unseen compounds is worth."""
    truth = exact_values(material.dataset.measurements)[unseen.rows]
    judged, seed = unseen.judged, stream_seed(material.config.seed, "trust")
    found = []
    for own in quantities(targets):
        k, p = own.columns[0], own.predictions(unseen.methods["molkit"])
        centre, half = unseen.methods["molkit"][:, k], judged.half[:, k]  # classes have no half widths
        sets = judged.sets[:, own.columns, 1] if own.several else judged.sets[:, k]
        beside = Beside(centre - half, centre + half, sets, judged.similarity, judged.verdicts)
        found.append(score_beside(own.target, own.labels(truth), p, beside, seed))
        calibration = (
            _of_classes(material, own, fitted) if own.several else _calibration(material, own.target, k, fitted, unseen)
        )
        found.append(TrustScores(calibrations=_one(calibration)))
    return joined_scores(found)


def _of_classes(material: Material, own: Quantity, fitted: Fitted) -> CalibrationScores | None:
    """Of several classes, out of fold; a Brier score is summed over classes (Brier, Mon. Weather Rev. 1950, 78, 1)."""
    y = own.labels(exact_values(material.dataset.measurements))
    sides = [own.predictions(side) for side in (fitted.crossed_uncalibrated, fitted.crossed)]
    rows = ~np.isnan(y) & np.isfinite(sides).all(axis=(0, 2))
    if not rows.any():
        return None
    methods = dict.fromkeys(fitted.ensemble.calibration[k].method for k in own.columns)
    y, sides = y[rows], [side[rows] for side in sides]
    true = y[:, None] == np.arange(len(own.columns))
    squares = [float(((side - true) ** 2).sum(axis=1).mean()) for side in sides]
    losses = [float(multiclass.log_loss(y, side)) for side in sides]
    return CalibrationScores(
        own.target.name,
        ", ".join(name for name in methods if name != "none") or "none",
        "out of fold, each fold by the others,",
        len(y),
        None,
        (squares[0], squares[1]),
        (losses[0], losses[1]),
    )


def _calibration(
    material: Material, target: Target, k: int, fitted: Fitted, unseen: Unseen
) -> CalibrationScores | None:
    """On the test part, without one out of fold."""
    truth = exact_values(material.dataset.measurements)
    ensemble, method = fitted.ensemble, fitted.ensemble.calibration[k].method
    if unseen.folds:
        before = after = fitted.crossed_uncalibrated[unseen.rows]
        after = before if method == "none" else fitted.crossed[unseen.rows]
    else:
        after = unseen.methods["molkit"]
        before = uncalibrated(after, ensemble.calibration, ensemble.binary)
    rows = ~np.isnan(truth[unseen.rows, k]) & np.isfinite(after[:, k])
    if target.kind != "binary" or not rows.any():
        return None
    y, sides = truth[unseen.rows, k][rows], [np.clip(side[rows, k], 0, 1) for side in (before, after)]
    slope = float(calibration_slope(y, sides[1]))
    return CalibrationScores(
        target.name,
        method,
        "out of fold, each fold by the others," if unseen.folds else "on the test part",
        len(y),
        slope if np.isfinite(slope) else None,
        (float(brier(y, sides[0])), float(brier(y, sides[1]))),
        (float(log_loss(y, sides[0])), float(log_loss(y, sides[1]))),
    )
