"""Bemis-Murcko scaffolds."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS


def scaffold(mol: Chem.Mol) -> str:
    """Canonical SMILES of rings and linkers without stereo; "" for acyclic molecules; never raises.

    Bemis & Murcko, J. Med. Chem. 1996, 39:2887; as in RDKit, atoms double-bonded to it belong to it.

    >>> scaffold(Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1"))
    'c1ccccc1'
    >>> scaffold(Chem.MolFromSmiles("CCO"))
    ''
    """
    try:
        if mol.GetRingInfo().NumRings() == 0:
            return ""
        with QUIET:
            return str(Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(mol), isomericSmiles=False))
    except RDKIT_ERRORS:  # a scaffold only groups rows; a molecule without one stands in the acyclic group
        return ""
