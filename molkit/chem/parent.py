"""Which component of a structure is the compound."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from molkit.chem.charges import neutralised
from molkit.chem.salts import COUNTER_METALS, salt_name, solvent_name
from molkit.types import Problem

_CARBON = Chem.MolFromSmarts("[#6]")
# Carbon anions other than cyanide and the ends of dipoles (isonitrile, ylide).
_CARBANION = Chem.MolFromSmarts("[#6;-,-2,-3,-4;!$(*#*);!$(*~[+])]")


@dataclass(frozen=True)
class _Fragment:
    """One kind of component in its neutral form; `key` is its canonical SMILES."""

    mol: Chem.Mol
    key: str
    solvent: str
    salt: str
    organic: bool
    neutralised: bool
    metal: bool


def parent(mol: Chem.Mol, mixtures: str) -> tuple[Chem.Mol, list[str]] | Problem:
    """The neutral organic parent of a sanitised molecule and what was done, or a Problem.

    Inorganic components go first, then solvents, then listed counter-ions, each only if something
    organic stays. Equal components count once. Several different ones are a mixture: refused if
    `mixtures` is "reject", else the one with most heavy atoms stays.
    """
    if len(Chem.GetMolFrags(mol)) == 1:
        neutral, changed = neutralised(mol)
        return neutral, ["neutralised"] * changed
    fragments = _fragments(mol)
    has_metal = any(fragment.metal for fragment in fragments)
    if has_metal and mol.HasSubstructMatch(_CARBANION):
        return Problem(
            "unsupported",
            "A metal ion beside a carbanion is an organometallic compound; molkit models organic molecules.",
        )
    kept = [fragment for fragment in fragments if fragment.organic] or fragments
    kept = [fragment for fragment in kept if not fragment.solvent] or kept
    kept = [fragment for fragment in kept if not fragment.salt] or kept
    if not kept[0].organic and (len(kept) > 1 or has_metal):
        return Problem(
            "unsupported", "The structure is an inorganic salt; nothing organic is left when its ions are taken apart."
        )
    if len(kept) > 1 and mixtures == "reject":
        return _mixture(kept)
    chosen = max(kept, key=lambda fragment: (fragment.mol.GetNumHeavyAtoms(), fragment.key))
    notes = [_removal(fragment) for fragment in fragments if fragment is not chosen]
    return chosen.mol, notes + ["neutralised"] * chosen.neutralised


def _fragments(mol: Chem.Mol) -> list[_Fragment]:
    """The different components, sorted by their neutral SMILES."""
    found: dict[str, _Fragment] = {}
    for part in Chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False):
        Chem.SanitizeMol(part)
        neutral, changed = neutralised(part)
        key = Chem.MolToSmiles(neutral)
        if key not in found:
            metal = part.GetNumAtoms() == 1 and part.GetAtomWithIdx(0).GetAtomicNum() in COUNTER_METALS
            found[key] = _Fragment(
                neutral,
                key,
                solvent_name(neutral),
                salt_name(neutral),
                neutral.HasSubstructMatch(_CARBON),
                changed,
                metal,
            )
    return [found[key] for key in sorted(found)]


def _mixture(kept: list[_Fragment]) -> Problem:
    shown = ", ".join(fragment.key for fragment in kept[:3]) + (", ..." if len(kept) > 3 else "")
    listed = ", each of which is also a common counter-ion" if all(f.salt for f in kept) else ""
    return Problem(
        "unsupported",
        f"This is a mixture of {len(kept)} different organic components{listed}: "
        f"{shown}. Give each a row of its own, or allow mixtures, which keeps the "
        "largest.",
    )


def _removal(fragment: _Fragment) -> str:
    if fragment.solvent:
        return f"removed solvent: {fragment.solvent}"
    if fragment.salt:
        return f"removed salt: {fragment.salt}"
    return f"removed component: {fragment.key}"
