"""What molkit does not model: wildcards, queries, coordination compounds, metals, radicals."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdqueries

from molkit.chem.salts import COUNTER_METALS
from molkit.types import Problem

# Patterns rather than loops over atoms: a search in C++ costs 3 us, a loop in Python 40 us.
_WILDCARD = Chem.MolFromSmarts("[#0]")
_OTHER_BOND = Chem.MolFromSmarts("*!-!=!#!:*")
_ODD_ELEMENT = Chem.MolFromSmarts("[!#1!#5!#6!#7!#8!#9!#14!#15!#16!#17!#33!#34!#35!#52!#53]")
_ELEMENTS = "H, B, C, N, O, F, Si, P, S, Cl, As, Se, Br, Te and I"
_RADICAL = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)
_POLYMER = frozenset({"SRU", "MON", "MER", "COP", "CRO", "MOD", "GRA", "MIX", "FOR", "ANY"})


def open_structure(mol: Chem.Mol) -> Problem | None:
    """Refuses wildcards, query atoms and bonds, repeat units and coordinate bonds."""
    if mol.HasSubstructMatch(_WILDCARD):
        return _unsupported("The structure holds a wildcard or an R group; expected one definite molecule.")
    if mol.HasSubstructMatch(_OTHER_BOND):
        return _unsupported(
            "The structure holds a coordinate, quadruple or unspecified bond; expected single, "
            "double, triple or aromatic ones."
        )
    if mol.HasQuery():
        return _unsupported("The structure holds query atoms or bonds; expected one definite molecule.")
    if mol.HasProp("_molLinkNodes") or any(_is_polymer(group) for group in Chem.GetMolSubstanceGroups(mol)):
        return _unsupported(
            "The structure holds repeat units (a polymer, a mixture or a formulation); expected one definite molecule."
        )
    return None


def _is_polymer(group: Chem.SubstanceGroup) -> bool:
    return group.HasProp("TYPE") and group.GetProp("TYPE") in _POLYMER


def metal(mol: Chem.Mol) -> Problem | None:
    """Refuses metals, except the single ions of a salt beside something else, and noble gases."""
    if mol.GetNumHeavyAtoms() == 0:
        return _unsupported("The structure consists of hydrogen alone; molkit models organic molecules.")
    for (index,) in mol.GetSubstructMatches(_ODD_ELEMENT):
        atom = mol.GetAtomWithIdx(index)
        if mol.GetNumAtoms() == 1:
            return _unsupported(
                f"The structure is a single atom of {atom.GetSymbol()}; molkit models organic molecules."
            )
        if atom.GetAtomicNum() not in COUNTER_METALS or atom.GetDegree() > 0:
            return _unsupported(
                f"{atom.GetSymbol()} is part of the compound; molkit models neither metal "
                f"compounds nor elements beyond {_ELEMENTS}."
            )
    return None


def has_radical(mol: Chem.Mol) -> bool:
    """True if any atom has an unpaired electron."""
    return len(mol.GetAtomsMatchingQuery(_RADICAL)) > 0


def radical(mol: Chem.Mol) -> Problem | None:
    """Refuses unpaired electrons, which most often are hydrogens forgotten in a bracket."""
    for atom in mol.GetAtomsMatchingQuery(_RADICAL):
        count = atom.GetNumRadicalElectrons()
        return _unsupported(
            f"{atom.GetSymbol()} has {count} unpaired electron{'s' if count > 1 else ''}: a "
            "bracket atom carries only the hydrogens written in it, as in [CH3]. Molkit does "
            "not model radicals."
        )
    return None


def _unsupported(reason: str) -> Problem:
    return Problem("unsupported", reason)
