"""What any model must beat: the training mean, the most similar training compound or pair, and what a drug has alone.

Of pairs, `train` int64 [B, C] and `test` int64 [n, C] number the drug or protein of each input in each row. Inputs
at the two places `alike` (two drugs) share their numbers, and which of them stands first changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mean_baseline(labels: np.ndarray, rows: int) -> np.ndarray:
    """The mean of the measured training labels [B, K], repeated: [rows, K]."""
    return np.tile(np.nanmean(labels, axis=0), (rows, 1))


def nearest_baseline(labels: np.ndarray, similarity: np.ndarray, shared: bool = False) -> np.ndarray:
    """Per target the label of the most similar training compound, or pair, that has one.

    `labels` [B, K], `similarity` [n, B] to [n, K]. Ties go to the first one; if the answer is `shared`, it is the mean
    of all equally similar ones, so that the order of rows means nothing: a pair often has many.
    """
    columns = []
    for k in range(labels.shape[1]):
        measured = np.flatnonzero(~np.isnan(labels[:, k]))
        y, own = labels[measured, k], similarity[:, measured]
        if not shared:
            columns.append(y[own.argmax(axis=1)])
            continue
        row, nearest = np.nonzero(own >= own.max(axis=1, keepdims=True))
        columns.append(np.bincount(row, y[nearest], len(own)) / np.bincount(row, minlength=len(own)))
    return np.stack(columns, axis=1)


def degree_baseline(
    labels: np.ndarray, train: np.ndarray, test: np.ndarray, binary: Sequence[bool], alike: Sequence[int] = ()
) -> np.ndarray:
    """What each drug and each protein has by itself, added up: no pair is looked at as one. [B, K] to [n, K].

    The mean training label of an entity is drawn to the overall mean, which counts as much as `_prior_rows` rows; an
    entity without labels has the overall mean. Deviations from it are added over the inputs, of a `binary` target
    as logits, so that the result is a probability.
    """
    columns = []
    for k, logits in enumerate(binary):
        known = ~np.isnan(labels[:, k])
        y, mean = labels[known, k], labels[known, k].mean()
        means = _entity_means(y, train[known], test, alike)
        if not logits:
            columns.append(mean + (means - mean).sum(axis=1))
        elif mean in (0, 1):
            columns.append(np.full(len(test), mean))
        else:
            columns.append(1 / (1 + np.exp(-_logit(mean) - (_logit(means) - _logit(mean)).sum(axis=1))))
    return np.stack(columns, axis=1)


def _logit(p: np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def _entity_means(y: np.ndarray, train: np.ndarray, test: np.ndarray, alike: Sequence[int]) -> np.ndarray:
    """The shrunk mean label of each entity of each test row, [n, C]."""
    means, pair = np.empty(test.shape), list(alike)
    if pair:
        entities, labels = np.sort(train[:, pair], axis=1).T.reshape(-1), np.tile(y, 2)  # sums in one order
        asked = test[:, pair]
        means[:, pair] = _shrunk(labels, entities, asked.reshape(-1), float(y.mean())).reshape(asked.shape)
    for place in set(range(train.shape[1])) - set(pair):
        means[:, place] = _shrunk(y, train[:, place], test[:, place], float(y.mean()))
    return means


def _shrunk(y: np.ndarray, entities: np.ndarray, asked: np.ndarray, mean: float) -> np.ndarray:
    size = int(max(entities.max(initial=0), asked.max(initial=0))) + 1
    rows = np.bincount(entities, minlength=size)
    sums = np.bincount(entities, y, size)
    prior = _prior_rows(y, entities)
    return ((sums + prior * mean) / (rows + prior))[asked]


def _prior_rows(y: np.ndarray, entities: np.ndarray) -> float:
    """How many rows the overall mean counts as: variance within entities over that between them, from 1 to 1000.

    Empirical Bayes by the moments of a one-way analysis of variance (Searle, Casella & McCulloch, Variance
    Components, 1992, chapter 3). 1 where no entity occurs twice or none differs within itself.
    """
    number = np.unique(entities, return_inverse=True)[1].reshape(-1)
    rows = np.bincount(number)
    n, groups = len(y), len(rows)
    if groups < 2 or n == groups:
        return 1.0
    means = np.bincount(number, y) / rows
    within = float(((y - means[number]) ** 2).sum()) / (n - groups)
    among = float((rows * (means - y.mean()) ** 2).sum()) / (groups - 1)
    between = (among - within) / ((n - float((rows**2).sum()) / n) / (groups - 1))
    return float(np.clip(within / between, 1, 1000)) if between > 0 else 1000.0
