"""Alerts against the patterns of the publications, matched one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from molkit.chem.alerts import ALL_CATALOGUES, alerts, own_alerts, read_pattern, read_patterns
from molkit.errors import InputError


def test_names_are_those_of_all_matching_entries(nci: list[Chem.Mol]) -> None:
    entries = []
    for name in ALL_CATALOGUES:
        parameters = FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
        catalogue = FilterCatalog(parameters)
        entries += [(name, catalogue.GetEntryWithIdx(i)) for i in range(catalogue.GetNumEntries())]
    found = [alerts(mol, ALL_CATALOGUES) for mol in nci[:150]]
    expected = [[f"{n}: {e.GetDescription()}" for n, e in entries if e.HasFilterMatch(mol)] for mol in nci[:150]]
    assert [sorted(names) for names in found] == [sorted(names) for names in expected]
    assert sum(map(bool, found)) > 20
    usual = [[name for name in names if not name.startswith("NIH")] for names in found]
    assert [alerts(mol) for mol in nci[:150]] == usual
    assert usual != found


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
