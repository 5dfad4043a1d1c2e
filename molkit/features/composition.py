"""What a protein consists of, as numbers for trees and linear models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from molkit.features.sequence import RESIDUES, UNKNOWN, residue_numbers

_KNOWN = RESIDUES[:-1]
# Three classes of residues by each property (Dubchak et al., Proc. Natl. Acad. Sci. USA 1995, 92, 8700; lists as in
# Li et al., PROFEAT, Nucleic Acids Res. 2006, 34, W32).
_PROPERTIES = {
    "hydrophobicity": ("RKEDQN", "GASTPHY", "CLVIMFW"),
    "volume": ("GASTPDC", "NVEQIL", "MHKFRYW"),
    "polarity": ("LIFWCMVY", "PATGS", "HQRKNED"),
    "polarizability": ("GASDT", "CPNVEQIL", "KMHFRYW"),
    "charge": ("KR", "ANCQGHILMFPSTWYV", "DE"),
    "secondary_structure": ("EALMQKRH", "VIYCWFT", "GNPSD"),
    "accessibility": ("ALFCGIVW", "RKQEND", "MSPTHY"),
}
_PAIRS = ((0, 1), (0, 2), (1, 2))
_QUANTILES = (0, 25, 50, 75, 100)


def _names() -> tuple[str, ...]:
    """Column names in the order of the values."""
    own = [f"residue_{a}" for a in _KNOWN] + [f"residues_{a}{b}" for a in _KNOWN for b in _KNOWN]
    for name in _PROPERTIES:
        own += [f"{name}_{c + 1}" for c in range(3)]
        own += [f"{name}_{a + 1}_beside_{b + 1}" for a, b in _PAIRS]
        own += [f"{name}_{c + 1}_at_{quantile}" for c in range(3) for quantile in _QUANTILES]
    return ("log_length", *own)


@dataclass(frozen=True)
class CompositionFeaturizer:
    """Length, shares of residues and of pairs of neighbours, and composition, transition and distribution.

    The last three, for seven properties: the share of each class of residues, how often two classes are neighbours,
    and where along the protein the first, a quarter, half, three quarters and all of a class are reached. Unknown
    residues count for the length alone; a class that is absent lies at 0.
    """

    kind: ClassVar[str] = "composition"
    names: ClassVar[tuple[str, ...]] = _names()

    def __call__(self, sequences: Sequence[str]) -> np.ndarray:
        """Values, float32 [n, 568]."""
        if not len(sequences):
            return np.empty((0, len(self.names)), np.float32)
        steps = residue_numbers(sequences)
        lengths = np.diff(steps.offsets)
        owner = np.repeat(np.arange(len(sequences)), lengths)
        inner = owner[1:] == owner[:-1]  # neighbours within one protein
        numbers = steps.values - 1
        parts = [np.log(lengths)[:, None], _shares(numbers, owner, len(lengths))]
        parts.append(_pair_shares(numbers, owner, inner, len(lengths)))
        for classes in _PROPERTIES.values():
            kinds = _class_of(classes)[numbers]
            parts.append(_counts(kinds, owner, len(lengths), 3) / lengths[:, None])
            parts.append(_transitions(kinds, owner, inner, lengths))
            parts.append(_places(kinds, owner, steps.offsets))
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")


def _class_of(classes: tuple[str, ...]) -> np.ndarray:
    """The class of each residue, 3 for unknown ones."""
    found = np.full(UNKNOWN, 3, np.int8)
    for place, letters in enumerate(classes):
        found[[RESIDUES.index(letter) for letter in letters]] = place
    return found


def _counts(codes: np.ndarray, owner: np.ndarray, proteins: int, kinds: int) -> np.ndarray:
    """How often each protein has each of the codes below `kinds`, [proteins, kinds]; others are not counted."""
    kept = codes < kinds
    places = owner[kept] * kinds + codes[kept]
    return np.bincount(places, minlength=proteins * kinds).reshape(proteins, kinds)


def _shares(numbers: np.ndarray, owner: np.ndarray, proteins: int) -> np.ndarray:
    counts = _counts(numbers, owner, proteins, len(_KNOWN))
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _pair_shares(numbers: np.ndarray, owner: np.ndarray, inner: np.ndarray, proteins: int) -> np.ndarray:
    known = len(_KNOWN)
    first, second = numbers[:-1][inner], numbers[1:][inner]
    codes = np.where((first < known) & (second < known), first * known + second, known**2)
    counts = _counts(codes, owner[:-1][inner], proteins, known**2)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _transitions(kinds: np.ndarray, owner: np.ndarray, inner: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The share of neighbours that are of two given classes in either order, [proteins, 3]."""
    first, second = kinds[:-1][inner], kinds[1:][inner]
    # the sum of two different classes says which they are: 0 + 1, 0 + 2, 1 + 2
    codes = np.where((first != second) & (first < 3) & (second < 3), first + second - 1, 3)
    return np.asarray(_counts(codes, owner[:-1][inner], len(lengths), 3) / np.maximum(lengths - 1, 1)[:, None])


def _places(kinds: np.ndarray, owner: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Where the first, a quarter, ... of each class are reached, as a share of the length, [proteins, 3 * 5]."""
    lengths = np.diff(offsets)
    columns = []
    for kind in range(3):
        at = np.flatnonzero(kinds == kind)
        counts = np.bincount(owner[at], minlength=len(lengths))
        starts = np.cumsum(counts) - counts
        present = counts > 0
        for quantile in _QUANTILES:
            which = starts + np.maximum(-(-counts * quantile // 100), 1) - 1
            found = np.zeros(len(lengths))
            found[present] = (at[which[present]] - offsets[:-1][present] + 1) / lengths[present]
            columns.append(found)
    return np.stack(columns, axis=1)
