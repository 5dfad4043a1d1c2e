"""Whether groups of rows have larger losses than the other rows, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from molkit.evaluation.bootstrap import interval, resample_count, resampled

PERMUTATIONS = 2000
_BLOCK = 1 << 21  # dealt values at a time


def group_chances(loss: np.ndarray, groups: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """For each group (bool [n]) how often dealing the losses [n] at random makes some group as bad as it, [groups].

    The single-step maximum procedure of Westfall and Young (Resampling-Based Multiple Testing, 1993), on mean
    losses in units of their standard deviation under dealing: at a limit of 0.05, one set of groups in twenty of
    which none differs has one that is below it. Rows count as independent. No group holds no or all rows.
    """
    if not len(groups) or not loss.std() > 0:
        return np.ones(len(groups))
    members = np.array(groups, float)
    n, sizes = len(loss), members.sum(axis=1)
    scale = loss.std() * np.sqrt((n / sizes - 1) / (n - 1))  # of means of draws without replacement
    observed = (members @ loss / sizes - loss.mean()) / scale
    reached = np.zeros(len(groups))
    for dealt in _dealt(loss, seed):
        largest = ((dealt @ members.T / sizes - loss.mean()) / scale).max(axis=1)
        reached += (largest[:, None] >= observed - 1e-9).sum(axis=0)
    return (1 + reached) / (1 + PERMUTATIONS)


def _dealt(values: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Permutations of values [n], `PERMUTATIONS` in all, in blocks [b, n]."""
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // len(values))
    for start in range(0, PERMUTATIONS, block):
        yield rng.permuted(np.tile(values, (min(block, PERMUTATIONS - start), 1)), axis=1)


def mean_difference(loss: np.ndarray, members: np.ndarray, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean loss of the members (bool [n]) less that of the other rows."""
    inside, outside = members.astype(float), (~members).astype(float)

    def difference(weights: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # a resample without members is undefined
            return weights @ (loss * inside) / (weights @ inside) - weights @ (loss * outside) / (weights @ outside)

    return _ends(resampled(difference, len(loss), resample_count(len(loss)), seed))


def mean_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of values [n]."""
    n = len(values)
    return _ends(resampled(lambda weights: weights @ values / n, n, resample_count(n), seed))


def _ends(found: np.ndarray) -> tuple[float, float]:
    low, high = interval(found)
    return (float("nan"), float("nan")) if low is None or high is None else (low, high)
