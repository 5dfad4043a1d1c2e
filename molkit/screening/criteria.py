"""By what a library is ranked: one predicted value, a desirability over several, or a probability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.errors import InputError
from molkit.screening.limits import Want, desirability, find_target, meets, on_scale, read_wants
from molkit.types import Target

RANKS = ("prediction", "bound", "probability")
_HALF_90 = 1.6449  # standard deviations from the mean of a normal distribution to the end of its 90 % interval


@dataclass(frozen=True)
class Criteria:
    """What is read from the predictions of a row, and how it is put in order.

    Limits decide by the prediction, or by `rank` "bound" by the unfavourable end of its 90 % interval. Rows are
    ranked by the value of `single`, the lowest first if `lowest`; else by the `ranked` limits: the product of
    the probabilities that they are met (`rank` "probability"), or the geometric mean of their desirabilities.
    """

    wants: tuple[Want, ...]
    rank: str = "prediction"
    single: Target | None = None
    lowest: bool = False
    ranked: tuple[Want, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of prediction columns that are needed."""
        return ("pred",) if self.rank == "prediction" else ("pred", "interval")

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that decide."""
        found = [want.target for want in (*self.wants, *self.ranked)]
        return tuple(dict.fromkeys([*found, *([self.single] if self.single else [])]))


def read_criteria(
    targets: Sequence[Target],
    half_widths: Mapping[str, float | None],
    wants: Sequence[str] = (),
    rank: str = "prediction",
    rank_by: str | None = None,
    lowest: bool = False,
) -> Criteria:
    """Criteria from the options of `molkit screen`; raises InputError for what does not go together."""
    if rank not in RANKS:
        raise InputError(f"--rank {rank!r}: known are {', '.join(RANKS)}")
    limits = read_wants(wants, targets, half_widths)
    named = {want.target.name: want for want in limits}
    target = _ranked_target(targets, limits, rank_by)
    ranked = limits if target is None else tuple(want for want in limits if want.target == target)
    if rank == "probability":
        _check_probability(ranked, lowest, rank_by)
        return Criteria(limits, rank, ranked=ranked)
    if target is None or (target.name in named and named[target.name].two_sided):
        if lowest:
            raise InputError("--lowest: goes with one ranked target without two limits; name it with --rank-by")
        return Criteria(limits, rank, ranked=ranked)
    return Criteria(limits, rank, target, lowest or (target.name in named and named[target.name].low is None))


def _ranked_target(targets: Sequence[Target], limits: Sequence[Want], rank_by: str | None) -> Target | None:
    """The one target that decides the order, None if several do by their limits."""
    if rank_by is not None:
        return find_target(rank_by, targets, "--rank-by")
    if limits:
        return limits[0].target if len(limits) == 1 else None
    if len(targets) == 1:
        return targets[0]
    names = ", ".join(target.name for target in targets)
    raise InputError(f"the models predict {names}: say what is wanted of them with --want, or name one with --rank-by")


def _check_probability(ranked: Sequence[Want], lowest: bool, rank_by: str | None) -> None:
    if not ranked:
        name = rank_by or "NAME"
        raise InputError(f'--rank probability: is that of meeting a limit; give one, as in --want "{name} > 1"')
    if lowest:
        raise InputError("--lowest: the least probable are never the best; leave it out, or turn the limit round")
    odd = [want for want in ranked if want.target.kind == "binary" and want.two_sided]
    if odd:
        raise InputError(f"--rank probability: {odd[0].text()}: a class is either wanted or not; give one limit")


@dataclass(frozen=True)
class Judged:
    """For each row of a piece: whether its prediction meets all limits, whether it can be a hit, its score."""

    met: np.ndarray  # bool [n]
    eligible: np.ndarray  # bool [n]
    score: np.ndarray  # float64 [n], what is shown
    key: np.ndarray  # float64 [n], higher is better


def judge(criteria: Criteria, columns: Mapping[str, Sequence[Any]]) -> Judged:
    """Put the columns of a prediction, with "status", to the test. Raises InputError where an interval is missing."""
    ok = np.array([status == "ok" for status in columns["status"]], bool)
    ends = {target.name: _ends(criteria.rank, target, columns, ok) for target in criteria.targets}
    met = ok.copy()
    for want in criteria.wants:
        met &= meets(want, *_decisive(criteria.rank, ends[want.target.name]))
    eligible, score = met, np.full(len(ok), np.nan)
    if criteria.rank == "probability":
        eligible = _eligible(criteria, ends, ok)
        chances = [chance(want, *ends[want.target.name]) for want in criteria.ranked]
        score = np.prod(chances, axis=0)
    elif criteria.single is not None:
        low, high = _decisive(criteria.rank, ends[criteria.single.name])
        score = high if criteria.lowest else low
    else:
        degrees = [desirability(want, *_decisive(criteria.rank, ends[want.target.name])) for want in criteria.ranked]
        score = np.prod(degrees, axis=0) ** (1 / len(degrees))
    eligible = eligible & np.isfinite(score)
    score = score + 0.0  # which makes a 0 of -0
    return Judged(met, eligible, score, -score if criteria.lowest else score)


def stays_hard(criteria: Criteria, want: Want) -> bool:
    """Whether a row that does not meet a limit is no hit.

    Ranked by probability, only what no probability stands for is hard: limits of targets that are not ranked by,
    and limits on a probability itself.
    """
    if criteria.rank != "probability" or want not in criteria.ranked:
        return True
    return want.target.kind == "binary" and want.wanted is None


Ends = tuple[np.ndarray, np.ndarray, np.ndarray]  # prediction, low and high end of its 90 % interval


def _ends(rank: str, target: Target, columns: Mapping[str, Sequence[Any]], ok: np.ndarray) -> Ends:
    value = _numbers(columns[f"{target.name}_pred"])
    if rank == "prediction" or target.kind == "binary":
        return value, value, value
    low, high = _numbers(columns[f"{target.name}_lo90"]), _numbers(columns[f"{target.name}_hi90"])
    if (ok & np.isnan(low)).any():
        raise InputError(f"--rank {rank}: the model stores no interval for {target.name}; use --rank prediction")
    return value, low, np.where(ok & np.isnan(high), np.inf, high)  # a high end beyond all numbers has no cell


def _numbers(cells: Sequence[Any]) -> np.ndarray:
    return np.array([np.nan if cell is None else cell for cell in cells], float)


def _decisive(rank: str, ends: Ends) -> tuple[np.ndarray, np.ndarray]:
    """The two ends that have to be within the limits: both the prediction itself unless ranked by the bound."""
    value, low, high = ends
    return (low, high) if rank == "bound" else (value, value)


def _eligible(criteria: Criteria, ends: Mapping[str, Ends], ok: np.ndarray) -> np.ndarray:
    """Rows that meet the limits which are still hard."""
    kept = ok.copy()
    for want in criteria.wants:
        if stays_hard(criteria, want):
            value = ends[want.target.name][0]
            kept &= meets(want, value, value)
    return kept


def chance(want: Want, value: np.ndarray, low_end: np.ndarray, high_end: np.ndarray) -> np.ndarray:
    """Probability that the true value is within the limits, [n].

    The true value is taken as normal around the prediction, on the logarithm of a target that is modelled so,
    with half the width of its 90 % interval over 1.6449 as standard deviation: where the two ends are not equally
    far from the prediction, that is their mean distance. For a binary target it is the predicted probability of
    the wanted class.
    """
    if want.target.kind == "binary":
        return value if want.low is not None else 1 - value
    value, low_end, high_end = (on_scale(want.target, ends) for ends in (value, low_end, high_end))
    half = np.where(np.isfinite(low_end), value - low_end, high_end - value)  # one end may be beyond all numbers
    half = np.where(np.isfinite(low_end) & np.isfinite(high_end), (high_end - low_end) / 2, half)
    deviation = np.clip(half, 1e-12, 1e300) / _HALF_90  # both ends may be beyond all numbers
    limits = [-np.inf if want.low is None else want.low, np.inf if want.high is None else want.high]
    lowest, highest = on_scale(want.target, limits)
    low, high = (lowest - value) / deviation, (highest - value) / deviation
    above = low > 0  # the same area on the other side of the mean, where small numbers keep their digits
    return _normal(np.where(above, -low, high)) - _normal(np.where(above, -high, low))


def _normal(deviations: np.ndarray) -> np.ndarray:
    """The cumulative standard normal distribution."""
    return np.array([0.5 * math.erfc(-deviation / math.sqrt(2)) for deviation in deviations.tolist()])
