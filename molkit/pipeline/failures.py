"""Where a model fails: groups of scored compounds with larger errors than the others, beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.evaluation.groups import group_chances, mean_difference, mean_interval
from molkit.pipeline.failure_words import EndBias, Excess, Failures

_LEVEL = 0.05
_FEWEST = 10  # compounds in a group, and outside it
_FEWEST_OF_SCAFFOLD = 5
_MOST_SCAFFOLDS = 50  # the most frequent ones
_SHOWN_SCAFFOLDS = 3
_MOST_ROWS = 20_000  # more of them are sampled: they show no more than these do
_END = 0.2  # share of the measured values that is one end of their range
_FAR = 0.25  # share of the compounds that is least like the training compounds


@dataclass(frozen=True)
class Scored:
    """Labels and predictions [n] of one target on compounds that the model had not seen, none of them NaN.

    `cuts` [n] are the thresholds of a binary target's probabilities; of several classes `y` and `p` are codes.
    `similarity` [n] is that to the nearest training compound, `scaffolds` n SMILES ("" for none), `kinds` masks [n] by
    name, as of `molkit.chem.kinds.structure_kinds`. `unit` is that of the values, which are decimal logarithms if
    `log`; `classes` names negatives and positives, or all of several; `noun` is what a row is called.
    """

    target: str
    y: np.ndarray
    p: np.ndarray
    cuts: np.ndarray | None = None
    similarity: np.ndarray | None = None
    scaffolds: Sequence[str] = ()
    kinds: Mapping[str, np.ndarray] | None = None
    unit: str = ""
    log: bool = False
    classes: tuple[str, ...] = ("0", "1")
    noun: str = "compound"

    @property
    def loss(self) -> np.ndarray:
        """The absolute error of each number; of each class 1 if it is called wrongly, else 0."""
        if self.cuts is None:
            return np.abs(self.y - self.p)
        if len(self.classes) > 2:
            return (self.p != self.y).astype(float)
        return ((self.p >= self.cuts) != (self.y > 0.5)).astype(float)

    def rows(self, rows: np.ndarray) -> Scored:
        """Some rows of it."""
        return replace(
            self,
            y=self.y[rows],
            p=self.p[rows],
            cuts=None if self.cuts is None else self.cuts[rows],
            similarity=None if self.similarity is None else self.similarity[rows],
            scaffolds=[self.scaffolds[row] for row in rows] if len(self.scaffolds) else (),
            kinds={name: members[rows] for name, members in (self.kinds or {}).items()},
        )


def find_failures(scored: Scored, seed: int) -> Failures:
    """Groups of compounds with larger errors than the others, and the ends of the range that are predicted askew.

    Looked at are the compounds least like the training ones, kinds of structure, frequent scaffolds, and of
    a binary target its classes.
    """
    n = len(scored.y)
    if n > _MOST_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(n, _MOST_ROWS, replace=False))
        scored = scored.rows(chosen)
    groups, too_few = _judged(_groups(scored), len(scored.y))
    loss = scored.loss
    chances = group_chances(loss, list(groups.values()), seed)
    excesses = [
        _excess(scored, name, members, chance, seed)
        for (name, members), chance in zip(groups.items(), chances.tolist(), strict=True)
        if chance <= _LEVEL
    ]
    ends = end_biases(scored, seed) if scored.cuts is None else ()
    shown = sorted(excesses, key=lambda excess: excess.others - excess.loss)
    scaffolds = [excess for excess in shown if _SCAFFOLD in excess.group]
    rest = [excess for excess in shown if excess not in scaffolds]
    names = [name for name in groups if _SCAFFOLD not in name]
    count = len(groups) - len(names)
    looked_at = (*names, *([f"{count} frequent scaffold{'s' * (count > 1)}"] if count else []))
    return Failures(scored.target, n, (*ends, *rest, *scaffolds[:_SHOWN_SCAFFOLDS]), looked_at, too_few, scored.noun)


def _excess(scored: Scored, name: str, members: np.ndarray, chance: float, seed: int) -> Excess:
    loss = scored.loss
    low, high = mean_difference(loss, members, seed)
    means = float(loss[members].mean()), float(loss[~members].mean())
    size = int(members.sum())
    return Excess(
        scored.target, name, size, *means, low, high, chance, scored.unit, scored.log, scored.cuts is not None
    )


_SCAFFOLD = "s of the scaffold "  # after what a row is called


def _groups(scored: Scored) -> dict[str, np.ndarray]:
    groups: dict[str, np.ndarray] = {}
    if scored.similarity is not None and np.isfinite(scored.similarity).any():
        limit = float(np.quantile(scored.similarity, _FAR))
        groups[f"{scored.noun}s least like the training ones (similarity up to {limit:.2f})"] = (
            scored.similarity <= limit
        )
    if scored.cuts is not None:
        groups |= {f"{scored.noun}s measured as {name!r}": scored.y == code for code, name in enumerate(scored.classes)}
    groups |= scored.kinds or {}
    common = Counter(scaffold for scaffold in scored.scaffolds if scaffold).most_common(_MOST_SCAFFOLDS)
    for scaffold, count in common:
        if count >= _FEWEST_OF_SCAFFOLD:
            groups[f"{scored.noun}{_SCAFFOLD}`{scaffold}`"] = np.array([own == scaffold for own in scored.scaffolds])
    return groups


def _judged(groups: Mapping[str, np.ndarray], n: int) -> tuple[dict[str, np.ndarray], tuple[tuple[str, int], ...]]:
    """The groups that are large enough, and the names and sizes of the others that have any members."""
    enough, too_few = {}, []
    for name, members in groups.items():
        size = int(members.sum())
        least = _FEWEST_OF_SCAFFOLD if _SCAFFOLD in name else _FEWEST
        if size >= least and n - size >= _FEWEST:
            enough[name] = members
        elif size < least:
            too_few.append((name, size))
    return enough, tuple(too_few)


def end_biases(scored: Scored, seed: int) -> tuple[EndBias, ...]:
    """The fifths with the lowest and highest measured values where they are predicted too high or low on average.

    Told if the 95 % bootstrap interval of the mean error leaves out 0.
    """
    if not len(scored.y):
        return ()
    limits = np.quantile(scored.y, [_END, 1 - _END])
    found = []
    for end, limit, members in (
        ("lowest", limits[0], scored.y <= limits[0]),
        ("highest", limits[1], scored.y >= limits[1]),
    ):
        n = int(members.sum())
        if n < _FEWEST or limits[0] == limits[1]:
            continue
        errors = (scored.p - scored.y)[members]
        low, high = mean_interval(errors, seed)
        if not low <= 0 <= high:
            found.append(EndBias(scored.target, end, float(limit), n, float(errors.mean()), low, high,
                                 scored.unit, scored.log))  # fmt: skip
    return tuple(found)
