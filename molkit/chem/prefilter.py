"""Which of many patterns a molecule may match, told without matching any.

All parts that the patterns require (`molkit.chem.requirements`) are counted at once, in one long integer with a
byte for each part. What an atom can stand for is found once for each class of atoms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from rdkit import Chem

from molkit.chem.outline import LARGEST, Outline
from molkit.chem.requirements import ORDERS, Part, requirements

_UNUSUAL = 0.0  # stands for every bond order that is not in ORDERS


@dataclass(frozen=True)
class Roles:
    """The parts that an atom can begin, end, or be without any bond: bytes of 0 and 1 in long integers."""

    begin: int = 0
    end: int = 0
    alone: int = 0

    def __or__(self, other: Roles) -> Roles:
        return Roles(self.begin | other.begin, self.end | other.end, self.alone | other.alone)


@dataclass(frozen=True)
class Prefilter:
    """Patterns taken apart by `prefilter`, and what is known of atoms so far.

    Need i is that part `part[i]` is there `least[i]` times (uint16, uint8); the last are always met, and fill a
    word of 64 bits. Column j of `needs` (uint64) has the bits of what an alternative of pattern `owner[j]` needs.
    """

    patterns: int
    parts: int
    roles: tuple[tuple[Chem.Mol, Roles], ...]
    allowed: dict[float, int]
    part: np.ndarray
    least: np.ndarray
    needs: np.ndarray
    owner: np.ndarray
    classes: dict[int, Roles] = field(default_factory=dict)

    def possible(self, seen: Outline) -> list[int]:
        """Ascending numbers of the patterns that a molecule may match; none that it does match is missing.

        If the outline is not plain, these are all patterns.
        """
        if not seen.plain:
            return list(range(self.patterns))
        counts = np.frombuffer(self._counts(seen).to_bytes(self.parts + 1, "little"), np.uint8)
        short = np.packbits(counts[self.part] < self.least).view(np.uint64)
        excluded = np.bitwise_or.reduce(self.needs & short[:, None], axis=0)
        return sorted(set(self.owner[excluded == 0].tolist()))

    def _counts(self, seen: Outline) -> int:
        """How often the molecule has each part, a byte for each."""
        for index, name in enumerate(seen.atoms):
            if name not in self.classes:
                self.classes[name] = self._learned(seen.mol, index)
        atoms = [self.classes[name] for name in seen.atoms]
        total = sum(roles.alone for roles in atoms)
        unusual = self.allowed[_UNUSUAL]
        for i, j, order in seen.bonds:
            one, other = atoms[i], atoms[j]
            total += (one.begin & other.end | one.end & other.begin) & self.allowed.get(order, unusual)
        return total

    def _learned(self, mol: Chem.Mol, index: int) -> Roles:
        found = Roles()
        for query, roles in self.roles:
            if (index,) in mol.GetSubstructMatches(query, maxMatches=LARGEST):
                found |= roles
        return found


def prefilter(patterns: Sequence[Chem.Mol | None]) -> Prefilter:
    """Take patterns apart; one that is None is always possible."""
    alternatives = [(i, needed) for i, pattern in enumerate(patterns) for needed in requirements(pattern)]
    parts = tuple({part: None for _, needed in alternatives for part in needed})
    place = {part: i for i, part in enumerate(parts)}
    needs = {need: i for i, need in enumerate({need: None for _, needed in alternatives for need in needed.items()})}
    padding = 64 - len(needs) % 64
    bits = np.zeros((len(alternatives), len(needs) + padding), bool)
    for row, (_, needed) in enumerate(alternatives):
        bits[row, [needs[need] for need in needed.items()]] = True
    return Prefilter(
        patterns=len(patterns),
        parts=len(parts),
        roles=_roles(parts),
        allowed={order: _allowing(parts, order) for order in (*ORDERS.values(), _UNUSUAL)},
        part=np.array([place[part] for part, _ in needs] + [len(parts)] * padding, np.uint16),
        least=np.array([least for _, least in needs] + [0] * padding, np.uint8),
        needs=np.ascontiguousarray(np.packbits(bits, axis=1).view(np.uint64).T),
        owner=np.array([i for i, _ in alternatives], np.int64),
    )


def _roles(parts: tuple[Part, ...]) -> tuple[tuple[Chem.Mol, Roles], ...]:
    """Every weakened atom of the parts as a query, and its roles."""
    roles: defaultdict[str, Roles] = defaultdict(Roles)
    for i, part in enumerate(parts):
        byte = 1 << 8 * i
        if part.end is None:
            roles[part.begin] |= Roles(alone=byte)
        else:
            roles[part.begin] |= Roles(begin=byte)
            roles[part.end] |= Roles(end=byte)
    return tuple((Chem.MolFromSmarts(smarts), found) for smarts, found in roles.items())


def _allowing(parts: tuple[Part, ...], order: float) -> int:
    """The parts of bonds that may have this order."""
    bits = bytes(part.orders is None or order in part.orders for part in parts)
    return int.from_bytes(bits, "little")
