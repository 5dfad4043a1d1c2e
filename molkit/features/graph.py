"""Molecules to packed graphs, with few RDKit calls per molecule.

Every atom and bond is a code into a small table of classes (about a hundred for drug-like molecules), so
that the first layer of a network is a table look-up. Per molecule two C++ calls are made
(connectivity invariants, bond-order matrix), and one more for each bond or atom whose ring or stereo state
they leave open; all else is array arithmetic over the whole chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem import cip
from molkit.types import Graphs

# Field sizes of an atom class: atomic number, neighbours with hydrogens, hydrogens, charge + 4,
# isotope mass shift + 4, in a ring, aromatic, CIP label. Larger values share the last place.
ATOM_FIELDS = (119, 8, 6, 9, 9, 2, 2, 6)
# Bond class: order (single, double, triple, aromatic, other), in a ring, E/Z label.
BOND_FIELDS = (5, 2, 3)
# Classes that say nothing, for masking: an atom of number 0 and the lowest charge, which no molecule has; a bond of
# other order outside rings, which stands for what has no usual order in any case.
MASKED_ATOM = (0, 0, 0, 0, 0, 0, 0, 0)
MASKED_BOND = (4, 0, 0)

_PERIODIC = Chem.GetPeriodicTable()
_CHIRAL_WITH_LONE_PAIR = np.isin(np.arange(ATOM_FIELDS[0]), (15, 16, 33, 34))
_DOUBLE, _AROMATIC = 1, 3
_ORDER_CODES = np.array([4, 4, 0, 3, 1, 4, 2, 4])  # by twice the bond order: 2 single, 3 aromatic, ...
_BOND_CLASSES = np.stack(np.unravel_index(np.arange(30), BOND_FIELDS), axis=1).astype(np.int16)


@dataclass(frozen=True)
class GraphFeaturizer:
    """Molecular graphs, one node per heavy atom, directed bonds in pairs 2i and 2i + 1."""

    kind: ClassVar[str] = "graph"

    def __call__(self, mols: Sequence[Chem.Mol]) -> Graphs:
        """Pack molecules of at least one atom each; a graph does not depend on its neighbours."""
        counts, table, codes = _atom_codes(mols)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        bonds = _bonds(mols, counts, offsets)
        aromatic = np.zeros(len(codes), np.int64)
        aromatic[bonds.begin[bonds.order == _AROMATIC]] = 1
        aromatic[bonds.end[bonds.order == _AROMATIC]] = 1
        fields = table[codes]
        chirality = _atom_labels(mols, offsets, fields, aromatic, bonds)
        classes, codes = _with_labels(table, codes, aromatic, chirality)
        ring = _ring_bonds(mols, offsets, fields[:, 5] == 1, bonds)
        stereo = _bond_labels(mols, offsets, bonds)
        kinds = np.ravel_multi_index((bonds.order, ring, stereo), BOND_FIELDS)
        return Graphs(
            atoms=codes,
            bonds=np.repeat(kinds.astype(np.int32), 2),
            edges=_both_ways(bonds),
            atom_offsets=offsets,
            edge_offsets=np.concatenate([[0], np.cumsum(2 * np.bincount(bonds.owner, minlength=len(mols)))]),
            atom_classes=classes,
            bond_classes=_BOND_CLASSES,
        )


@dataclass(frozen=True)
class _Bonds:
    """Bonds of a chunk in ascending order: global atom numbers (begin < end), order code, molecule."""

    begin: np.ndarray
    end: np.ndarray
    order: np.ndarray
    owner: np.ndarray


def _atom_codes(mols: Sequence[Chem.Mol]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Atoms per molecule, distinct field rows, and the row number of every atom."""
    invariants = [rdMolDescriptors.GetConnectivityInvariants(mol, True) for mol in mols]
    counts = np.fromiter(map(len, invariants), np.int64, len(mols))
    flat = np.fromiter(chain.from_iterable(invariants), np.uint32, counts.sum())
    distinct, first, codes = np.unique(flat, return_index=True, return_inverse=True)
    starts = np.concatenate([[0], np.cumsum(counts)])
    owners = np.searchsorted(starts, first, side="right") - 1
    table = [
        _atom_fields(mols[owner].GetAtomWithIdx(int(place - starts[owner])))
        for owner, place in zip(owners, first, strict=True)
    ]
    return counts, np.array(table, np.int16).reshape(len(distinct), len(ATOM_FIELDS)), codes


def _atom_fields(atom: Chem.Atom) -> tuple[int, ...]:
    """The quantities that RDKit's connectivity invariant hashes, so equal hashes mean equal fields."""
    number = atom.GetAtomicNum()
    shift = int(atom.GetMass() - _PERIODIC.GetAtomicWeight(number)) if number else 0
    fields = (
        number,
        atom.GetTotalDegree(),
        atom.GetTotalNumHs(True),
        max(atom.GetFormalCharge() + 4, 0),
        max(shift + 4, 0),
        int(atom.IsInRing()),
        0,
        cip.NONE,
    )
    return tuple(min(value, size - 1) for value, size in zip(fields, ATOM_FIELDS, strict=True))


