"""Undefined stereochemistry: how much there is, and which isomers it stands for."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from rdkit import Chem

from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS

_UNSPECIFIED = Chem.StereoSpecified.Unspecified
_TETRAHEDRAL = Chem.StereoType.Atom_Tetrahedral
_DOUBLE = Chem.StereoType.Bond_Double
_TRIES = 4  # combinations tried per isomer wanted, since meso and impossible ones fall away


def undefined_stereo(mol: Chem.Mol) -> int:
    """The number of stereocentres and double bonds of a sanitised molecule left undefined.

    Atoms with two hydrogens, C=NH, and the ends of cumulated double bonds have no isomers that could
    be told apart, and are not counted.

    >>> undefined_stereo(Chem.MolFromSmiles("CC(F)C=CC"))
    2
    """
    return len(_undefined(mol))


def isomers(mol: Chem.Mol, limit: int = 8) -> list[Chem.Mol]:
    """Up to `limit` stereoisomers that the undefined elements allow; `[mol]` if nothing is undefined.

    Defined stereo stays. Each isomer is read from its canonical SMILES, and they are sorted by it. Of
    more than `limit` isomers, a sample is taken that depends on the canonical SMILES of `mol` alone.
    Strained isomers that cannot exist, as of bridged rings, are not sorted out; a few dependent centres
    of cages that RDKit's parser does not keep stay undefined.

    >>> [Chem.MolToSmiles(isomer) for isomer in isomers(Chem.MolFromSmiles("CC(F)Cl"))]
    ['C[C@@H](F)Cl', 'C[C@H](F)Cl']
    """
    if not _undefined(mol):
        return [mol]
    with QUIET:
        smiles = Chem.MolToSmiles(mol)
        base = Chem.MolFromSmiles(smiles)
        elements = [] if base is None else _undefined(base)
        found: dict[str, Chem.Mol] = {}
        for choice in _choices(len(elements), _TRIES * limit, zlib.crc32(smiles.encode())):
            isomer = Chem.MolFromSmiles(Chem.MolToSmiles(_with_stereo(base, elements, choice)))
            if isomer is not None:
                found.setdefault(Chem.MolToSmiles(isomer), isomer)
            if len(found) == limit:
                break
    return [found[key] for key in sorted(found)] or [mol]


def _undefined(mol: Chem.Mol) -> list[Chem.StereoInfo]:
    try:
        elements = Chem.FindPotentialStereo(mol)
    except RDKIT_ERRORS:  # perception gives up on some cages
        return []
    return [element for element in elements if element.specified == _UNSPECIFIED and _is_real(mol, element)]


def _is_real(mol: Chem.Mol, element: Chem.StereoInfo) -> bool:
    if element.type == _TETRAHEDRAL:
        return int(mol.GetAtomWithIdx(element.centeredOn).GetTotalNumHs()) < 2
    if element.type != _DOUBLE:
        return False
    bond = mol.GetBondWithIdx(element.centeredOn)
    return not any(_is_loose_end(atom) for atom in (bond.GetBeginAtom(), bond.GetEndAtom()))


def _is_loose_end(atom: Chem.Atom) -> bool:
    """N of C=NH, whose hydrogen moves, or an atom with a second double bond (allene, isocyanate)."""
    if atom.GetAtomicNum() == 7 and atom.GetTotalNumHs(includeNeighbors=True):
        return True
    return sum(bond.GetBondType() == Chem.BondType.DOUBLE for bond in atom.GetBonds()) > 1


def _choices(elements: int, tries: int, seed: int) -> Iterator[int]:
    """Different bit patterns of the given width: all in a shuffled order, or a sample of `tries`."""
    source = random.Random(seed)
    if elements <= 16:
        yield from source.sample(range(2**elements), min(2**elements, tries))
        return
    yield from dict.fromkeys(source.getrandbits(elements) for _ in range(tries))


def _with_stereo(base: Chem.Mol, elements: list[Chem.StereoInfo], choice: int) -> Chem.Mol:
    """A copy in which bit i of `choice` decides the configuration of element i."""
    mol = Chem.Mol(base)
    for i, element in enumerate(elements):
        up = bool(choice >> i & 1)
        if element.type == _TETRAHEDRAL:
            tag = Chem.ChiralType.CHI_TETRAHEDRAL_CW if up else Chem.ChiralType.CHI_TETRAHEDRAL_CCW
            mol.GetAtomWithIdx(element.centeredOn).SetChiralTag(tag)
        else:
            bond = mol.GetBondWithIdx(element.centeredOn)
            ends = list(element.controllingAtoms)
            bond.SetStereoAtoms(ends[0], ends[2])
            bond.SetStereo(Chem.BondStereo.STEREOCIS if up else Chem.BondStereo.STEREOTRANS)
    return mol
