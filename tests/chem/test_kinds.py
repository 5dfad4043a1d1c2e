"""Kinds of structure, on compounds whose kind any chemist knows."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molkit.chem.kinds import KINDS, structure_kinds

ACYCLIC, CHARGED, HEAVY, FLEXIBLE, MACROCYCLE, RARE, HALOGENS, STEREO = KINDS

CASES = {
    "CCO": {ACYCLIC},
    "c1ccccc1": set(),
    "C[N+](C)(C)CCO": {ACYCLIC, CHARGED},  # choline
    "CC(=O)[O-]": {ACYCLIC, CHARGED},
    "O=[N+]([O-])c1ccccc1": set(),  # nitrobenzene
    "c1cc[n+]([O-])cc1": set(),  # pyridine N-oxide
    "C[N+](C)(C)CC(=O)[O-]": {ACYCLIC, CHARGED},  # betaine
    "[N-]=[N+]=NCc1ccccc1": set(),
    "O=C1CCCCCCCCCCCCCC1": {MACROCYCLE},
    "C1CCCCCCCCCC1": set(),  # 11 atoms
    "OB(O)c1ccccc1": {RARE},
    "C[Si](C)(C)C": {ACYCLIC, RARE},
    "COP(=S)(OC)OC": {ACYCLIC},
    "FC(F)(F)C(F)(F)F": {ACYCLIC, HALOGENS},
    "Clc1ccc(Cl)c(Cl)c1": set(),
    "CC(F)Cl": {ACYCLIC, STEREO},
    "C[C@H](F)Cl": {ACYCLIC},
    "CCCCCCCCCCCCCCCC": {ACYCLIC, FLEXIBLE},
    "C" * 100: {ACYCLIC, FLEXIBLE, HEAVY},
    "not a structure": set(),
    "": {ACYCLIC},
}


@pytest.mark.parametrize("smiles", CASES, ids=range(len(CASES)))
def test_kinds_of_known_compounds(smiles: str) -> None:
    assert {name for name, members in structure_kinds([smiles]).items() if members[0]} == CASES[smiles]


def test_rows_stay_in_order_and_writing_does_not_matter() -> None:
    texts = [text for text in CASES if Chem.MolFromSmiles(text) is not None and text]
    again = [Chem.MolToSmiles(Chem.MolFromSmiles(text), doRandom=True) for text in texts]
    found, other = structure_kinds(texts), structure_kinds(again)
    for name, members in found.items():
        assert members.dtype == bool
        assert np.array_equal(members, other[name])
        assert members.tolist() == [name in CASES[text] for text in texts]
