"""logP and molar refractivity by atoms, looked up from what surrounds them.

Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868. RDKit matches 110 patterns to find the types of
atoms. None of them looks beyond the neighbours of an atom, save that an oxygen and its hydrogens depend on the
neighbours of its neighbours as well. So equal surroundings have equal shares, and RDKit is asked only about
those not met before.
"""

from __future__ import annotations

from math import factorial
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.outline import LARGEST, Outline

Surroundings = tuple[Any, ...]
Share = tuple[float, float]  # of logP, of molar refractivity
_SHARES: dict[Surroundings, tuple[Share, list[Share]]] = {}  # by surroundings: of the atom, of its hydrogens
_ROOM = 20_000  # 25 MB; 100,000 library molecules have 18,000 different surroundings
_OXYGEN = Chem.MolFromSmarts("[#8]")
_MOST_MATCHES = 1000  # after which RDKit stops to match a pattern


def log_p(seen: Outline) -> float:
    """logP as RDKit has it, to the last bit."""
    total = 0.0
    for share, _ in shares(seen):  # the sum() of newer Pythons rounds otherwise
        total += share
    return total


def shares(seen: Outline) -> list[Share]:
    """What every atom, then the hydrogens of each atom in turn, add to logP and refractivity.

    >>> from molkit.chem.outline import outline
    >>> shares(outline(Chem.MolFromSmiles("C")))
    [(0.1441, 2.503), (0.123, 1.057), (0.123, 1.057), (0.123, 1.057), (0.123, 1.057)]
    """
    surroundings = _surroundings(seen)
    found = [_SHARES[key] for key in surroundings if key in _SHARES]
    if not found or len(found) < len(surroundings):
        return _asked(seen.mol, surroundings)
    return [share for share, _ in found] + [share for _, hydrogens in found for share in hydrogens]


def _surroundings(seen: Outline) -> list[Surroundings]:
    """Of each atom its class and its bonds with the neighbours' classes, of an oxygen those of its neighbours too.

    Nothing for a molecule that is not plain, nor for one in which a pattern might match too often.
    """
    near: list[list[int]] = [[] for _ in seen.atoms]
    for i, j, order in seen.bonds:
        code = int(2 * order)  # a neighbour and the bond to it as one number
        near[i].append(16 * seen.atoms[j] + code)
        near[j].append(16 * seen.atoms[i] + code)
    if not seen.plain or sum(factorial(len(bonds)) for bonds in near) > _MOST_MATCHES:
        return []
    stars: list[Surroundings] = [(atom, *sorted(bonds)) for atom, bonds in zip(seen.atoms, near, strict=True)]
    reach: dict[int, list[Surroundings]] = {i: [] for (i,) in seen.mol.GetSubstructMatches(_OXYGEN, maxMatches=LARGEST)}
    for i, j, order in seen.bonds:
        if i in reach:
            reach[i].append((order, stars[j]))
        if j in reach:
            reach[j].append((order, stars[i]))
    for i, others in reach.items():
        stars[i] = (stars[i], *sorted(others))
    return stars


def _asked(mol: Chem.Mol, surroundings: list[Surroundings]) -> list[Share]:
    """The shares from RDKit, which are kept for atoms of these surroundings while there is room."""
    full = Chem.AddHs(mol)
    found = list(rdMolDescriptors._CalcCrippenContribs(full))
    for i, key in enumerate(surroundings if len(_SHARES) < _ROOM else []):
        neighbours = [atom.GetIdx() for atom in full.GetAtomWithIdx(i).GetNeighbors()]
        _SHARES[key] = found[i], [found[j] for j in neighbours if j >= len(surroundings)]
    return found
