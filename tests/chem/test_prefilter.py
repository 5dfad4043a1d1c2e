"""Possible patterns against matching, and against a count of the parts with RDKit's own matcher."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem import QED

from molkit.chem.outline import outline
from molkit.chem.prefilter import prefilter
from molkit.chem.requirements import Part, requirements

# One of each construction of the language, and the patterns of QED.
SMARTS = (
    "[C,N]-,=[O,S;!H0]",
    "[$([#6]=O),$(C#N),$([$(S=O),$(s)])]",
    "[$(C=O);!$(CN)]~[#7;+,$(N~O)]",
    "[CX3;!R](=[O;X1])[N;H1,H2]",
    "[R]@[R0]",
    "C!@C-;@C",
    "*1~*~*~1",
    "[r5,r6]:[v4]",
    "[O-,S-,N+]",
    "[13C][18O]",
    "[C@@H](N)O",
    "F.Cl.[!#6;!#1]",
    "N.N.N",
    "c:c-c:c",
    "C=C-C=O",
    "[D3;x2]",
    "[^2]=[#8]",
    "[!$(*=O)]1aaaaa1",
    "[H]C",
    "[Hg,Pt,#26,Si]",
    "[N:1]=[N:2]",
    "C/C=C/C",
    "[#6]$[#6]",
)
PATTERNS = [*map(Chem.MolFromSmarts, SMARTS), *QED.StructuralAlerts, *QED.Acceptors]


@pytest.fixture(scope="module")
def mols(drugs: list[Chem.Mol], nci: list[Chem.Mol], odd: list[Chem.Mol]) -> list[Chem.Mol]:
    return [*drugs, *nci[::20], *odd]


def test_no_pattern_that_matches_is_missing(mols: list[Chem.Mol]) -> None:
    sieve = prefilter(PATTERNS)
    kept = matched = 0
    for mol in mols:
        possible = sieve.possible(outline(mol))
        found = {i for i, pattern in enumerate(PATTERNS) if mol.HasSubstructMatch(pattern)}
        assert found <= set(possible)
        assert possible == sorted(set(possible))
        kept, matched = kept + len(possible), matched + len(found)
    assert matched > 2 * len(mols)
    assert kept < 0.25 * len(mols) * len(PATTERNS)


def test_possible_is_what_has_all_the_parts(mols: list[Chem.Mol]) -> None:
    sieve = prefilter(PATTERNS)
    required = [requirements(pattern) for pattern in PATTERNS]
    for mol in mols[::4]:
        if outline(mol).plain:
            enough = [
                i
                for i, alternatives in enumerate(required)
                if any(all(_count(mol, part) >= least for part, least in one.items()) for one in alternatives)
            ]
            assert sieve.possible(outline(mol)) == enough


def _count(mol: Chem.Mol, part: Part) -> int:
    if part.end is None:
        return len(mol.GetSubstructMatches(Chem.MolFromSmarts(part.begin)))
    found = mol.GetSubstructMatches(Chem.MolFromSmarts(f"{part.begin}~{part.end}"))
    orders = [mol.GetBondBetweenAtoms(*pair).GetBondTypeAsDouble() for pair in found]
    return sum(part.orders is None or order in part.orders for order in orders)


def test_what_is_possible_does_not_depend_on_the_writing_or_on_what_came_before(drugs: list[Chem.Mol]) -> None:
    sieve = prefilter(PATTERNS)
    found = [sieve.possible(outline(mol)) for mol in drugs[:60]]
    other = prefilter(PATTERNS)
    for mol, possible in reversed(list(zip(drugs, found, strict=False))):
        (smiles,) = Chem.MolToRandomSmilesVect(mol, 1, 3)
        assert other.possible(outline(Chem.MolFromSmiles(smiles))) == possible


def test_everything_is_possible_where_the_outline_is_not_plain() -> None:
    assert prefilter(PATTERNS).possible(outline(Chem.MolFromSmiles("*"))) == list(range(len(PATTERNS)))


def test_a_pattern_that_is_not_known_is_always_possible() -> None:
    sieve = prefilter([Chem.MolFromSmarts("Br"), None])
    assert sieve.possible(outline(Chem.MolFromSmiles("CC"))) == [1]
    assert prefilter([None]).possible(outline(Chem.MolFromSmiles("CC"))) == [0]
    assert prefilter([]).possible(outline(Chem.MolFromSmiles("CC"))) == []
