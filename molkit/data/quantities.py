"""Targets as a person knows them: the columns of a multiclass target, one for each class, are one quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.types import Target


@dataclass(frozen=True)
class Quantity:
    """A target, of kind "multiclass" if it has several `columns` among those of a model, and its name and columns."""

    target: Target
    columns: tuple[int, ...]

    @property
    def several(self) -> bool:
        """Whether it is a multiclass target."""
        return self.target.kind == "multiclass"

    def labels(self, values: np.ndarray) -> np.ndarray:
        """Measured values [n, K] as those of this target [n]: numbers, 0 and 1, or codes of its classes; NaN: none."""
        own = values[:, self.columns]
        return np.where(np.isnan(own).any(axis=1), np.nan, own.argmax(axis=1)) if self.several else own[:, 0]

    def predictions(self, values: np.ndarray) -> np.ndarray:
        """Predictions [n, K] as those of this target, [n], or [n, C] probabilities of its classes."""
        return values[:, self.columns] if self.several else values[:, self.columns[0]]


def quantities(targets: Sequence[Target]) -> tuple[Quantity, ...]:
    """The columns of a model as targets, in the order of their first columns.

    >>> columns = [Target(f"ring={name}", "binary", classes=("", name), group="ring") for name in "abc"]
    >>> found = quantities([Target("pKa", "regression"), *columns])
    >>> [(own.target.name, own.target.classes, own.columns) for own in found]
    [('pKa', None, (0,)), ('ring', ('a', 'b', 'c'), (1, 2, 3))]
    """
    places: dict[tuple[bool, str], list[int]] = {}
    for place, target in enumerate(targets):
        places.setdefault((bool(target.group), target.group or target.name), []).append(place)
    found = []
    for columns in places.values():
        target = targets[columns[0]]
        if target.group:
            names = tuple(own.classes[1] for own in (targets[k] for k in columns) if own.classes)
            target = replace(target, name=target.group, kind="multiclass", classes=names, group="", threshold=0.5)
        found.append(Quantity(target, tuple(columns)))
    return tuple(found)


def class_name(target: str, name: str) -> str:
    """What the column of one class of a multiclass target is called."""
    return f"{target}={name}"


def exclusive_columns(groups: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The columns of each multiclass target, from the group of every column ("" for none).

    >>> exclusive_columns(["", "ring", "ring", "ring"])
    ((1, 2, 3),)
    """
    names = dict.fromkeys(group for group in groups if group)
    return tuple(tuple(place for place, own in enumerate(groups) if own == name) for name in names)


def called_classes(predictions: np.ndarray, cuts: np.ndarray, exclusive: Sequence[Sequence[int]] = ()) -> np.ndarray:
    """What is called positive, bool [n, K]: from the cuts [n, K] on; of columns that exclude each other the highest."""
    called = predictions >= cuts
    for columns in map(list, exclusive):
        called[:, columns] = np.arange(len(columns)) == predictions[:, columns].argmax(axis=1)[:, None]
    return called


def sum_to_one(probabilities: np.ndarray, exclusive: Sequence[Sequence[int]] = ()) -> np.ndarray:
    """Predictions [..., K] with the probabilities of columns that exclude each other made to sum to 1: the only place.

    Calibrating classes one by one and dividing by their sum is what Zadrozny & Elkan (KDD 2002) found to do well.
    """
    if not exclusive:
        return probabilities
    result = probabilities.copy()
    for columns in map(list, exclusive):
        own = np.clip(probabilities[..., columns], 0, None)
        total = own.sum(axis=-1, keepdims=True)
        result[..., columns] = np.where(total == 0, 1 / len(columns), own / np.where(total == 0, 1, total))
    return result
