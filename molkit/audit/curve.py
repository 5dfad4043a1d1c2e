"""Would more data help? Errors of a fast learner on growing parts of the data, and where the trend leads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Curve, CurvePoint, counted, verb
from molkit.audit.measured import Values
from molkit.audit.targets import compound_values
from molkit.data.folds import fold_rows
from molkit.data.split import Rows
from molkit.engine.workers import processors
from molkit.evaluation.noise import NumberNoise
from molkit.evaluation.ranking import roc_auc
from molkit.learners.growing import METHODS, BoostingOptions
from molkit.learners.protocol import stream_seed
from molkit.pipeline.progress import Progress

SHARES = (0.125, 0.25, 0.5, 1.0)
REPEATS = 4
MOST_USED = 2500
FEWEST = 100
_FEWEST_OF_A_CLASS = 20
_OPTIONS = BoostingOptions(trees=80, learning_rate=0.1, leaves=15, columns_per_tree=0.15)
_RARE_BITS = 5  # compounds that must have a fingerprint bit
_STUDENT = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776}  # 97.5 % quantiles of Student's t
_WORTHWHILE = 0.03  # share of the error that doubling must take away to be called worthwhile


@dataclass(frozen=True)
class _Material:
    features: np.ndarray  # float32 [n, F]
    values: np.ndarray  # float64 [n]
    kind: str


def learning_curve(
    compounds: Compounds, values: Values, noise: NumberNoise | None, seed: int, workers: int, progress: Progress
) -> Curve | str:
    """The curve of one target, or a sentence why there is none.

    Boosted trees on fingerprints and RDKit's quick properties are scored on held-out scaffold groups (leak groups
    never cross), four times, after learning from an eighth, a quarter, a half and all of the other compounds.
    Numbers are learned on the scale on which they are compared.
    """
    own = compound_values(compounds, values)
    rows = np.flatnonzero(~np.isnan(own))
    reason = _too_few(own[rows], values)
    if reason:
        return reason
    rng = np.random.default_rng(stream_seed(seed, "learning curve"))
    used = np.sort(rng.choice(rows, MOST_USED, replace=False)) if len(rows) > MOST_USED else rows
    kind = values.kind
    material = _Material(_features(compounds, used), own[used], kind)
    folds = _folds(compounds, used, own[used], kind, seed)
    if len(folds) < 2:
        return f"'{values.name}': all compounds belong to one scaffold or leak group."
    errors, baseline, sizes = _errors(material, folds, seed, workers, progress)
    if np.isnan(errors[:, -1]).all():
        return f"'{values.name}': no held-out part holds both classes."
    return _curve(values, errors, baseline, sizes, len(rows), len(used), noise)


def _too_few(own: np.ndarray, values: Values) -> str:
    if len(own) < FEWEST:
        has = verb(len(own), "has", "have")
        return f"'{values.name}': {counted(len(own), 'compound')} {has} a value; it needs {FEWEST}."
    rarer = int(min(own.sum(), len(own) - own.sum()))
    if values.kind == "binary" and rarer < _FEWEST_OF_A_CLASS:
        return f"'{values.name}': {counted(rarer, 'compound')} of the rarer class; it needs {_FEWEST_OF_A_CLASS}."
    if (own == own[0]).all():
        return f"'{values.name}': all values are equal."
    return ""


def _features(compounds: Compounds, used: np.ndarray) -> np.ndarray:
    bits = np.unpackbits(compounds.bits[used], axis=1)
    common = bits.sum(axis=0) >= _RARE_BITS
    properties = np.clip(np.nan_to_num(compounds.properties[used]), -1e9, 1e9)
    return np.concatenate([bits[:, common], properties], axis=1).astype(np.float32)


def _folds(compounds: Compounds, used: np.ndarray, own: np.ndarray, kind: str, seed: int) -> list[np.ndarray]:
    """Held-out parts, each about a fifth of the compounds, of which `REPEATS` are used."""
    rows = Rows(compounds.leak[used], [compounds.scaffolds[i] for i in used], values=own[:, None], kinds=(kind,))
    found = fold_rows(rows, np.arange(len(used)), "scaffold", 5, stream_seed(seed, "curve folds"))
    return found[:REPEATS] if len(found) >= REPEATS else found


def _errors(
    material: _Material, folds: list[np.ndarray], seed: int, workers: int, progress: Progress
) -> tuple[np.ndarray, float, np.ndarray]:
    """Scores [folds, sizes] (RMSE, or ROC-AUC), the score of the training mean, and mean sizes."""
    everything = np.arange(len(material.values))
    jobs: list[Callable[[], float]] = []
    sizes = np.zeros((len(folds), len(SHARES)))
    baselines = []
    for place, fold in enumerate(folds):
        rng = np.random.default_rng(stream_seed(seed, f"curve order {place}"))
        train = rng.permutation(np.setdiff1d(everything, fold))
        baselines.append(_score(material, fold, np.full(len(fold), material.values[train].mean())))
        for step, share in enumerate(SHARES):
            part = train[: max(round(share * len(train)), 10)]
            sizes[place, step] = len(part)
            jobs.append(partial(_fit, material, part, fold, stream_seed(seed, f"curve fit {place}")))
    with ThreadPoolExecutor(max(workers or processors(), 1)) as pool:
        found = []
        for score in pool.map(lambda job: job(), jobs):
            found.append(score)
            progress("learning curve", len(found), len(jobs), {})
    return np.array(found).reshape(sizes.shape), float(np.nanmean(baselines)), sizes.mean(axis=0)


def _fit(material: _Material, train: np.ndarray, test: np.ndarray, seed: int) -> float:
    """Score on `test` of trees grown on `train`; NaN if a part lacks a class."""
    values = material.values[train]
    if material.kind == "binary" and (values == values[0]).all():
        return float("nan")
    method = METHODS["boosting"]
    weights = np.ones(len(train))
    grown = method.grow(material.features[train], values, weights, material.kind, seed, _OPTIONS, lambda done, of: None)
    return _score(
        material, test, method.finish(grown.leaf_sum(material.features[test]), len(grown.roots), material.kind)
    )


def _score(material: _Material, test: np.ndarray, predicted: np.ndarray) -> float:
    truth = material.values[test]
    if material.kind == "binary":
        return float(roc_auc(truth, predicted)) if 0 < truth.mean() < 1 else float("nan")
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def _curve(
    values: Values,
    scores: np.ndarray,
    baseline: float,
    sizes: np.ndarray,
    compounds: int,
    used: int,
    noise: NumberNoise | None,
) -> Curve:
    lower = values.kind == "regression"
    points = tuple(
        CurvePoint(
            round(float(size)), float(np.nanmean(column)), float(np.nanstd(column, ddof=1)) if len(column) > 1 else 0.0
        )
        for size, column in zip(sizes, scores.T, strict=True)
        if not np.isnan(column).all()
    )
    gain = doubling_gain(scores if lower else 1 - scores, sizes)
    last = points[-1].mean
    doubled = last - gain[0] if lower else last + gain[0]
    floor = noise.rmse if noise is not None and lower else None
    metric = "RMSE" if lower else "ROC-AUC"
    sentence = _sentence(values, metric, lower, points, gain, doubled, baseline, floor, compounds, used)
    return Curve(values.name, metric, lower, points, compounds, used, baseline, floor, doubled, gain, sentence)


def doubling_gain(errors: np.ndarray, sizes: np.ndarray) -> tuple[float, float, float]:
    """By how much doubling the largest size lowers the error, with a 95 % interval.

    `errors` [repeats, sizes]. Each repeat's error is fitted as a n^-b on a logarithmic scale over its last three
    sizes (Hestness et al., arXiv 1712.00409), which extrapolates to a n^-b (1 - 2^-b); the interval is Student's
    over the repeats. Repeats share data, so it is rather too narrow.

    >>> sizes = np.array([100.0, 200.0, 400.0])
    >>> gain = doubling_gain(np.stack([sizes**-0.5, sizes**-0.5]), sizes)
    >>> round(gain[0], 4), round(400**-0.5 - 800**-0.5, 4)
    (0.0146, 0.0146)
    """
    gains = []
    for own in errors:
        known = np.flatnonzero(~np.isnan(own) & (own > 0))[-3:]
        if len(known) > 1:
            slope = np.polyfit(np.log(sizes[known]), np.log(own[known]), 1)[0]
            gains.append(own[known[-1]] * (1 - 2.0**slope))
    if not gains:
        return float("nan"), float("nan"), float("nan")
    middle = float(np.mean(gains))
    if len(gains) < 2:
        return middle, float("-inf"), float("inf")
    half = _STUDENT[min(len(gains) - 1, 4)] * float(np.std(gains, ddof=1)) / np.sqrt(len(gains))
    return middle, middle - half, middle + half


def _sentence(
    values: Values,
    metric: str,
    lower: bool,
    points: tuple[CurvePoint, ...],
    gain: tuple[float, float, float],
    doubled: float,
    baseline: float,
    floor: float | None,
    compounds: int,
    used: int,
) -> str:
    last = points[-1]
    unit = values.step if lower else ""
    sampled = f" (drawn with {used:,} of {compounds:,} compounds, to stay quick)" if used < compounds else ""
    steps = ", ".join(f"{point.mean:.3g} from {point.size:,}" for point in points)
    beside = f"the training mean has {baseline:.3g}" if lower else "chance is 0.5"
    noise = f", the noise floor is {floor:.2g}" if floor is not None else ""
    start = f"{metric}{' in' + unit if unit else ''} on unseen scaffolds: {steps} compounds{sampled}; {beside}{noise}."
    better = last.mean < 0.98 * baseline if lower else last.mean > 0.52
    if not better:
        return (
            f"{start} The learner is no better than that: with so many compounds, and the values as they are, it finds "
            f"nothing in the structures that tells '{values.name}'."
        )
    error = last.mean if lower else 1 - last.mean
    ends = f"95 % interval {gain[1]:.2g} to {gain[2]:.2g}"
    change = f"{metric} {last.mean:.3g} to about {doubled:.3g} (gain {gain[0]:.2g}, {ends})"
    odd = floor is not None and error <= 0.9 * floor
    doubt = (
        " (The repeated values lie farther apart than the error, so they do not stand for the others.)" if odd else ""
    )
    return (
        f"{start} {_verdict(gain, error, floor if lower else None)}: by the trend, twice the compounds would bring "
        f"{change}.{doubt}"
    )


def _verdict(gain: tuple[float, float, float], error: float, floor: float | None) -> str:
    if floor is not None and 0.9 * floor < error < 1.1 * floor:
        return "The error is at the noise floor, so more compounds hardly help; better measurements would"
    if gain[1] <= 0:
        return "Whether more data would help cannot be told from the noise of the curve"
    if gain[0] < _WORTHWHILE * error:
        return "More data of this kind would help little"
    return "More data would help"
