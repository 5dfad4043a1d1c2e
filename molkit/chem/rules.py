"""Rules of thumb on what a drug or a lead looks like, as named violations and never as a filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.crippen import log_p
from molkit.chem.outline import Outline, outline


@dataclass(frozen=True)
class Bound:
    """What a rule allows of one property: nothing below `low`, nothing above `high`."""

    property: str
    high: float
    low: float = float("-inf")


# Lipinski et al., Adv. Drug Deliv. Rev. 1997, 23, 3, with Crippen's logP in place of CLOGP.
# Veber et al., J. Med. Chem. 2002, 45, 2615.
# Hann and Oprea, Curr. Opin. Chem. Biol. 2004, 8, 255; its limit of solubility is left out, as nothing here
# computes one.
RULES: dict[str, tuple[Bound, ...]] = {
    "lipinski": (Bound("MW", 500), Bound("logP", 5), Bound("H donors", 5), Bound("H acceptors", 10)),
    "veber": (Bound("rotatable bonds", 10), Bound("TPSA", 140)),
    "lead_like": (
        Bound("MW", 460),
        Bound("logP", 4.2, -4),
        Bound("rotatable bonds", 10),
        Bound("rings", 4),
        Bound("H donors", 5),
        Bound("H acceptors", 9),
    ),
}


def rule_properties(mol: Chem.Mol, seen: Outline | None = None) -> dict[str, float]:
    """The properties that the rules look at; `seen` is the outline of the molecule where it is at hand.

    Average molecular weight (g/mol); logP of Wildman and Crippen (J. Chem. Inf. Comput. Sci. 1999, 39, 868);
    donors are the hydrogens on N and O, acceptors all N and O, as Lipinski counts them; TPSA in square
    angstrom (Ertl et al., J. Med. Chem. 2000, 43, 3714); rings of the smallest set.
    """
    return {
        "MW": rdMolDescriptors._CalcMolWt(mol),
        "logP": log_p(seen or outline(mol)),
        "H donors": rdMolDescriptors.CalcNumLipinskiHBD(mol),
        "H acceptors": rdMolDescriptors.CalcNumLipinskiHBA(mol),
        "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds(mol),
        "TPSA": rdMolDescriptors.CalcTPSA(mol),
        "rings": rdMolDescriptors.CalcNumRings(mol),
    }


def violations(rule: str, properties: Mapping[str, float]) -> list[str]:
    """Each bound of a rule of `RULES` that the properties are beyond, with the value.

    >>> violations("lipinski", rule_properties(Chem.MolFromSmiles("C" * 40)))
    ['MW 563.096 > 500', 'logP 15.85 > 5']
    """
    found = []
    for bound in RULES[rule]:
        value = properties[bound.property]
        if value > bound.high:
            found.append(f"{bound.property} {_beyond(value, bound.high)} > {bound.high:g}")
        elif value < bound.low:
            found.append(f"{bound.property} {_beyond(value, bound.low)} < {bound.low:g}")
    return found


def _beyond(value: float, limit: float) -> str:
    """A value with at least 6 digits, and with as many as show that it is not the limit.

    >>> _beyond(500.00000001, 500)
    '500.00000001'
    """
    texts = (f"{value:.{digits}g}" for digits in range(6, 18))
    return next((text for text in texts if float(text) != limit), repr(value))
