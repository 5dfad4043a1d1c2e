"""Molecules and the corpus of nasty lines for the tests of molkit.chem."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import ModuleType

import pytest
from loaded import load
from rdkit import Chem

from molkit.data.cards import shipped_path

# Drugs and their relatives: rings, stereo, salts, charges, nitro groups, isotopes.
MOLECULES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "C[C@H]1[C@@H](C(=O)O)N2C(=O)[C@@H](NC(=O)Cc3ccccc3)[C@H]2S1",
    "O=[N+]([O-])c1ccc(Cl)c(/C=C/c2ccccn2)c1",
    "CC[S@](=O)c1ccccc1",
    "C[S+]([O-])Cc1nc2ccccc2[nH]1",
    "[O-][n+]1ccccc1C(=O)NN",
    "C[N+](C)(C)CC(=O)[O-]",
    "C[N+](C)(C)CCO.[Cl-]",
    "[NH3+][C@@H](Cc1ccccc1)C(=O)[O-]",
    "CC(=O)[O-].[Na+]",
    "[2H]C([2H])([2H])Oc1ccccc1",
    "CN=[N+]=[N-]",
    "OC1CCC(C)CC1",
    "F/C=C/F",
    "c1ccc2[nH]ccc2c1",
    "C1CC2CCC1CC2",
    "CC(C)(C)OC(=O)N[C@@H](CO)C(=O)N1CCC[C@H]1C#N",
)

# What a look-up by classes of atoms may stumble over: nothing, wildcards, bare atoms, metals, bonds of no usual
# order, explicit hydrogens, isotopes, cages, and so many equal neighbours that RDKit stops counting matches.
ODD = (
    "",
    "*",
    "*c1ccccc1C=O",
    "[H][H]",
    "[Fe]",
    "[Na+].[Cl-]",
    "C[Hg]C",
    "[NH3]->[Pt](Cl)Cl",
    "[Na]~[Cl]",
    "C$C",
    "[2H]C([2H])([2H])OC=O",
    "[13CH3]c1ccccc1[15NH]N",
    "[18OH]C(=O)C[34SH]",
    "[CH2]C=O",
    "[C-]#[O+]",
    "C[O+]=C(C)C",
    "OO",
    "[OH2+]CC=O",
    "[BH4-]",
    "C[Si](C)(C)Cl",
    "C12C3C4C1C5C2C3C45",
    "C1Cc2ccc(cc2)CCc2ccc1cc2",
    "c1ccc2c(c1)ccc1c2ccc2ccccc21",
    "c1cc2cc3ccc(cc4nc(cc5ccc(cc1n2)[nH]5)C=C4)[nH]3",
    "C" + "C(C)(C)" * 5 + "C",
    "C" + "C(C)(C)" * 45 + "C",
    "C" * 300,
    "NCC(=O)" * 40 + "O",
    "CC(=O)OCC.CC(=O)OCC.CC(=O)OCC",
    "F.F.F.F",
    "O=C1C=CC(=O)C=C1",
    "O=[N+]([O-])c1cc([N+](=O)[O-])cc([N+](=O)[O-])c1O",
    "N#CC(C#N)=C1SC(=S)N1N=[N+]=[N-]",
    "BrC(Br)C(=O)OC(=O)CCl",
)


@pytest.fixture(scope="session")
def odd() -> list[Chem.Mol]:
    return [Chem.MolFromSmiles(smiles) for smiles in ODD]


@pytest.fixture(scope="session")
def drugs() -> list[Chem.Mol]:
    """One in eight of the approved drugs."""
    with shipped_path("approved_drugs").open(encoding="utf-8", newline="") as stream:
        return [Chem.MolFromSmiles(row["smiles"]) for row in list(csv.DictReader(stream))[::8]]


@pytest.fixture(scope="session")
def nasty() -> ModuleType:
    """The module tests/data/nasty_lines.py."""
    return load("tests/data/nasty_lines.py")


@pytest.fixture(params=MOLECULES)
def smiles(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def library() -> Path:
    """A library of 500,000 structures, kept beside the repository on some machines."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("MOLKIT_SHARED", beside)) / "datasets/lib_mixed_500k/mixed_500k.smi.gz"
    if not path.exists():
        pytest.skip("the shared library is not on this machine")
    return path


@pytest.fixture
def writings(smiles: str) -> list[str]:
    """Ten random writings, a Kekule one, one with explicit hydrogens and one with atom maps."""
    mol = Chem.MolFromSmiles(smiles)
    found = list(Chem.MolToRandomSmilesVect(mol, 10, 7))
    kekule = Chem.Mol(mol)
    Chem.Kekulize(kekule, clearAromaticFlags=True)
    found.append(Chem.MolToSmiles(kekule, kekuleSmiles=True))
    found.append(Chem.MolToSmiles(Chem.AddHs(mol)))
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(100 - atom.GetIdx())
    found.append(Chem.MolToSmiles(mol))
    return found
