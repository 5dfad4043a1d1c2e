"""One way to write charges: dipolar bonds become neutral, ions gain or lose protons.

The rules are local: each names two or three atoms and moves one charge along their bonds. Chirality
marks stay valid, since neither neighbours nor their order change.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdchem

from molkit.chem.rdkit_errors import RDKIT_ERRORS

# name, pattern, charge steps of the pattern's atoms, order steps of its consecutive bonds
_RULES = (
    ("dipolar bond to S or P", "[#15,#16,#33,#34,#52;+,+2,+3]-[C,#7,#8,#16,#34;-1]", (-1, 1), (1,)),
    ("azide or diazo group", "[C,N;-1]-[N;+1]#[N;X1;+0]", (1, 0, -1), (1, -1)),
    ("dipolar amide", "[O,S,Se;X1;-1]-[#6X3]=,:[#7X3;+1;!$([#7+]-[O-])]", (1, 0, -1), (1, -1)),
)
_CHARGED = Chem.MolFromSmarts("[!+0]")
_STEPS = 100  # more dipoles than this in one structure are left as they are
_SINGLE_UP = {
    rdchem.BondType.SINGLE: rdchem.BondType.DOUBLE,
    rdchem.BondType.DOUBLE: rdchem.BondType.TRIPLE,
}
_DOWN = {rdchem.BondType.TRIPLE: rdchem.BondType.DOUBLE, rdchem.BondType.DOUBLE: rdchem.BondType.SINGLE}


def has_dipole(mol: Chem.Mol) -> bool:
    """True if `without_dipoles` has something to do; its outcome may then depend on the order of atoms."""
    return mol.HasSubstructMatch(_CHARGED) and any(mol.HasSubstructMatch(rule[1]) for rule in _patterns())


def without_dipoles(mol: Chem.Mol) -> tuple[Chem.Mol, list[str]]:
    """Sulfoxides, phosphine oxides, ylides, azides and amides in their neutral form, and what changed.

    Nitro groups and N-oxides, which have no neutral form within the valence rules, keep the charges
    that RDKit gives them. If a change cannot be sanitised, `mol` comes back as it was.

    >>> Chem.MolToSmiles(without_dipoles(Chem.MolFromSmiles("C[S+]([O-])C"))[0])
    'CS(C)=O'
    """
    edited = Chem.RWMol(mol)
    names: list[str] = []
    for name, pattern, charges, orders in _patterns():
        for _ in range(_STEPS):
            match = edited.GetSubstructMatch(pattern)
            if not match:
                break
            _shift(edited, match, charges, orders)
            names.append(name)
    if not names:
        return mol, []
    try:
        Chem.SanitizeMol(edited)
    except RDKIT_ERRORS:
        return mol, []
    return edited.GetMol(), [f"rewrote {name}" for name in dict.fromkeys(names)]


def _shift(mol: Chem.RWMol, match: tuple[int, ...], charges: tuple[int, ...], orders: tuple[int, ...]) -> None:
    for index, step in zip(match, charges, strict=True):
        atom = mol.GetAtomWithIdx(index)
        atom.SetFormalCharge(atom.GetFormalCharge() + step)
    for begin, end, step in zip(match, match[1:], orders, strict=False):
        bond = mol.GetBondBetweenAtoms(begin, end)
        table = _SINGLE_UP if step > 0 else _DOWN
        bond.SetBondType(table.get(bond.GetBondType(), bond.GetBondType()))  # an aromatic bond stays
        bond.SetBondDir(rdchem.BondDir.NONE)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, Chem.Mol, tuple[int, ...], tuple[int, ...]]]:
    return [(name, Chem.MolFromSmarts(smarts), charges, orders) for name, smarts, charges, orders in _RULES]


def neutralised(mol: Chem.Mol) -> tuple[Chem.Mol, bool]:
    """The molecule with protons added or removed until it is as neutral as it can be, and whether so.

    Centres that cannot lose their charge (quaternary nitrogen) keep it, and so do the anions that
    balance them (betaine). RDKit's Uncharger in canonical atom order, so the writing does not matter.
    """
    charged = mol.GetSubstructMatches(_CHARGED)
    if not charged:
        return mol, False
    try:
        result = _uncharger().uncharge(mol)
        if _charges(mol, charged) == _charges(result, result.GetSubstructMatches(_CHARGED)):
            return mol, False
        Chem.SanitizeMol(result)
    except RDKIT_ERRORS:  # hexafluorophosphate would get a seventh bond
        return mol, False
    return result, True


def _charges(mol: Chem.Mol, matches: tuple[tuple[int, ...], ...]) -> list[tuple[int, int]]:
    return [(index, mol.GetAtomWithIdx(index).GetFormalCharge()) for (index,) in matches]


@lru_cache(maxsize=1)
def _uncharger() -> Any:
    from rdkit.Chem.MolStandardize import rdMolStandardize

    return rdMolStandardize.Uncharger(canonicalOrder=True)
