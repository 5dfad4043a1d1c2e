"""How a network with several targets goes through unbalanced training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.imbalance import balanced_draws, class_emphasis, class_strata, draws_of, emphasis, positive_odds
from molkit.types import Measurements


@dataclass(frozen=True)
class Balance:
    """Weights [n, K] of all rows; the rows of one epoch, in an order drawn anew; and logits [K].

    `start` is added to the outputs of a fresh network, `gained` taken off those of the fitted one: the logarithm of
    what was made of the odds of the positive class.
    """

    weights: np.ndarray
    epoch: Callable[[np.random.Generator], np.ndarray]
    start: np.ndarray
    gained: np.ndarray


def balance_rows(method: str, labels: Measurements, kinds: Sequence[str], train: np.ndarray, seed: int) -> Balance:
    """What a method of `molkit.imbalance.METHODS` makes of the rows `train` for targets of these kinds.

    Where there is one target its rows are repeated or left out; where there are several, each wants other rows, and a
    row that one of them wants twice weighs twice for that one. Columns that exclude each other are one target.
    """
    binary = np.array([kind == "binary" for kind in kinds])
    singles = [k for k in np.flatnonzero(binary).tolist() if not any(k in columns for columns in labels.exclusive)]
    one_target = len(kinds) == 1 or [len(kinds)] == list(map(len, labels.exclusive))
    weights = np.repeat(labels.weights[:, None], len(kinds), axis=1)
    start, odds = np.zeros(len(kinds)), np.ones(len(kinds))
    exact = np.where(labels.relations == 0, labels.values, np.nan)[train]
    if method == "logit-adjusted":
        start = _log_odds(exact, binary)
        for columns in map(list, labels.exclusive):
            start[columns] = np.log((exact[:, columns] == 1).sum(axis=0) + 0.5)
    if method == "balanced-batches" and binary.any():
        strata = class_strata(np.where(binary, exact, labels.values[train]), binary, labels.exclusive)
        counts = draws_of(strata, len(train))
        odds = np.array([positive_odds(y, counts) if two else 1.0 for y, two in zip(exact.T, binary, strict=True)])
        for k in (k for columns in labels.exclusive for k in columns):
            own = exact[:, k] == 1
            odds[k] = counts[own].mean() if own.any() else 1.0
        return Balance(weights, lambda rng: train[balanced_draws(strata, len(train), rng)], start, np.log(odds))
    counts = np.ones((len(train), len(kinds)))
    for k in singles:
        measured = np.flatnonzero(~np.isnan(exact[:, k]))
        chosen = emphasis(method, exact[measured, k], labels.weights[train[measured]], seed + k)
        counts[measured, k], odds[k] = chosen.counts, chosen.odds
        if len(kinds) > 1:  # so that no target has more say among the others than it had
            counts[measured, k] /= chosen.counts.mean()
        weights[train[measured], k] *= chosen.factors
    for several in map(np.array, labels.exclusive):
        measured = np.flatnonzero(~np.isnan(exact[:, several]).any(axis=1))
        codes, own = exact[measured][:, several].argmax(axis=1), labels.weights[train[measured]]
        found = class_emphasis(method, codes, len(several), own, seed + int(several[0]))
        share = 1.0 if one_target else found.counts.mean()
        counts[np.ix_(measured, several)] = found.counts[:, None] / share
        odds[several] = found.odds
        weights[np.ix_(train[measured], several)] *= found.factors[:, None]
    if one_target:
        rows = np.repeat(train, counts[:, 0].astype(np.int64))
    else:
        weights[train] *= counts
        rows = train[counts.any(axis=1)]
    return Balance(weights, lambda rng: rng.permutation(rows), start, np.log(odds))


def _log_odds(exact: np.ndarray, binary: np.ndarray) -> np.ndarray:
    """The logit of the share of positives [K], 0 for numbers; half a row more of each class keeps it finite.

    Menon et al. (ICLR 2021) add it to the outputs in the loss and leave it out of what they call positive; which is to
    start a network from it, as the threshold is chosen on unseen rows anyway.
    """
    positives, negatives = (exact == 1).sum(axis=0) + 0.5, (exact == 0).sum(axis=0) + 0.5
    return np.where(binary, np.log(positives / negatives), 0.0)
