"""How a patient compares with those of similar predicted risk, from tables of quantiles: no other patient is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molkit.evaluation.share import wilson
from molkit.explain.patient import FEWEST, Known

MOST_GROUPS = 10
_SMALLEST = 50
_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class RiskGroups:
    """Held-out patients in groups of about equal size by predicted risk, from low to high; JSON-able.

    Group i has risks above `limits[i - 1]` and up to `limits[i]`. `quartiles` holds, per variable and group, three
    quartiles of its values, None where fewer than 20 of the group have it.
    """

    limits: tuple[float, ...]  # between the groups, one fewer than these
    counts: tuple[int, ...]
    events: tuple[int, ...]
    quartiles: dict[str, tuple[tuple[float, float, float] | None, ...]]


@dataclass(frozen=True)
class Alike:
    """The group of a patient: its size, the share with the outcome, its 95 % interval, and its values by variable.

    Its risks lie above the first of `risks` and up to the second, None where no other group is beyond.
    """

    count: int
    share: float
    low: float
    high: float
    values: tuple[tuple[str, Known, tuple[float, float, float]], ...]  # variable, patient's value, quartiles
    risks: tuple[float | None, float | None] = (None, None)

    @property
    def everybody(self) -> bool:
        """Whether there is no other group."""
        return self.risks == (None, None)


def risk_groups(
    risks: np.ndarray, outcomes: np.ndarray, variables: Sequence[Mapping[str, Known]], most: int = MOST_GROUPS
) -> RiskGroups:
    """Groups of at least 50 of the held-out patients, fewer groups where risks are equal; none of under 50 in all.

    Risks [n] and outcomes [n] (0, 1; NaN = not known, left out) are of rows that the models have not seen; `variables`
    are what a reader says of each.
    """
    known = np.flatnonzero(np.isfinite(outcomes) & np.isfinite(risks))
    wanted = int(np.clip(len(known) // _SMALLEST, 1, most))
    known = known if len(known) >= _SMALLEST else known[:0]
    limits = np.quantile(risks[known], np.arange(1, wanted) / wanted) if len(known) else np.empty(0)
    limits = _apart(np.unique(limits), risks[known])
    place = np.searchsorted(limits, risks[known])
    groups = len(limits) + 1
    counts = np.bincount(place, minlength=groups)
    events = np.bincount(place, outcomes[known], groups)
    numbers: dict[str, list[list[float]]] = {}
    for row, group in zip(known.tolist(), place.tolist(), strict=True):
        for name, value in variables[row].items():
            if not isinstance(value, str):
                numbers.setdefault(name, [[] for _ in range(groups)])[group].append(value)
    quartiles = {name: tuple(_quartiles(values) for values in of) for name, of in sorted(numbers.items())}
    return RiskGroups(tuple(limits.tolist()), tuple(counts.tolist()), tuple(int(count) for count in events), quartiles)


def _apart(limits: np.ndarray, risks: np.ndarray) -> np.ndarray:
    """Those of the rising limits that leave at least 50 of the risks between each two, and beyond the last."""
    kept, below = [], 0
    for limit in limits.tolist():
        under = int((risks <= limit).sum())
        if under - below >= _SMALLEST and len(risks) - under >= _SMALLEST:
            kept.append(limit)
            below = under
    return np.array(kept)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    if len(values) < FEWEST:
        return None
    low, middle, high = (float(f"{number:.3g}") for number in np.quantile(values, _QUARTILES))
    return low, middle, high


def groups_from(stored: Mapping[str, Any]) -> RiskGroups:
    """The groups that JSON holds as `dataclasses.asdict` of them."""
    quartiles = {
        name: tuple(None if own is None else (own[0], own[1], own[2]) for own in of)
        for name, of in stored["quartiles"].items()
    }
    return RiskGroups(tuple(stored["limits"]), tuple(stored["counts"]), tuple(stored["events"]), quartiles)


def alike(groups: RiskGroups, risk: float, variables: Mapping[str, Known]) -> Alike | None:
    """The held-out patients of about this risk, beside what is known of the patient; None if there are none."""
    place = int(np.searchsorted(groups.limits, risk))
    count = groups.counts[place]
    if not count:
        return None
    share = groups.events[place] / count
    low, high = wilson(share, count)
    found = []
    for name, value in variables.items():
        quartiles = groups.quartiles[name][place] if name in groups.quartiles else None
        if quartiles is not None:
            found.append((name, value, quartiles))
    ends = (None, *groups.limits, None)
    return Alike(count, share, low, high, tuple(found), (ends[place], ends[place + 1]))
