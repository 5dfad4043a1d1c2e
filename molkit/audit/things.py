"""Things that rows hold: the same in several rows, on both sides of a split, and what each of a pair says alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from molkit.audit.finding import Finding, counted, verb
from molkit.evaluation.ranking import roc_auc
from molkit.evaluation.regression import r_squared
from molkit.features.inputs import Input, alike, noun_of
from molkit.pipeline.dataset import entity_numbers, row_leaks, sample_keys
from molkit.pipeline.samples import Samples

if TYPE_CHECKING:
    from molkit.audit.rows import Labelled

_FOLDS = 5
_FEWEST = 20  # rows with a value
_OF_ONE = 5  # rows of a thing from which its labels can be called alike
_TELLS = {"ROC-AUC": 0.7, "R2": 0.3}  # by how often a thing was positive alone, from which a caution is given
_SPREAD = 1e-9
_MOSTLY = 0.9


def repeated_things(inputs: Sequence[Input], samples: Samples, labels: Sequence[Labelled]) -> list[Finding]:
    """Rows that read the same, and those of them whose labels contradict each other."""
    noun, groups = noun_of(inputs), _same(inputs, samples)
    repeated = [rows for rows in groups if len(rows) > 1]
    if not repeated:
        return []
    rows = sorted(row for own in repeated for row in own)
    said = f"{counted(len(repeated), noun)} {verb(len(repeated), 'stands', 'stand')} in {len(rows):,} rows; each counts"
    found = [
        Finding("repeated", "note", f"The same {noun} in several rows", f"{said} once in training.", table_rows(rows))
    ]
    for own in labels:
        spread = [
            (part, np.ptp(known)) for part in repeated if len(known := own.values[part][~np.isnan(own.values[part])])
        ]
        unlike = [part for part, width in spread if width > _SPREAD]
        if unlike:
            wrong = sorted(row for part in unlike for row in part)
            what = "classes" if own.classes else "values"
            severity = "caution" if own.classes else "note"
            words = f"{counted(len(unlike), noun)} {verb(len(unlike), 'has', 'have')} different {what} of '{own.name}'"
            found.append(Finding("conflict", severity, f"Different labels of one {noun}", f"{words} in their rows.",
                                 table_rows(wrong), target=own.name))  # fmt: skip
    return found


def shared_things(inputs: Sequence[Input], samples: Samples, parts: Sequence[str | None] | None) -> list[Finding]:
    """What stands on both sides of a given split: whole rows, which must not, and the things of pairs."""
    if parts is None or not len(samples.rows):
        return []
    own = np.array([parts[row] or "" for row in samples.rows])
    test, train = own == "test", (own == "train") | (own == "valid")
    if not test.any() or not train.any():
        return []
    numbers, noun, found = entity_numbers(inputs, samples.identities), noun_of(inputs), []
    if [one.kind for one in inputs] != ["table"]:
        both = test & np.isin(row_leaks(inputs, numbers), row_leaks(inputs, numbers)[train])
        if both.any():
            count = int(both.sum())
            said = f"{counted(count, f'test {noun}')} of {int(test.sum()):,} {verb(count, 'is', 'are')}"
            subjects = any(one.kind == "record" for one in inputs)
            where = "of subjects of the training part" if subjects else "in the training part too"
            found.append(Finding("shared", "problem", f"Test {noun}s that are trained on", f"{said} {where}: scores "
                                 "would be too good. Split again, or leave them out.",
                                 table_rows(samples.rows[both])))  # fmt: skip
    for one in inputs if len(inputs) > 1 else ():
        known = np.isin(numbers[one.name][test], numbers[one.name][train]).mean()
        said = f"{known:.0%} of the test pairs have a {one.name} of the training part"
        cold = "the split is cold for it" if not known else "the split is partly cold"
        meaning = "the split tests new pairs of known things" if known > _MOSTLY else cold
        found.append(Finding("known", "note", f"Known {one.name}s", f"{said}: {meaning}."))
    return found


def degree_findings(inputs: Sequence[Input], samples: Samples, labels: Labelled, seed: int) -> list[Finding]:
    """What the mean label of each thing of a pair alone would score, and how many things have one label only."""
    y = labels.values[samples.rows]
    known = ~np.isnan(y)
    if len(inputs) < 2 or known.sum() < _FEWEST or len(labels.classes or "ab") > 2 or np.ptp(y[known]) == 0:
        return []
    y = y[known]
    numbers = {name: own[known] for name, own in entity_numbers(inputs, samples.identities).items()}
    pair = alike(inputs)
    groups = [[one.name] for one in inputs if one.name not in pair] + ([list(pair)] if pair else [])
    name, score = ("R2", r_squared) if labels.classes is None else ("ROC-AUC", roc_auc)
    found = []
    for group in groups:
        things = np.stack([numbers[own] for own in group])
        value = float(score(y, _by_frequency(things, y, seed)))
        often, constant = _constant(things, y)
        what = group[0] if len(group) == 1 else " or ".join(group)
        said = (
            f"{'Frequency' if labels.classes else 'The mean'} of the {what} alone would score {name} {value:.2f} on "
            f"random folds; {constant:,} of {often:,} with {_OF_ONE} rows or more have one label only."
        )
        telling = value >= _TELLS[name]
        hint = f" Compare every model with that, and split by {what} (--split cold-...)." if telling else ""
        found.append(Finding("degree", "caution" if telling else "note", f"What the {what} says alone", said + hint,
                             target=labels.name))  # fmt: skip
    return found


def _same(inputs: Sequence[Input], samples: Samples) -> list[np.ndarray]:
    """Table rows (from 0) by what they read."""
    places: dict[tuple[str, ...], list[int]] = {}
    for row, key in zip(samples.rows.tolist(), sample_keys(inputs, samples.identities), strict=True):
        places.setdefault(key, []).append(row)
    return [np.array(rows) for rows in places.values()]


def table_rows(rows: Sequence[int] | np.ndarray) -> tuple[int, ...]:
    """Rows counted from 0 as a finding has them, from 1."""
    return tuple(int(row) + 1 for row in rows)


def _by_frequency(things: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Mean label of the things [inputs, n] of each row in the other folds, drawn to the mean of all by one row."""
    fold = np.random.default_rng(seed).integers(0, _FOLDS, len(y))
    size, said = int(things.max()) + 1, np.zeros(len(y))
    for number in range(_FOLDS):
        train, rows = fold != number, fold == number
        sums, counts = np.zeros(size), np.zeros(size)
        for own in things:
            sums += np.bincount(own[train], y[train], size)
            counts += np.bincount(own[train], minlength=size)
        mean = float(y[train].mean()) if train.any() else 0.0
        rates = (sums + mean) / (counts + 1)
        said[rows] = rates[things[:, rows]].mean(axis=0)
    return said


def _constant(things: np.ndarray, y: np.ndarray) -> tuple[int, int]:
    """How many things have rows enough, and how many of these have one label only."""
    owner, labels = things.reshape(-1), np.tile(y, len(things))
    order = np.lexsort((labels, owner))
    _, first, sizes = np.unique(owner[order], return_index=True, return_counts=True)
    low, high = labels[order][first], labels[order][first + sizes - 1]
    enough = sizes >= _OF_ONE
    return int(enough.sum()), int((low == high)[enough].sum())
