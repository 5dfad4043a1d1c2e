"""Alerts against the patterns of the publications, matched one by one."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from molkit.chem.alerts import CATALOGUES, alerts


def test_names_are_those_of_all_matching_entries(nci: list[Chem.Mol]) -> None:
    entries = []
    for name in CATALOGUES:
        parameters = FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
        catalogue = FilterCatalog(parameters)
        entries += [(name, catalogue.GetEntryWithIdx(i)) for i in range(catalogue.GetNumEntries())]
    found = [alerts(mol) for mol in nci[:150]]
    expected = [[f"{n}: {e.GetDescription()}" for n, e in entries if e.HasFilterMatch(mol)] for mol in nci[:150]]
    assert [sorted(names) for names in found] == [sorted(names) for names in expected]
    assert sum(map(bool, found)) > 20


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
