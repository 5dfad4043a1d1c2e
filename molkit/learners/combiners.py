"""Weights of learners, chosen by how well they predict rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from molkit.evaluation.calibration import log_loss

# With fewer measured values than this, weights by least squares predict worse than equal ones.
FEWEST_FOR_WEIGHTS = 500
# As many picks as in auto-sklearn (Feurer et al., NeurIPS 2015); a weight is then right to about 0.02.
_ROUNDS = 50
_TIE = 1e-9  # relative: losses this near differ by the order of summation alone

# Predictions [n, M] and labels [n] of one target, whether they are probabilities -> weights [M]
Combiner = Callable[[np.ndarray, np.ndarray, bool], np.ndarray]


def fit_weights(
    predictions: Sequence[np.ndarray],
    labels: np.ndarray,
    binary: np.ndarray,
    combiner: str = "stack",
    exclusive: Sequence[Sequence[int]] = (),
) -> np.ndarray:
    """Weights [M, K], none below 0, that sum to one per target, from M predictions and labels [B, K] of unseen rows.

    `combiner` is one of `COMBINERS`; a target without a measured value has equal weights, and "stack" gives equal ones
    where fewer than 500 rows are measured. The `exclusive` columns of a multiclass target have the same weights, chosen
    on all of them.
    """
    members, targets = len(predictions), labels.shape[1]
    weights = np.full((members, targets), 1 / members)
    shared = {k for columns in exclusive for k in columns}
    for columns in [*([k] for k in range(targets) if k not in shared), *map(list, exclusive)]:
        rows = ~np.isnan(labels[:, columns[0]])
        least = FEWEST_FOR_WEIGHTS if combiner == "stack" else 1
        if rows.sum() >= least and members > 1:
            said = np.stack([p[rows][:, columns].ravel() for p in predictions], axis=1)
            chosen = COMBINERS[combiner](said, labels[rows][:, columns].ravel(), bool(binary[columns[0]]))
            weights[:, columns] = chosen[:, None]
    return weights


def _mean(said: np.ndarray, labels: np.ndarray, binary: bool) -> np.ndarray:
    """Equal weights."""
    return np.full(said.shape[1], 1 / said.shape[1])


def _stack(said: np.ndarray, labels: np.ndarray, binary: bool) -> np.ndarray:
    """Least squares with non-negative coefficients (Breiman, Machine Learning 1996, 24, 49), scaled to sum to one."""
    from scipy.optimize import nnls

    centre = labels.mean()
    found, _ = nnls(said - centre, labels - centre)
    return np.asarray(found / found.sum()) if found.sum() > 0 else _mean(said, labels, binary)


def _best(said: np.ndarray, labels: np.ndarray, binary: bool) -> np.ndarray:
    """All the weight for the learner with the least loss, the first named of equals."""
    return np.eye(said.shape[1])[_least(_losses(said, labels, binary))]


def _greedy(said: np.ndarray, labels: np.ndarray, binary: bool) -> np.ndarray:
    """Forward selection with replacement (Caruana et al., ICML 2004): shares of 50 picks at most.

    It starts from the best one, two or more learners, whichever number has the least loss, and adds the learner
    that makes the loss of the mean least; the picks with the least loss on the way are kept. Ties go to fewer picks,
    then to the learner named first. Any number of labels will do, as who asks for it wants a choice: with weights from
    25 of them boosting, forest and linear together had 1 to 2 % more RMSE on ESOL and Lipophilicity than with equal
    ones and 10 % less on FreeSolv; from 200 on 0.2 % more at most (scripts/bench_ensembles.py).
    """
    members = said.shape[1]
    order = np.argsort(_losses(said, labels, binary), kind="stable")
    starts = np.array([np.isin(np.arange(members), order[:size]) for size in range(1, members + 1)], float)
    losses = _losses(said @ (starts / starts.sum(axis=1, keepdims=True)).T, labels, binary)
    picks = starts[_least(losses)]
    kept, least = picks, losses.min()
    while picks.sum() < _ROUNDS:
        grown = picks + np.eye(members)
        losses = _losses(said @ (grown / grown.sum(axis=1, keepdims=True)).T, labels, binary)
        picks = grown[_least(losses)]
        if losses.min() < least * (1 - _TIE):
            kept, least = picks, losses.min()
    return np.asarray(kept / kept.sum())


COMBINERS: dict[str, Combiner] = {"mean": _mean, "stack": _stack, "greedy": _greedy, "best": _best}


def _losses(said: np.ndarray, labels: np.ndarray, binary: bool) -> np.ndarray:
    """Mean squared error of each column of numbers [n, R], log loss of each of probabilities."""
    if binary:
        return np.array([log_loss(labels, column) for column in np.clip(said, 0, 1).T])
    return np.asarray(((said - labels[:, None]) ** 2).mean(axis=0))


def _least(losses: np.ndarray) -> int:
    return int(np.flatnonzero(losses <= losses.min() * (1 + _TIE))[0])
