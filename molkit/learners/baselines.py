"""What any model must beat: the training mean, the most similar training compound or pair, and what a drug has alone.

Of pairs, `train` int64 [B, C] and `test` int64 [n, C] number the drug or protein of each input in each row. Inputs
that are `alike` (two drugs) share their numbers, and which of them stands first changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_BLOCK = 1 << 22  # similarities of pairs held at a time


def mean_baseline(labels: np.ndarray, rows: int) -> np.ndarray:
    """The mean of the measured training labels [B, K], repeated: [rows, K]."""
    return np.tile(np.nanmean(labels, axis=0), (rows, 1))


def nearest_baseline(labels: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """Per target the label of the most similar training compound that has one.

    `labels` [B, K], `similarity` [n, B] to [n, K]; ties go to the first compound.
    """
    columns = []
    for k in range(labels.shape[1]):
        measured = np.flatnonzero(~np.isnan(labels[:, k]))
        columns.append(labels[measured, k][similarity[:, measured].argmax(axis=1)])
    return np.stack(columns, axis=1)


def degree_baseline(
    labels: np.ndarray, train: np.ndarray, test: np.ndarray, binary: Sequence[bool], alike: bool = False
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


def _entity_means(y: np.ndarray, train: np.ndarray, test: np.ndarray, alike: bool) -> np.ndarray:
    """The shrunk mean label of each entity of each test row, [n, C]."""
    if alike:
        entities, labels = np.sort(train, axis=1).T.reshape(-1), np.tile(y, train.shape[1])  # sums in one order
        return _shrunk(labels, entities, test.reshape(-1), float(y.mean())).reshape(test.shape)
    return np.stack([_shrunk(y, train[:, c], test[:, c], float(y.mean())) for c in range(train.shape[1])], axis=1)


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


def nearest_pair_baseline(
    labels: np.ndarray, train: np.ndarray, test: np.ndarray, similarity: Sequence[np.ndarray], alike: bool = False
) -> np.ndarray:
    """Per target the mean label of the most similar training pairs that have one. [B, K] to [n, K].

    The similarity of two pairs is the mean over inputs of `similarity[c]` [distinct test, distinct train], whose rows
    `test[:, c]` and columns `train[:, c]` number; alike inputs share the first one, and the better of both orders
    counts. Pairs of equal similarity share the answer, so that the order of rows means nothing.
    """
    pairs, place = np.unique(test, axis=0, return_inverse=True)
    columns = []
    for k in range(labels.shape[1]):
        known = ~np.isnan(labels[:, k])
        y, own = labels[known, k], train[known]
        step = max(1, _BLOCK // max(1, len(y)))
        found = [_nearest(y, own, pairs[start : start + step], similarity, alike)
                 for start in range(0, len(pairs), step)]  # fmt: skip
        columns.append(np.concatenate([np.empty(0), *found])[place.reshape(-1)])
    return np.stack(columns, axis=1)


def _nearest(
    y: np.ndarray, train: np.ndarray, test: np.ndarray, similarity: Sequence[np.ndarray], alike: bool
) -> np.ndarray:
    if alike:
        one, other = (_total([similarity[0]] * 2, order, test) for order in (train, train[:, ::-1]))
        total = np.maximum(one, other)
    else:
        total = _total(similarity, train, test)
    row, pair = np.nonzero(total >= total.max(axis=1, keepdims=True))
    return np.bincount(row, y[pair], len(test)) / np.bincount(row, minlength=len(test))


def _total(similarity: Sequence[np.ndarray], train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Sums of similarities [n, B]; those of two inputs are the same in either order."""
    total = np.take(similarity[0][test[:, 0]], train[:, 0], axis=1)
    for c in range(1, len(similarity)):
        total += np.take(similarity[c][test[:, c]], train[:, c], axis=1)
    return total
