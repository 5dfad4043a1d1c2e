"""Stereo labels that do not depend on how a structure is written.

Raw chirality tags (clockwise, counter-clockwise) follow the order in which neighbours are written, so a
model that reads them gives one molecule several answers. CIP labels do not (IUPAC 2013, P-92).
"""

from __future__ import annotations

from collections.abc import Iterable

from rdkit import Chem
from rdkit.Chem import rdCIPLabeler

NONE, R, S, PSEUDO_R, PSEUDO_S, UNLABELLED = range(6)
_ATOM_LABELS = {"R": R, "S": S, "r": PSEUDO_R, "s": PSEUDO_S}

E, Z = 1, 2
_BOND_LABELS = {Chem.BondStereo.STEREOE: E, Chem.BondStereo.STEREOZ: Z}

# The complete CIP rules can take exponential time; drug-like molecules need under 1,000 steps.
_MOST_STEPS = 100_000


def atom_labels(mol: Chem.Mol, candidates: Iterable[int]) -> dict[int, int]:
    """CIP codes `R`..`UNLABELLED` of those candidate atoms that carry a chirality mark.

    RDKit labels true stereocentres while parsing. Marked centres without such a label depend on each
    other (cis and trans 1,4-cyclohexanes); for them the complete CIP rules are run on a copy, so that the
    caller's molecule stays as it was (Hanson et al., J. Chem. Inf. Model. 2018, 58, 1755).

    >>> mol = Chem.MolFromSmiles("C[C@H](N)C(=O)O")
    >>> atom_labels(mol, [1]) == {1: S}
    True
    """
    labels: dict[int, int] = {}
    unlabelled: list[int] = []
    for index in candidates:
        atom = mol.GetAtomWithIdx(int(index))
        if atom.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
            continue
        if atom.HasProp("_CIPCode"):
            labels[int(index)] = _ATOM_LABELS.get(atom.GetProp("_CIPCode"), UNLABELLED)
        else:
            unlabelled.append(int(index))
    if unlabelled:
        labels.update(_dependent_labels(mol, unlabelled))
    return labels


def bond_label(mol: Chem.Mol, bond: Chem.Bond) -> int:
    """`E`, `Z` or `NONE` of one double bond of `mol`."""
    stereo = bond.GetStereo()
    if stereo in (Chem.BondStereo.STEREOTRANS, Chem.BondStereo.STEREOCIS):
        copy = Chem.Mol(mol)
        Chem.SetDoubleBondNeighborDirections(copy)  # the only form from which RDKit finds E and Z
        Chem.AssignStereochemistry(copy, cleanIt=True, force=True)
        stereo = copy.GetBondWithIdx(bond.GetIdx()).GetStereo()
    return _BOND_LABELS.get(stereo, NONE)


def _dependent_labels(mol: Chem.Mol, indices: list[int]) -> dict[int, int]:
    copy = Chem.Mol(mol)
    try:
        rdCIPLabeler.AssignCIPLabels(copy, indices, [], _MOST_STEPS)
    except RuntimeError:  # the step limit; the marks are then told apart from none, not from each other
        return dict.fromkeys(indices, UNLABELLED)
    atoms = ((index, copy.GetAtomWithIdx(index)) for index in indices)
    return {
        index: _ATOM_LABELS[atom.GetProp("_CIPCode")] if atom.HasProp("_CIPCode") else UNLABELLED
        for index, atom in atoms
    }
