"""How unusual a row is, and which of its values are, given the others; against rows that were not trained on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from molkit.evaluation.conformal import conformal_quantile
from molkit.explain.guessing import Guesses, guess_each, guess_missing
from molkit.explain.levels import levels_of, share_under
from molkit.nn.record_autoencoder import RecordAutoencoder

# The most unusual values whose scores are added up. Chosen among one, two, three, five and all of them on planted
# errors in training rows of breast cancer and diabetes130: one is best for the first, five for the second.
MOST = 3
_SMALLEST_SPREAD = 0.05  # nats; the losses of a column in which all have one value hardly differ
_LEVEL = 0.9  # of the intervals
_HIDDEN = 0.2  # share of the cells that are hidden to learn how wide intervals of missing ones should be
_FAR = 3.0  # standard deviations
_RARE = 0.95  # share of the reference rows whose value is less unusual than one that is named


@dataclass(frozen=True)
class Reference:
    """What is usual, from rows that the autoencoder was not trained on; numbers over many rows, and of none of them.

    `levels` are shares of rows, `losses` and `scores` what so many of them stay under.
    """

    mean: np.ndarray  # float64 [P], of the loss of a cell given the others
    spread: np.ndarray  # float64 [P]
    levels: np.ndarray  # float64 [Q]
    losses: np.ndarray  # float64 [Q, P]
    scores: np.ndarray  # float64 [Q], of rows
    widen_each: np.ndarray  # float64 [F], what makes intervals of a cell given all others hold 90 % of the values
    widen_missing: np.ndarray  # float64 [F], the same if a fifth of the cells is missing

    def arrays(self) -> dict[str, np.ndarray]:
        """What `Reference(**arrays)` is made of, for a model file."""
        return asdict(self)


@dataclass(frozen=True)
class Unusual:
    """Rows against a reference; `values` NaN where a cell is missing."""

    scores: np.ndarray  # float64 [n], the sum of the three largest of `values`
    percentiles: np.ndarray  # float64 [n], share of reference rows with a smaller score
    values: np.ndarray  # float64 [n, P], loss of each cell given the others, in standard deviations from the usual
    value_percentiles: np.ndarray  # float64 [n, P]
    expected: Guesses


def reference_of(module: RecordAutoencoder, values: np.ndarray, seed: int = 0) -> Reference:
    """What is usual, from values float32 [n, F] of rows that `module` was not trained on; at least 20.

    Raises ValueError for fewer.
    """
    levels = levels_of(len(values))
    given = _with_others(guess_each(module, values))
    counts = np.maximum((~np.isnan(given.losses)).sum(axis=0), 1)
    mean = np.nansum(given.losses, axis=0) / counts
    spread = np.sqrt(np.nansum((given.losses - mean) ** 2, axis=0) / counts).clip(_SMALLEST_SPREAD)
    unusual = (given.losses - mean) / spread
    return Reference(
        mean,
        spread,
        levels,
        _quantiles(given.losses, levels),
        np.quantile(_summed(unusual), levels),
        _widening(module, values, given),
        _widening_missing(module, values, seed),
    )


def unusual_values(module: RecordAutoencoder, values: np.ndarray, reference: Reference) -> Unusual:
    """How unusual rows float32 [n, F] and their values are; a row of which one cell is known has a score of 0."""
    given = _with_others(guess_each(module, values, reference.widen_each))
    own = (given.losses - reference.mean) / reference.spread
    scores = _summed(own)
    shares = np.column_stack(
        [
            share_under(given.losses[:, cell], reference.losses[:, cell], reference.levels)
            for cell in range(own.shape[1])
        ]
    )
    return Unusual(scores, share_under(scores, reference.scores, reference.levels), own, shares, given)


@dataclass(frozen=True)
class Named:
    """An unusual value: its cell, and what was expected of its columns; `low` and `high` are NaN but for numbers."""

    cell: int
    expected: np.ndarray  # float32 [columns of the cell]
    low: float
    high: float


def named_values(
    module: RecordAutoencoder, values: np.ndarray, reference: Reference, found: Unusual
) -> list[list[Named]]:
    """The up to three most unusual values of each row that are more so than those of 95 % of the reference rows.

    Under 100 reference rows cannot tell so many: then those that are beyond all levels and 3 standard deviations from
    the usual. Each is unusual given the others but those that were named before: one wrong value does not make others
    look wrong.
    """
    rarest = reference.levels[-1]
    share, least = (_RARE, 0.0) if rarest >= _RARE else (rarest, _FAR)
    named: list[list[Named]] = [[] for _ in range(len(values))]
    rows, left = np.arange(len(values)), values.copy()
    for _ in range(MOST):
        worst = np.argmax(np.nan_to_num(found.values, nan=-np.inf), axis=1) if len(rows) else np.zeros(0, np.int64)
        own = np.arange(len(rows))
        rare = (found.value_percentiles[own, worst] >= share) & (found.values[own, worst] > least)
        for place in np.flatnonzero(rare).tolist():
            named[rows[place]].append(_named(module, found, place, int(worst[place])))
            left[rows[place], module.cells.columns(int(worst[place]))] = np.nan
        rows = rows[rare]
        if not len(rows):
            break
        found = unusual_values(module, left[rows], reference)
    return named


def _named(module: RecordAutoencoder, found: Unusual, place: int, cell: int) -> Named:
    columns, given = module.cells.columns(cell), found.expected
    return Named(cell, given.expected[place, columns], float(given.low[place, columns[0]]),
                 float(given.high[place, columns[0]]))  # fmt: skip


def _with_others(given: Guesses) -> Guesses:
    """The same without losses of values beside which nothing is known."""
    alone = (~np.isnan(given.losses)).sum(axis=1, keepdims=True) < 2
    return replace(given, losses=np.where(alone, np.nan, given.losses))


def _summed(values: np.ndarray) -> np.ndarray:
    """The sum of the three largest of each row [n, P], without NaN."""
    ordered = np.sort(np.nan_to_num(values, nan=-np.inf), axis=1)[:, -MOST:]
    return np.where(np.isfinite(ordered), ordered, 0.0).sum(axis=1)


def _quantiles(losses: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles [Q, P] of the known losses of each cell, 0 where none is known."""
    found = np.zeros((len(levels), losses.shape[1]))
    for cell in range(losses.shape[1]):
        known = losses[~np.isnan(losses[:, cell]), cell]
        if len(known):
            found[:, cell] = np.quantile(known, levels)
    return found


def _widening_missing(module: RecordAutoencoder, values: np.ndarray, seed: int) -> np.ndarray:
    hidden = np.random.default_rng(seed).random((len(values), module.cells.count)) < _HIDDEN
    found = guess_missing(module, values, None, hidden)
    return _widening(module, np.where(hidden[:, module.cells.owner.numpy()], values, np.nan), found)


def _widening(module: RecordAutoencoder, values: np.ndarray, found: Guesses) -> np.ndarray:
    """What intervals have to be multiplied by so that 90 % of the values of each number lie in them, float64 [F].

    The conformal quantile of how far each value lies from the middle, in widths of that side; 1 for columns with too
    few known values.
    """
    factors = np.ones(values.shape[1])
    own, middle, low, high = (
        module.scaled(torch.from_numpy(array.astype(np.float32))).numpy().astype(np.float64)
        for array in (values, found.middle, found.low, found.high)
    )
    for column in module.cells.numbers.tolist():
        known = ~np.isnan(own[:, column])
        off = (own - middle)[known, column]
        width = np.where(off > 0, (high - middle)[known, column], (low - middle)[known, column])
        widest = conformal_quantile(off / width, _LEVEL)
        if widest:
            factors[column] = widest
    return factors
