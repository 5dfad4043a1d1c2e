"""What a molecule must hold at the least before a SMARTS pattern can match it.

A pattern is taken apart into its bonds, and every atom is weakened to what can be told of a molecule's atom
alone: element, aromaticity, hydrogens, neighbours, charge, and whether it is in a ring. A match maps the atoms
and bonds of a pattern to as many different ones of the molecule, so where parts are missing the pattern does
not match.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

ORDERS = {"-": 1.0, ":": 1.5, "=": 2.0, "#": 3.0}
_BOND = re.compile(r"([-:=#](?:,[-:=#])*)(?:&!?@)?")  # orders, and perhaps whether it is in a ring
# Primitives of an atom (Daylight theory manual, chapter 4) that need no look at its surroundings.
_OF_THE_ATOM = re.compile(r"!?(\*|A|a|#\d+|[BCNOPSFI]|Cl|Br|Si|[bcnops]|se|H\d*|X\d*|R0?|[+-]\d*)")


@dataclass(frozen=True)
class Part:
    """A bond of a pattern: two weakened atoms as SMARTS, and the orders allowed, None for any order.

    An atom without bonds has no `end`.
    """

    begin: str
    end: str | None = None
    orders: tuple[float, ...] | None = None


def requirements(pattern: Chem.Mol | None) -> list[Counter[Part]]:
    """Parts and how often each is needed; a molecule that falls short of every Counter cannot match.

    Nothing is needed of a pattern that is not known, which is None.

    >>> [dict(needed) for needed in requirements(Chem.MolFromSmarts("[CX3;!$(CN)]=[O;v2]"))]
    [{Part(begin='[C&X3&*]', end='[O&*]', orders=(2.0,)): 1}]
    """
    return [Counter()] if pattern is None else [_parts(alternative) for alternative in _alternatives(pattern)]


def _alternatives(pattern: Chem.Mol) -> Iterator[Chem.Mol]:
    """The patterns of which one must match: those in [$(...),$(...)], which says no more, or the pattern itself."""
    smarts = pattern.GetAtomWithIdx(0).GetSmarts() if pattern.GetNumAtoms() == 1 else ""
    primitives = _split(smarts[1:-1])
    if not all(text.startswith("$(") if i % 2 == 0 else text == "," for i, text in enumerate(primitives)):
        yield pattern
        return
    for text in primitives[::2]:
        yield from _alternatives(_recursive(text))


def _parts(pattern: Chem.Mol) -> Counter[Part]:
    ringed = Chem.Mol(pattern)
    Chem.FastFindRings(ringed)
    listed = list(ringed.GetAtoms())
    atoms = [_weakened(atom.GetSmarts(), atom.IsInRing()) for atom in listed]
    found = Counter(Part(weak) for atom, weak in zip(listed, atoms, strict=True) if not atom.GetDegree())
    for bond in list(ringed.GetBonds()):
        begin, end = sorted((atoms[bond.GetBeginAtomIdx()], atoms[bond.GetEndAtomIdx()]))
        found[Part(begin, end, _orders(Chem.Bond.GetSmarts(bond)))] += 1
    return found


@cache
def _orders(smarts: str) -> tuple[float, ...] | None:
    if not smarts:
        return ORDERS["-"], ORDERS[":"]
    match = _BOND.fullmatch(smarts)
    return tuple(sorted({ORDERS[symbol] for symbol in match[1].split(",")})) if match else None


@cache
def _weakened(smarts: str, in_ring: bool = False) -> str:
    """An atom, where what looks at its surroundings is now *, and a nested pattern its first atom.

    >>> _weakened("[#6;H1,$(C=O);!$(CN);r5]", in_ring=True)
    '[#6;H1,$([C]);*;*;R]'
    """
    inner = _split(smarts[1:-1]) if smarts.startswith("[") else [smarts]
    weak = "".join(text if text in "&,;" else _weakened_primitive(text) for text in inner)
    return f"[{weak};R]" if in_ring else f"[{weak}]"


def _weakened_primitive(text: str) -> str:
    if text.startswith("$("):
        return f"$({_weakened(_recursive(text).GetAtomWithIdx(0).GetSmarts())})"
    return text if _OF_THE_ATOM.fullmatch(text) else "*"


def _recursive(text: str) -> Chem.Mol:
    """The pattern in $(...)."""
    return Chem.MolFromSmarts(text[2:-1])


def _split(inner: str) -> list[str]:
    """Primitives and, between them, the operators of an atom as RDKit writes it.

    >>> _split("#6;H1,$(C(=O)[N,O])")
    ['#6', ';', 'H1', ',', '$(C(=O)[N,O])']
    """
    found, depth = [""], 0
    for character in inner:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in "&,;":
            found += [character, ""]
        else:
            found[-1] += character
    return found
