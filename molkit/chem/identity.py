"""Which rows are the same compound, and which are too alike to stand on both sides of a split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolHash

from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS


def inchikey(mol: Chem.Mol) -> str:
    """The full standard InChIKey, the identity of a row; "" if InChI cannot make one.

    Heller et al., InChI, J. Cheminform. 2015, 7:23.

    >>> inchikey(Chem.MolFromSmiles("CCO"))
    'LFQSCWFLJHTTHZ-UHFFFAOYSA-N'
    """
    try:
        with QUIET:
            return str(Chem.MolToInchiKey(mol))
    except RDKIT_ERRORS:  # InChI refuses some molecules that RDKit accepts
        return ""


def leak_keys(mol: Chem.Mol, key: str | None = None) -> tuple[str, str]:
    """Two keys; molecules that share either must not stand on both sides of a split.

    The first block of the InChIKey ignores stereo, isotopes, and part of protonation and tautomerism;
    the hash of hetero-atom tautomers (RDKit's HetAtomTautomerv2) covers more tautomers. A key that
    cannot be computed is "" and shared with nobody. `key` is the InChIKey, if it is known already (it costs
    half as much as parsing).

    >>> lactam, lactim = (leak_keys(Chem.MolFromSmiles(s)) for s in ("O=c1cccc[nH]1", "Oc1ccccn1"))
    >>> lactam[1] == lactim[1]
    True
    """
    return (inchikey(mol) if key is None else key)[:14], _tautomer_hash(mol)


def _tautomer_hash(mol: Chem.Mol) -> str:
    try:
        with QUIET:
            flat = Chem.Mol(mol)
            Chem.RemoveStereochemistry(flat)
            if any(atom.GetIsotope() for atom in flat.GetAtoms()):
                for atom in flat.GetAtoms():
                    atom.SetIsotope(0)
                flat = Chem.RemoveHs(flat)
            return str(rdMolHash.MolHash(flat, rdMolHash.HashFunction.HetAtomTautomerv2))
    except RDKIT_ERRORS:  # some exotic molecules have no hash; the other key still holds
        return ""


def leak_groups(keys: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Group numbers [B] of rows that share a key, directly or through other rows.

    Groups are numbered by first appearance. Disjoint sets with path halving (Tarjan & van Leeuwen,
    J. ACM 1984, 31:245).

    >>> leak_groups([("a", "x"), ("b", "y"), ("c", "x"), ("", ""), ("", "")]).tolist()
    [0, 1, 0, 2, 3]
    """
    parent = list(range(len(keys)))
    first_row: dict[tuple[int, str], int] = {}
    for row, pair in enumerate(keys):
        for column, key in enumerate(pair):
            if key:
                _join(parent, first_row.setdefault((column, key), row), row)
    numbers: dict[int, int] = {}
    groups = [numbers.setdefault(_root(parent, row), len(numbers)) for row in range(len(keys))]
    return np.array(groups, dtype=np.int64)


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _join(parent: list[int], first: int, second: int) -> None:
    a, b = _root(parent, first), _root(parent, second)
    parent[max(a, b)] = min(a, b)
