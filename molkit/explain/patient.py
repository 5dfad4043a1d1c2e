"""What a model makes of each thing that is known of one patient, found by changing it and asking again.

A change edits the record or row itself, and all features are made anew, so that every learner of a model sees the same
patient. What is found is how the model behaves, not what would happen to the patient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from molkit.data.batching import Columns
from molkit.learners.stack import Ensemble
from molkit.types import Column, Values

Known = float | str
Risk = Callable[[Sequence[Any]], np.ndarray]
# No quantile is told of fewer people than this, and none beyond the inner 90 %.
FEWEST = 20
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Reader(Protocol):
    """A reader whose items can be changed: `RecordReader`, `TableReader`."""

    def variables(self, item: Any) -> Mapping[str, Known]: ...

    def without(self, item: Any, variable: str) -> Any: ...

    def replaced(self, item: Any, variable: str, value: Any) -> Any: ...


@dataclass(frozen=True)
class Driver:
    """A variable, its value, the risk if it were not known, and by how much knowing it raises the risk."""

    variable: str
    value: Known
    without: float
    change: float


@dataclass(frozen=True)
class Response:
    """The risk if a variable had each of some values."""

    variable: str
    value: Known
    values: tuple[Known, ...]
    risks: tuple[float, ...]

    @property
    def reach(self) -> float:
        """How far the values move the risk."""
        return max(self.risks) - min(self.risks)


def risk_of(
    ensemble: Ensemble,
    featurizers: Mapping[str, Callable[[Sequence[Any]], Values]],
    target: int = 0,
    others: Columns | None = None,
) -> Risk:
    """What the ensemble says of items, float64 [n]; `featurizers` are by key of the packed columns it needs.

    `others` are columns of one row for the inputs that are not changed.
    """

    def risk(items: Sequence[Any]) -> np.ndarray:
        same = {
            key: Column(column.values, np.repeat(column.index, len(items))) for key, column in (others or {}).items()
        }
        made = {key: Column(own(items), np.arange(len(items))) for key, own in featurizers.items()}
        return ensemble.predict({**same, **made})[:, target]

    return risk


def drivers(risk: Risk, reader: Reader, item: Any, most: int = 10) -> list[Driver]:
    """The variables without which the risk would differ the most, at most `most`, the strongest first.

    Variables are left out one by one: of two that say the same, neither may seem to matter.
    """
    known = reader.variables(item)
    own, *others = risk([item, *(reader.without(item, name) for name in known)]).tolist()
    found = [Driver(name, known[name], other, own - other) for name, other in zip(known, others, strict=True)]
    return sorted(found, key=lambda driver: -abs(driver.change))[:most]


def plausible_values(reader: Reader, items: Sequence[Any]) -> dict[str, list[Known]]:
    """Values that occur among training items, for `responses`: five quantiles of numbers, the usual texts.

    JSON-able, to be stored; variables, and texts, of fewer than 20 items are left out.
    """
    known: dict[str, list[Known]] = {}
    for item in items:
        for name, value in reader.variables(item).items():
            known.setdefault(name, []).append(value)
    found: dict[str, list[Known]] = {}
    for name, values in known.items():
        if len(values) < FEWEST:
            continue
        if any(isinstance(value, str) for value in values):
            texts = [text for text, count in Counter(values).most_common(len(QUANTILES)) if count >= FEWEST]
            found[name] = texts
        else:
            numbers = _quantiles(np.array(values, np.float64))
            found[name] = list(dict.fromkeys(float(f"{number:.3g}") for number in numbers))
    return {name: values for name, values in found.items() if len(values) > 1}


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Quantiles [5] of numbers: one that 20 people have if it is nearest, as of yes and no, else one between people."""
    nearest = np.quantile(values, QUANTILES, method="nearest")
    shared = (values == nearest[:, None]).sum(axis=1) >= FEWEST
    return np.where(shared, nearest, np.quantile(values, QUANTILES))


def responses(
    risk: Risk, reader: Reader, item: Any, plausible: Mapping[str, Sequence[Known]], most: int = 10
) -> list[Response]:
    """The risk over the plausible values of each variable that is known of the patient, the farthest reach first."""
    known = reader.variables(item)
    names = [name for name in known if name in plausible]
    changed = [reader.replaced(item, name, value) for name in names for value in plausible[name]]
    if not changed:
        return []
    risks = iter(risk(changed).tolist())
    found = [
        Response(name, known[name], tuple(plausible[name]), tuple(next(risks) for _ in plausible[name]))
        for name in names
    ]
    return sorted(found, key=lambda response: -response.reach)[:most]
