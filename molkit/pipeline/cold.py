"""Splits and folds of rows with several inputs whose things (drugs, proteins) are new to the model."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from molkit.data.cold import cold_folds, cold_parts, cold_remarks
from molkit.data.folds import Fold
from molkit.data.split import hash_rows
from molkit.errors import InputError
from molkit.features.inputs import KINDS, Input, alike
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.types import Split

_COLD = "cold-"
BOTH = "cold-both"


def is_cold(method: str) -> bool:
    """Whether a split keeps things of an input together, rather than rows."""
    return method.startswith(_COLD)


def cold_methods(inputs: Sequence[Input]) -> dict[str, tuple[str, ...]]:
    """The cold splits of these inputs, by name, with the inputs whose things are new.

    Of two alike inputs one split has a name, with one of their things new. There is no split that would part what must
    never be parted.
    """
    names, pair = tuple(one.name for one in inputs), alike(inputs)
    whole = {one.name for one in inputs if KINDS[one.kind].whole}
    found = {f"{_COLD}{_stem(name) if name in pair else name}": (name,) for name in names if name not in pair[1:]}
    return {method: cold for method, cold in {**found, BOTH: names}.items() if whole <= set(cold)}


def _stem(name: str) -> str:
    return re.sub(r"_?(?:[ab]|\d+)$", "", name) or name


def check_cold(method: str, inputs: Sequence[Input], group: str | None = None) -> None:
    """Raise InputError for a cold split that rows with these inputs do not have, or that would part groups of rows."""
    known = cold_methods(inputs) if len(inputs) > 1 else {}
    if is_cold(method) and method not in known:
        shown = ", ".join(known) if known else "none, as there is one input"
        raise InputError(f"--split {method}: cold splits of these inputs are {shown}")
    if is_cold(method) and group is not None:
        raise InputError(
            f"--split {method} deals the things of the inputs and would part the groups of --group {group}; leave"
            " --group out, or take --split group or --split random, which keep groups together"
        )


def cold_split(dataset: Dataset, kinds: Sequence[str], method: str, shares: Sequence[float], seed: int) -> Split:
    """A cold split of all rows; those that pair things of different parts are in none, which a remark counts."""
    values = exact_values(dataset.measurements)
    part = cold_parts(*_asked(dataset, method), shares, seed, alike=alike(dataset.inputs), values=values, kinds=kinds)
    remarks = tuple(cold_remarks(part, shares, values, kinds))
    train, valid, test = (tuple(np.flatnonzero(part == number).tolist()) for number in range(3))
    return Split(train, valid, test, method, seed, hash_rows(dataset.data), remarks)


def cold_folds_of(
    dataset: Dataset, kinds: Sequence[str], method: str, among: np.ndarray, count: int, seed: int
) -> list[Fold]:
    """Folds of the rows `among` by the same things."""
    entities, cold = _asked(dataset, method)
    found = cold_folds(
        {name: numbers[among] for name, numbers in entities.items()},
        cold,
        count,
        seed,
        alike=alike(dataset.inputs),
        values=exact_values(dataset.measurements)[among],
        kinds=kinds,
    )
    return [Fold(among[held_out], among[train]) for held_out, train in found]


def _asked(dataset: Dataset, method: str) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    return dataset.entities, cold_methods(dataset.inputs)[method]