def _bonds(mols: Sequence[Chem.Mol], counts: np.ndarray, offsets: np.ndarray) -> _Bonds:
    orders = np.concatenate([np.empty(0), *(Chem.GetAdjacencyMatrix(mol, True).ravel() for mol in mols)])
    squares = np.concatenate([[0], np.cumsum(counts * counts)])
    place = np.flatnonzero(orders)
    owner = np.repeat(np.arange(len(mols)), np.diff(np.searchsorted(place, squares)))
    row, column = np.divmod(place - squares[owner], counts[owner])
    upper = row < column
    place, owner, row, column = place[upper], owner[upper], row[upper], column[upper]
    order = _ORDER_CODES[np.minimum((2 * orders[place]).astype(np.int64), len(_ORDER_CODES) - 1)]
    return _Bonds(row + offsets[owner], column + offsets[owner], order, owner)


def _ring_bonds(mols: Sequence[Chem.Mol], offsets: np.ndarray, in_ring: np.ndarray, bonds: _Bonds) -> np.ndarray:
    """1 for a bond in a ring.

    An atom in a ring has at least two ring bonds, so where just two of its neighbours are in rings, both
    of those bonds are. RDKit is asked only about bonds whose two ends leave it open.
    """
    within = in_ring[bonds.begin] & in_ring[bonds.end]
    choices = np.bincount(np.concatenate([bonds.begin[within], bonds.end[within]]), minlength=len(in_ring))
    sure = (choices[bonds.begin] == 2) | (choices[bonds.end] == 2) | (bonds.order == _AROMATIC)
    ring = (within & sure).astype(np.int64)
    for place in np.flatnonzero(within & ~sure):
        ring[place] = _bond(mols, offsets, bonds, place).IsInRing()
    return ring


def _atom_labels(
    mols: Sequence[Chem.Mol], offsets: np.ndarray, fields: np.ndarray, aromatic: np.ndarray, bonds: _Bonds
) -> np.ndarray:
    """CIP label of every atom; RDKit is asked only about atoms that can be stereocentres."""
    neighbours = np.bincount(np.concatenate([bonds.begin, bonds.end]), minlength=len(fields))
    number, degree, hydrogens = fields[:, 0], fields[:, 1], fields[:, 2]
    ring_nitrogen = (number == 7) & (fields[:, 5] == 1)
    possible = (degree >= 4) | _CHIRAL_WITH_LONE_PAIR[number] | ring_nitrogen
    places = np.flatnonzero(possible & (neighbours >= 3) & (hydrogens <= 1) & (aromatic == 0))
    owners = np.searchsorted(offsets, places, side="right") - 1
    labels = np.zeros(len(fields), np.int64)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    for owner, part in zip(owners[starts], np.split(places, starts[1:]), strict=False):
        members = part - offsets[owner]
        for index, label in cip.atom_labels(mols[owner], members.tolist()).items():
            labels[offsets[owner] + index] = label
    return labels


def _bond_labels(mols: Sequence[Chem.Mol], offsets: np.ndarray, bonds: _Bonds) -> np.ndarray:
    """E/Z label of every bond; terminal double bonds have none."""
    neighbours = np.bincount(np.concatenate([bonds.begin, bonds.end]), minlength=int(offsets[-1]))
    possible = (bonds.order == _DOUBLE) & (neighbours[bonds.begin] > 1) & (neighbours[bonds.end] > 1)
    labels = np.zeros(len(bonds.order), np.int64)
    for place in np.flatnonzero(possible):
        labels[place] = cip.bond_label(mols[bonds.owner[place]], _bond(mols, offsets, bonds, place))
    return labels


def _bond(mols: Sequence[Chem.Mol], offsets: np.ndarray, bonds: _Bonds, place: Any) -> Chem.Bond:
    owner = bonds.owner[place]
    first = offsets[owner]
    return mols[owner].GetBondBetweenAtoms(int(bonds.begin[place] - first), int(bonds.end[place] - first))


def _with_labels(
    table: np.ndarray, codes: np.ndarray, aromatic: np.ndarray, chirality: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The class table widened by the two fields found later, only classes in use, and the new codes."""
    size = ATOM_FIELDS[6] * ATOM_FIELDS[7]
    wide = codes * size + aromatic * ATOM_FIELDS[7] + chirality
    used = np.flatnonzero(np.bincount(wide))
    classes = table[used // size]
    classes[:, 6], classes[:, 7] = used // ATOM_FIELDS[7] % ATOM_FIELDS[6], used % ATOM_FIELDS[7]
    rank = np.zeros(wide.max(initial=-1) + 1, np.int32)
    rank[used] = np.arange(len(used))
    return classes, rank[wide]


def _both_ways(bonds: _Bonds) -> np.ndarray:
    edges = np.empty((2, 2 * len(bonds.begin)), np.int32)
    edges[0, 0::2] = edges[1, 1::2] = bonds.begin
    edges[1, 0::2] = edges[0, 1::2] = bonds.end
    return edges
