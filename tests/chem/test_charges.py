"""molkit.chem.charges changes charges and nothing else."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molkit.chem.charges import neutralised, without_dipoles


@pytest.mark.parametrize(
    ("dipolar", "neutral"),
    [
        ("CC[S@+]([O-])c1ccccc1", "CC[S@](=O)c1ccccc1"),
        ("C[P+](C)(C)[CH-]C", "CC=P(C)(C)C"),
        ("[CH2-][N+]#N", "C=[N+]=[N-]"),
        ("C[N-][N+]#N", "CN=[N+]=[N-]"),
        ("[O-]C(C)=[NH+]C", "CNC(C)=O"),
    ],
)
def test_dipoles_have_one_form_and_one_inchi(dipolar: str, neutral: str) -> None:
    mol = Chem.MolFromSmiles(dipolar)
    result, notes = without_dipoles(mol)
    assert Chem.MolToSmiles(result) == Chem.CanonSmiles(neutral)
    assert Chem.MolToInchiKey(result) == Chem.MolToInchiKey(mol)
    assert notes


@pytest.mark.parametrize(
    "smiles",
    [
        "C[N+](=O)[O-]",
        "[O-][n+]1ccccc1",
        "C[N+](C)(C)CC(=O)[O-]",
        "[C-]#[N+]C",
        "CC=[N+](C)[O-]",
        "C#[N+][O-]",
        "CS(C)=O",
        "C[S+](C)C",
    ],
)
def test_other_charges_stay(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    assert without_dipoles(mol) == (mol, [])
    result, changed = neutralised(mol)
    assert not changed
    assert Chem.MolToSmiles(result) == Chem.MolToSmiles(mol)


@pytest.mark.parametrize("smiles", ["CC(=O)[O-]", "C[NH3+]", "[NH3+]CC(=O)[O-]", "c1c[nH+]c[nH]1", "C[S-]"])
def test_ions_become_neutral_by_protons_alone(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    result, changed = neutralised(mol)
    assert changed
    assert Chem.GetFormalCharge(result) == 0
    assert result.GetNumHeavyAtoms() == mol.GetNumHeavyAtoms()
    assert Chem.MolToInchiKey(result)[:14] == Chem.MolToInchiKey(mol)[:14]


def test_what_cannot_lose_its_charge_keeps_it() -> None:
    mol = Chem.MolFromSmiles("F[P-](F)(F)(F)(F)F")
    assert neutralised(mol) == (mol, False)
