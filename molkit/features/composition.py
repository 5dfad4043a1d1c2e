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
        owner, numbers = np.repeat(np.arange(len(lengths)), lengths), steps.values - 1
        residues = _counts(owner, numbers, UNKNOWN, len(lengths))
        inner = owner[1:] == owner[:-1]  # neighbours within one protein
        pairs = _counts(owner[1:][inner], (numbers[:-1] * UNKNOWN + numbers[1:])[inner], UNKNOWN**2, len(lengths))
        pairs = pairs.reshape(-1, UNKNOWN, UNKNOWN)
        known = len(_KNOWN)
        parts = [np.log(lengths)[:, None], _shares(residues[:, :known])]
        parts.append(_shares(pairs[:, :known, :known].reshape(len(lengths), -1)))
        for classes in _PROPERTIES.values():
            member = _members(classes)
            beside = np.einsum("nab,ai,bj->nij", pairs, member, member, optimize=True)
            counts = (residues @ member).astype(np.int64)
            parts.append(counts / lengths[:, None])
            mixed = np.stack([beside[:, i, j] + beside[:, j, i] for i, j in _PAIRS], axis=1)
            parts.append(mixed / np.maximum(lengths - 1, 1)[:, None])
            parts.append(_places(member.astype(bool).T[:, numbers], counts, steps.offsets))
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")


def _members(classes: tuple[str, ...]) -> np.ndarray:
    """1 where a residue is in a class, float64 [residues, 3]; unknown ones are in none."""
    return np.array([[float(letter in own) for own in classes] for letter in RESIDUES])


def _counts(owner: np.ndarray, codes: np.ndarray, kinds: int, proteins: int) -> np.ndarray:
    """How often each protein has each of the codes, float64 [proteins, kinds]."""
    return np.bincount(owner * kinds + codes, minlength=proteins * kinds).reshape(proteins, kinds).astype(np.float64)


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _places(inside: np.ndarray, counts: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Where the first, a quarter, ... of each class are reached, as a share of the length, [proteins, 3 * 5].

    `inside` bool [3, residues of all], `counts` [proteins, 3].
    """
    lengths = np.diff(offsets)
    columns = []
    for own, count in zip(inside, counts.T, strict=True):
        at, starts, present = np.flatnonzero(own), np.cumsum(count) - count, count > 0
        for quantile in _QUANTILES:
            which = starts + np.maximum(-(-count * quantile // 100), 1) - 1
            found = np.zeros(len(lengths))
            found[present] = (at[which[present]] - offsets[:-1][present] + 1) / lengths[present]
            columns.append(found)
    return np.stack(columns, axis=1)
