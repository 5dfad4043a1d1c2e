"""Rules of thumb against RDKit's own descriptors and the published limits."""

from __future__ import annotations

import re

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, Lipinski

from molkit.chem.rules import RULES, rule_properties, violations


def broken(smiles: str) -> dict[str, list[str]]:
    properties = rule_properties(Chem.MolFromSmiles(smiles))
    return {rule: violations(rule, properties) for rule in RULES}


def test_properties_are_those_of_rdkit(nci: list[Chem.Mol]) -> None:
    for mol in nci[:200]:
        found = rule_properties(mol)
        assert found["MW"] == pytest.approx(Descriptors.MolWt(mol))
        assert found["logP"] == pytest.approx(Crippen.MolLogP(mol))
        assert found["H donors"] == Lipinski.NHOHCount(mol)
        assert found["H acceptors"] == Lipinski.NOCount(mol)
        assert found["rotatable bonds"] == Lipinski.NumRotatableBonds(mol)
        assert found["TPSA"] == pytest.approx(Descriptors.TPSA(mol))
        assert found["rings"] == mol.GetRingInfo().NumRings()


def test_a_drug_within_all_rules_violates_none() -> None:
    assert broken("CC(C)Cc1ccc(cc1)C(C)C(=O)O") == {"lipinski": [], "veber": [], "lead_like": []}


@pytest.mark.parametrize(
    ("rule", "property", "value", "beyond"),
    [
        ("lipinski", "MW", 500, 500.01),
        ("lipinski", "MW", 500, 500.0000001),
        ("lead_like", "logP", -4, -4.0000000000001),
        ("lipinski", "logP", 5, 5.001),
        ("lipinski", "H donors", 5, 6),
        ("lipinski", "H acceptors", 10, 11),
        ("veber", "rotatable bonds", 10, 11),
        ("veber", "TPSA", 140, 140.1),
        ("lead_like", "MW", 460, 460.5),
        ("lead_like", "logP", 4.2, 4.3),
        ("lead_like", "logP", -4, -4.1),
        ("lead_like", "rings", 4, 5),
        ("lead_like", "H donors", 5, 6),
        ("lead_like", "H acceptors", 9, 10),
    ],
)
def test_a_limit_itself_is_allowed_and_what_lies_beyond_is_named(
    rule: str, property: str, value: float, beyond: float
) -> None:
    harmless = dict.fromkeys(("MW", "logP", "H donors", "H acceptors", "rotatable bonds", "TPSA", "rings"), 0.0)
    assert violations(rule, harmless | {property: value}) == []
    (said,) = violations(rule, harmless | {property: beyond})
    match = re.fullmatch(rf"{property} (\S+) [<>] (\S+)", said)
    assert match is not None
    assert (float(match[1]), float(match[2])) == (pytest.approx(beyond), value)
    assert (float(match[1]) > value) == (beyond > value)
    assert float(match[1]) != value


def test_every_violation_is_named() -> None:
    peptide = "NCC(=O)" * 12 + "O"
    assert [said.split()[0] for said in broken(peptide)["lipinski"]] == ["MW", "H", "H"]
    assert len(broken(peptide)["veber"]) == 2
