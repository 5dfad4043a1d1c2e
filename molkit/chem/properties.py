"""The plain properties of an ADMET profile: what a chemist wants to see beside the predictions."""

from __future__ import annotations

from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.drug_likeness import qed_from
from molkit.chem.outline import outline
from molkit.chem.rules import RULES, rule_properties, violations


def profile_properties(mol: Chem.Mol) -> dict[str, Any]:
    """Properties of a sanitised molecule, named as ADMET-AI names them where it has them.

    Those that rules look at are of `rule_properties`, in its units, so donors and acceptors are counted as
    Lipinski does. `Lipinski` is how many of his four bounds are kept; `lipinski_violated`, `veber_violated` and
    `lead_like_violated` name the bounds that are not, an empty text if there are none.

    >>> profile_properties(Chem.MolFromSmiles("C" * 40))["lipinski_violated"]
    'MW 563.096 > 500; logP 15.85 > 5'
    """
    seen = outline(mol)
    known = rule_properties(mol, seen)
    broken = {rule: violations(rule, known) for rule in RULES}
    return {
        "molecular_weight": known["MW"],
        "logP": known["logP"],
        "hydrogen_bond_acceptors": known["H acceptors"],
        "hydrogen_bond_donors": known["H donors"],
        "rotatable_bonds": known["rotatable bonds"],
        "tpsa": known["TPSA"],
        "rings": known["rings"],
        "stereo_centers": rdMolDescriptors.CalcNumAtomStereoCenters(mol),
        "fraction_sp3": rdMolDescriptors.CalcFractionCSP3(mol),
        "formal_charge": Chem.GetFormalCharge(mol),
        "QED": qed_from(seen, known),
        "Lipinski": len(RULES["lipinski"]) - len(broken["lipinski"]),
        **{f"{rule}_violated": "; ".join(said) for rule, said in broken.items()},
    }
