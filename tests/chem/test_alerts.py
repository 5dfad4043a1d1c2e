"""Alerts against RDKit's catalogues, of which every pattern is matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.FilterCatalog import (
    FilterCatalog,
    FilterCatalogEntry,
    FilterCatalogParams,
    FilterMatcherBase,
    FilterMatchOps,
    SmartsMatcher,
)

from molkit.chem.alerts import ALL_CATALOGUES, _pattern, alerts, own_alerts, read_pattern, read_patterns
from molkit.errors import InputError


def catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(parameters)


def test_names_are_those_of_all_matches_in_their_order(
    drugs: list[Chem.Mol], nci: list[Chem.Mol], odd: list[Chem.Mol]
) -> None:
    catalogues = {name: catalogue(name) for name in ALL_CATALOGUES}
    for mol in [*drugs, *nci[:150], *odd, *map(Chem.AddHs, odd[:14])]:
        found = {name: [f"{name}: {e.GetDescription()}" for e in c.GetMatches(mol)] for name, c in catalogues.items()}
        assert alerts(mol, ALL_CATALOGUES) == [*found["PAINS"], *found["BRENK"], *found["NIH"]]
        assert alerts(mol) == [*found["PAINS"], *found["BRENK"]]
        assert alerts(mol, ("NIH",)) == found["NIH"]
    assert alerts(nci[0], ()) == []


def test_every_entry_of_the_catalogues_gives_its_pattern(nci: list[Chem.Mol]) -> None:
    """Else alerts would still be right, but slow: RDKit has changed how it stores them."""
    for name in ALL_CATALOGUES:
        entries = catalogue(name)
        for i in range(entries.GetNumEntries()):
            entry = entries.GetEntryWithIdx(i)
            pattern = _pattern(entry)
            assert pattern is not None
            assert all(mol.HasSubstructMatch(pattern) == entry.HasFilterMatch(mol) for mol in nci[:10])


@pytest.mark.parametrize(
    "matcher",
    [
        FilterMatchOps.Not(SmartsMatcher("oxygen", "O")),
        FilterMatchOps.And(SmartsMatcher("oxygen", "O"), SmartsMatcher("carbon", "C")),
        SmartsMatcher("at most two carbons", "C", 0, 2),
    ],
)
def test_the_pattern_of_an_entry_that_needs_no_match_is_not_asked_for(matcher: FilterMatcherBase) -> None:
    assert _pattern(FilterCatalogEntry("other", matcher)) is None


@pytest.mark.parametrize(
    ("smiles", "part"),
    [
        ("O=[N+]([O-])c1ccccc1", "BRENK: nitro_group"),
        ("CC=O", "BRENK: aldehyde"),
        ("O=C1C=CC(=O)C=C1", "PAINS: quinone_A"),
        ("S=C1NC(=O)C(=Cc2ccccc2)S1", "PAINS: ene_rhod"),
    ],
)
def test_well_known_offenders(smiles: str, part: str) -> None:
    assert any(name.startswith(part) for name in alerts(Chem.MolFromSmiles(smiles)))


@pytest.mark.parametrize("smiles", ["CCO", "NCC(=O)O", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"])
def test_harmless_molecules_have_none(smiles: str) -> None:
    assert alerts(Chem.MolFromSmiles(smiles)) == []


def test_own_patterns_are_named_where_they_match() -> None:
    lines = ["# my list", "", "primary amine [NX3;H2]", "hydroxyl\t[OX2H]", "acid C(=O)[OX2H]"]
    patterns = [(name, Chem.MolFromSmarts(smarts)) for name, smarts in read_patterns(lines, "own.smarts")]
    assert own_alerts(Chem.MolFromSmiles("NCC(=O)O"), patterns) == ["own: primary amine", "own: hydroxyl", "own: acid"]
    assert own_alerts(Chem.MolFromSmiles("CCO"), patterns) == ["own: hydroxyl"]
    assert own_alerts(Chem.MolFromSmiles("CC"), patterns) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[OX2H]", "line 2: expected a name"),
        ("acid C(=O", "line 2: 'C(=O' is not a SMARTS"),
        ("C(=O)[OX2H] acid", "line 2: 'C(=O)[OX2H]' reads as a SMARTS; the name comes first"),
        ("[NX3;H2] CN", "line 2: '[NX3;H2]' reads as a SMARTS; the name comes first"),
        ("acid ⚗", "line 2: '⚗' is not a SMARTS"),
        ("long " + "C" * 3000, "line 2: 'CCC"),
    ],
)
def test_a_line_that_is_no_pattern_is_named(line: str, said: str) -> None:
    with pytest.raises(InputError, match=r"own\.smarts, ") as caught:
        read_patterns(["fine [OX2H]", line], "own.smarts")
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["nitro", "N", "CO?", "CN group", "C-1", "acid (free)"])
def test_ordinary_names_are_names(name: str) -> None:
    assert read_patterns([f"{name} [OX2H]"], "own.smarts") == [(name, "[OX2H]")]


def test_a_file_without_patterns_is_refused() -> None:
    with pytest.raises(InputError, match="holds no pattern"):
        read_patterns(["# nothing", " "], "own.smarts")


@given(st.text(alphabet="CNO[]()=#;,!$&*~:@0123456789HXRvDa-+%.", max_size=30))
def test_any_text_is_a_pattern_or_none(text: str) -> None:
    pattern = read_pattern(text)
    assert pattern is None or pattern.GetNumAtoms() > 0
