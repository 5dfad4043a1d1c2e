"""Learners fitted on training rows, everything else chosen on validation rows, test rows predicted once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from molkit.config import RunConfig
from molkit.data.batching import dense, take
from molkit.data.labels import Labels
from molkit.domain import Domain, SimilarityIndex, fit_domain
from molkit.errors import InputError
from molkit.evaluation.scores import best_threshold, half_width
from molkit.features import packed_bits
from molkit.learners.baselines import mean_baseline, nearest_baseline
from molkit.learners.protocol import Learner
from molkit.learners.stack import combine, fit_weights, predict_members
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.pipeline.progress import Progress
from molkit.types import Split


@dataclass(frozen=True)
class Fitted:
    """What was chosen on the validation rows, and what every method says of the test rows."""

    weights: np.ndarray
    thresholds: list[float]
    half_widths: list[float | None]
    domain: Domain
    test: dict[str, np.ndarray]  # method -> predictions [n, K] on the test part


def fit_learners(
    dataset: Dataset,
    labels: Labels,
    split: Split,
    learners: list[Learner],
    config: RunConfig,
    progress: Progress,
) -> Fitted:
    """Fit on training rows, choose on validation rows, predict the test rows once."""
    train, valid, test = (np.array(part, np.int64) for part in (split.train, split.valid, split.test))
    for learner in learners:
        listener = partial(progress, f"training {learner.kind}")
        try:
            learner.fit(dataset.columns, dataset.measurements, train, valid, config.seed, listener)
        except FloatingPointError as error:
            raise InputError(f"{learner.kind}: {error}; if values span many powers of ten, try --log") from error
    unseen = predict_members(learners, take(dataset.columns, valid)) if len(valid) else []
    exact = exact_values(dataset.measurements)
    equal = np.full((len(learners), len(labels.kinds)), 1 / len(learners))
    weights = fit_weights(unseen, exact[valid]) if unseen else equal
    stacked = combine(unseen, weights) if unseen else np.empty((0, len(labels.kinds)))
    bits = packed_bits(dense(dataset.columns["drug/fingerprint"]))
    index = SimilarityIndex(bits[train])
    thresholds = [
        best_threshold(exact[valid, k], stacked[:, k]) if kind == "binary" else 0.5
        for k, kind in enumerate(labels.kinds)
    ]
    widths = [
        half_width(exact[valid, k], stacked[:, k]) if kind == "regression" else None
        for k, kind in enumerate(labels.kinds)
    ]
    return Fitted(
        weights=weights,
        thresholds=thresholds,
        half_widths=widths,
        domain=fit_domain(index.nearest(bits[valid])[1]),
        test=_predict_test(dataset, learners, weights, train, test, index, bits) if len(test) else {},
    )


def _predict_test(
    dataset: Dataset,
    learners: list[Learner],
    weights: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    index: SimilarityIndex,
    bits: np.ndarray,
) -> dict[str, np.ndarray]:
    members = predict_members(learners, take(dataset.columns, test))
    measured = exact_values(dataset.measurements)[train]
    results = {"molkit": combine(members, weights)}
    if len(learners) > 1:
        results |= {learner.kind: part for learner, part in zip(learners, members, strict=True)}
    nearest = [nearest_baseline(measured, index.similarity(bits[rows : rows + 1])) for rows in test]
    return results | {"nearest compound": np.concatenate(nearest), "training mean": mean_baseline(measured, len(test))}
