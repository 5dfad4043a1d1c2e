"""How drug-like a molecule is, as one published number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.outline import Outline, outline
from molkit.chem.prefilter import Prefilter, prefilter
from molkit.chem.rules import rule_properties


def qed(mol: Chem.Mol) -> float:
    """Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al., Nat. Chem. 2012, 4, 90).

    >>> round(qed(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")), 2)
    0.55
    """
    seen = outline(mol)
    return qed_from(seen, rule_properties(mol, seen))


def qed_from(seen: Outline, known: Mapping[str, float]) -> float:
    """The same from the outline of a sanitised molecule and its `rule_properties`."""
    from rdkit.Chem import QED

    return float(QED.qed(seen.mol, qedProperties=qed_properties(seen, known)))


def qed_properties(seen: Outline, known: Mapping[str, float]) -> Any:
    """What `rdkit.Chem.QED.properties` gives, from fewer patterns matched and no property computed again."""
    from rdkit.Chem import QED

    mol = seen.mol
    if not seen.plain:
        return QED.properties(mol)
    number = len(QED.StructuralAlerts)
    possible = _patterns().possible(seen)
    alerts = [QED.StructuralAlerts[i] for i in possible if i < number]
    acceptors = [QED.Acceptors[i - number] for i in possible if i >= number]
    aliphatic = {atom for (atom,) in mol.GetSubstructMatches(QED.AliphaticRings)}
    return QED.QEDproperties(
        MW=known["MW"],
        ALOGP=known["logP"],
        HBA=sum(len(mol.GetSubstructMatches(pattern)) for pattern in acceptors),
        HBD=rdMolDescriptors.CalcNumHBD(mol),
        PSA=known["TPSA"],
        ROTB=known["rotatable bonds"],  # by RDKit's default, which is the strict definition that QED asks for
        AROM=_rings_without(aliphatic, seen),
        ALERTS=sum(mol.HasSubstructMatch(pattern) for pattern in alerts),
    )


@lru_cache(maxsize=1)
def _patterns() -> Prefilter:
    from rdkit.Chem import QED

    return prefilter([*QED.StructuralAlerts, *QED.Acceptors])


def _rings_without(removed: set[int], seen: Outline) -> int:
    """Independent rings that are left without some atoms: each bond between atoms joined already closes one."""
    joined = list(range(len(seen.atoms)))
    rings = 0
    for i, j, _ in seen.bonds:
        if i not in removed and j not in removed:
            while joined[i] != i:
                i = joined[i]
            while joined[j] != j:
                j = joined[j]
            rings += i == j
            joined[i] = j
    return rings
