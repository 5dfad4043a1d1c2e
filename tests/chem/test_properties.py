"""Properties of a profile against RDKit's descriptors."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdMolDescriptors

from molkit.chem.properties import profile_properties
from molkit.chem.rules import RULES, rule_properties, violations

ORACLES = {
    "molecular_weight": Descriptors.MolWt,
    "logP": Crippen.MolLogP,
    "hydrogen_bond_acceptors": Lipinski.NOCount,
    "hydrogen_bond_donors": Lipinski.NHOHCount,
    "rotatable_bonds": Lipinski.NumRotatableBonds,
    "tpsa": Descriptors.TPSA,
    "rings": Lipinski.RingCount,
    "stereo_centers": rdMolDescriptors.CalcNumAtomStereoCenters,
    "fraction_sp3": Lipinski.FractionCSP3,
    "formal_charge": Chem.GetFormalCharge,
    "QED": QED.qed,
}


def test_properties_are_those_of_rdkit(drugs: list[Chem.Mol], odd: list[Chem.Mol]) -> None:
    for mol in [*drugs, *odd]:
        found = profile_properties(mol)
        assert {name: found[name] for name in ORACLES} == {name: oracle(mol) for name, oracle in ORACLES.items()}


def test_rules_are_told_by_what_is_broken(drugs: list[Chem.Mol]) -> None:
    kept = set()
    for mol in drugs:
        found = profile_properties(mol)
        known = rule_properties(mol)
        for rule in RULES:
            assert found[f"{rule}_violated"] == "; ".join(violations(rule, known))
        assert found["Lipinski"] == sum(
            [
                found["molecular_weight"] <= 500,
                found["logP"] <= 5,
                found["hydrogen_bond_donors"] <= 5,
                found["hydrogen_bond_acceptors"] <= 10,
            ]
        )
        kept.add(found["Lipinski"])
    assert len(kept) > 3
