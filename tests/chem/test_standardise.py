"""molkit.chem.standardise: the known traps, and independence of how a structure is written."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest
from rdkit import Chem

from molkit.chem.parse import parse
from molkit.chem.standardise import Policy, Structure, needs_full_policy, read_structure, standardise
from molkit.types import Problem


def same(smiles: str) -> str:
    return str(Chem.CanonSmiles(smiles))


def standard(text: str, policy: Policy | None = None) -> str:
    found = read_structure(text, policy or Policy())
    assert isinstance(found, Structure), found
    return str(Chem.MolToSmiles(found.mol))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # pyrantel pamoate: the counter-ion is the larger component
        ("CN1CCCN=C1/C=C/c1cccs1.O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O", "CN1CCCN=C1/C=C/c1cccs1"),
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("CC(=O)O[Na]", "CC(=O)O"),
        ("[Na].CC(=O)O", "CC(=O)O"),
        ("CC(=O)[O-].CC(=O)[O-].[Ca+2]", "CC(=O)O"),
        ("Cl.CN(C)C.O", "CN(C)C"),
        ("C[NH+](C)C.[Cl-]", "CN(C)C"),
        ("C[NH+](C)C.F[P-](F)(F)(F)(F)F", "CN(C)C"),
        ("c1ccc(CN)cc1.c1ccc(C[NH3+])cc1.OS(=O)(=O)[O-]", "NCc1ccccc1"),
        ("CC(=O)[O-].[NH4+]", "CC(=O)O"),
        ("[Na+].[C-]#N", "C#N"),
        ("CCO.O", "CCO"),
        ("OCC.[2H]O[2H]", "CCO"),
        ("NN.O", "NN"),
        # isotopes
        ("[2H]C([2H])([2H])O", "[2H]C([2H])([2H])O"),
        ("[2H]O[2H]", "[2H]O[2H]"),
        ("CC[13CH2][O-].[K+]", "CC[13CH2]O"),
        # charges that stay
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO"),
        ("[O-][n+]1ccccc1", "[O-][n+]1ccccc1"),
        # amino acids: one form, the uncharged one
        ("[NH3+][C@@H](C)C(=O)[O-]", "N[C@@H](C)C(=O)O"),
        ("N[C@@H](C)C(=O)O", "N[C@@H](C)C(=O)O"),
        ("[NH3+][C@@H](C)C(=O)O.[Cl-]", "N[C@@H](C)C(=O)O"),
        # one form of dipolar groups
        ("CN(=O)=O", "C[N+](=O)[O-]"),
        ("C[N-][N+]#N", "CN=[N+]=[N-]"),
        ("CN=N#N", "CN=[N+]=[N-]"),
        ("O=n1ccccc1", "[O-][n+]1ccccc1"),
        ("CC[S+]([O-])C", "CCS(C)=O"),
        ("CC[S@+]([O-])C", "CC[S@@](C)=O"),
        ("C[S+2]([O-])([O-])C", "CS(C)(=O)=O"),
        ("C[P+](C)(C)[O-]", "CP(C)(C)=O"),
        ("[O-]C(C)=[N+](C)C", "CC(=O)N(C)C"),
        ("[O-]c1cccc[n+]1C", "Cn1ccccc1=O"),
        # tautomers are two structures
        ("Oc1ccccn1", "Oc1ccccn1"),
        ("O=c1cccc[nH]1", "O=c1cccc[nH]1"),
        # no carbon, but a covalent molecule
        ("O", "O"),
        ("[OH-]", "O"),
    ],
)
def test_expected_parent(text: str, expected: str) -> None:
    assert standard(text) == same(expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("N[Pt](N)(Cl)Cl", "Pt"),
        ("[NH3].[NH3].[Cl-].[Cl-].[Pt+2]", "Pt"),
        ("[CH-]1C=CC=C1.[CH-]1C=CC=C1.[Fe+2]", "Fe"),
        ("C[Mg]Br", "Mg"),
        ("[Li]CCCC", "Li"),
        ("[Li+].[CH2-]CCC", "organometallic"),
        ("[Na+].[Cl-]", "inorganic salt"),
        ("[NH4+].[Cl-]", "inorganic salt"),
        ("[Na]", "single atom"),
        ("[Xe]", "single atom"),
        ("[H+]", "hydrogen"),
        ("[H][H]", "hydrogen"),
        ("*CC", "wildcard"),
        ("[Fe]<-N", "bond"),
        ("C~C", "bond"),
        ("C[CH]C", "unpaired"),
        ("[C][C][O]", "unpaired"),
        ("F[C@H]Cl", "unpaired"),
        ("CCCCCCN.CCCCCCO", "mixture"),
        ("C[N+](C)(C)CCO.OC(=O)c1ccccc1O", "mixture"),
        ("CCO |Sg:n:1:3:ht|", "repeat units"),
    ],
)
def test_unsupported_with_a_reason(text: str, words: str) -> None:
    found = read_structure(text)
    assert isinstance(found, Problem), found
    assert found.status == "unsupported"
    assert words in found.reason


def test_mixtures_may_be_cut_to_the_largest() -> None:
    policy = Policy(mixtures="largest")
    assert standard("CCCCCCO.CCCCCCCN.Cl", policy) == "CCCCCCCN"
    assert standard("CCCCCCCN.CCCCCCO", policy) == standard("CCCCCCO.CCCCCCCN", policy)


def test_notes_say_what_was_done() -> None:
    def notes(text: str) -> tuple[str, ...]:
        found = read_structure(text)
        assert isinstance(found, Structure)
        return found.notes

    assert notes("CC(=O)Oc1ccccc1C(=O)O") == ()
    assert notes("C[N+](C)(C)CC(=O)[O-]") == ()
    assert notes("[CH3:1][OH:2]") == ()
    assert notes("O.Cl.CN") == ("removed salt: chloride", "removed solvent: water")
    assert notes("CC(=O)[O-].[Na+]") == ("removed salt: sodium", "neutralised")


def test_racemic_marks_are_not_read_as_one_enantiomer() -> None:
    assert standard("C[C@H](F)Cl |&1:1|") == "CC(F)Cl"
    assert standard("C[C@H](F)Cl |a:1|") == same("C[C@H](F)Cl")


def test_the_writing_does_not_matter(smiles: str, writings: list[str]) -> None:
    expected = standard(smiles)
    assert {standard(text) for text in writings} == {expected}
    assert standard(expected) == expected


def test_fast_and_full_path_agree(smiles: str) -> None:
    mol = parse(smiles)
    full = standardise(mol)
    assert isinstance(full, Structure)
    if not needs_full_policy(smiles, mol):
        assert full.notes == ()
        assert Chem.MolToSmiles(full.mol) == Chem.MolToSmiles(mol)


def test_the_input_molecule_is_not_changed() -> None:
    mol = Chem.MolFromSmiles("[CH3:5]C(=O)[O-].[Na+]")
    before = mol.ToBinary(Chem.PropertyPickleOptions.AllProps)
    standardise(mol)
    assert mol.ToBinary(Chem.PropertyPickleOptions.AllProps) == before


def test_stereo_is_labelled_as_by_the_parser() -> None:
    found = read_structure("[NH3+][C@@H](C)C(=O)[O-].[Na+].[Cl-]")
    assert isinstance(found, Structure)
    parsed = Chem.MolFromSmiles(Chem.MolToSmiles(found.mol))
    labels = [[atom.GetPropsAsDict().get("_CIPCode") for atom in mol.GetAtoms()] for mol in (found.mol, parsed)]
    assert labels[0] == labels[1]
    assert "S" in labels[0]


@pytest.mark.shared
def test_fast_path_on_library_molecules(library: Path) -> None:
    with gzip.open(library, "rt") as lines:
        texts = [line.split("\t")[0] for line in islice(lines, 3000)]
    fast = [(text, mol) for text in texts if not needs_full_policy(text, mol := parse(text))]
    assert len(fast) > 0.85 * len(texts)
    for text, mol in fast:
        full = standardise(mol)
        assert isinstance(full, Structure), text
        assert full.notes == (), text
        assert Chem.MolToSmiles(full.mol) == Chem.MolToSmiles(mol), text
