"""One structure per compound: the structure policy, version 1.

The text is parsed, coordinate and open structures are refused, ionic bonds to alkali and alkaline
earth metals are broken, dipolar bonds get one form, the organic parent is kept and neutralised,
explicit hydrogens and atom maps go. Isotopes, stereo, quaternary and zwitterionic centres stay; amino
acids come out in their uncharged form; a quaternary cation drawn with its acid protonated stays a cation
(its leak group is that of the zwitterion); tautomers are never rewritten; no pKa model is claimed.

About 95 % of a screening library needs none of this: `needs_full_policy` recognises those texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdqueries

from molkit.chem.charges import has_dipole, without_dipoles
from molkit.chem.parent import parent
from molkit.chem.parse import parse
from molkit.chem.policy import Policy, policy_from_dict
from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS
from molkit.chem.supported import has_radical, metal, open_structure, radical
from molkit.types import Problem

__all__ = ["Policy", "Structure", "needs_full_policy", "policy_from_dict", "read_structure", "standardise"]

_NOT_BARE = re.compile(r"[^BCNOPSFIclnosprbe()=#\-/\\0-9%]").search
# Neutral single components of common elements, in which the only charges are those of nitro groups
# and aromatic N-oxides. Possessive quantifiers keep the match linear in the text.
_PLAIN = re.compile(
    r"(?:[BCNOPSFIclnosprbe()=#\-/\\0-9%]++|\[(?:nH|C@@?H?|[SP]@@?|se|Se|Si|SiH|SiH2)\]"
    r"|\[N\+\]\((?:=O\)\[O-\]|\[O-\]\)=O)|O=\[N\+\]\(\[O-\]\)|\[O-\]\[N\+\]\(=O\)"
    r"|\[n\+\]\(\[O-\]\)|\[O-\]\[n\+\])++"
).fullmatch
_PERHAPS_RADICAL = re.compile(r"\[[CSPs]").search
_MAPPED = rdqueries.HasPropQueryAtom("molAtomMapNumber")
# Alkali and alkaline earth metals on N, O, S or halogen: drawn as bonds, but ions.
_IONIC_BOND = Chem.MolFromSmarts("[#3,#4,#11,#12,#19,#20,#37,#38,#55,#56]-[#7,#8,#9,#16,#17,#35,#53]")


@dataclass(frozen=True)
class Structure:
    """A standardised molecule and, in `notes`, what was done to get it (empty: nothing)."""

    mol: Chem.Mol
    notes: tuple[str, ...] = ()


_DEFAULT = Policy()


def read_structure(text: str, policy: Policy = _DEFAULT) -> Structure | Problem:
    """The standardised structure of one cell (SMILES, CXSMILES or mol block), or why there is none.

    >>> read_structure("[Na+].CC(=O)[O-]").notes
    ('removed salt: sodium', 'neutralised')
    """
    mol = parse(text, policy.limits)
    if isinstance(mol, Problem):
        return mol
    if needs_full_policy(text, mol):
        return standardise(mol, policy)
    return Structure(mol)


def needs_full_policy(text: str, mol: Chem.Mol) -> bool:
    """False only if `standardise(mol)` would change nothing, judged from the text in 1 to 6 us.

    `mol` is what `parse` made of the text.
    """
    if _NOT_BARE(text) is None:
        return False
    if _PLAIN(text) is None:
        return True
    return _PERHAPS_RADICAL(text) is not None and has_radical(mol)


def standardise(mol: Chem.Mol, policy: Policy = _DEFAULT) -> Structure | Problem:
    """The full policy on a sanitised molecule, which is not modified; never raises.

    The result is read back from its canonical SMILES, so that stereo and CIP labels are those of
    the parser and the outcome does not depend on how the structure was written.
    """
    try:
        with QUIET:
            return _standardise(mol, policy)
    except RDKIT_ERRORS as error:  # RDKit's invariant and sanitisation errors
        reason = [*str(error).strip().splitlines(), repr(error)][0]
        return Problem("unsupported", f"RDKit cannot standardise this structure: {reason}")


def _standardise(mol: Chem.Mol, policy: Policy) -> Structure | Problem:
    problem = open_structure(mol)
    if problem is not None:
        return problem
    plain, notes = _plain_atoms(mol)
    problem = metal(plain)
    if problem is not None:
        return problem
    whole, rewritten = without_dipoles(_reread(plain)) if has_dipole(plain) else (plain, [])
    found = parent(whole, policy.mixtures)
    if isinstance(found, Problem):
        return found
    chosen, changes = found
    return radical(chosen) or metal(chosen) or Structure(_reread(chosen), (*notes, *rewritten, *changes))


def _plain_atoms(mol: Chem.Mol) -> tuple[Chem.Mol, list[str]]:
    """A copy without atom maps, ionic bonds and racemic single centres."""
    edited = Chem.RWMol(mol)
    notes = _forget_racemic_centres(edited)
    for atom in edited.GetAtomsMatchingQuery(_MAPPED):
        atom.SetAtomMapNum(0)
    pairs = edited.GetSubstructMatches(_IONIC_BOND)
    for pair in pairs:
        _break(edited, *pair)
    return _reread(edited.GetMol()) if pairs else edited.GetMol(), notes


def _reread(mol: Chem.Mol) -> Chem.Mol:
    """The molecule read from its canonical SMILES; itself in the rare case that RDKit cannot read that."""
    again = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    if again is None:
        Chem.SanitizeMol(mol)
        return mol
    return again


def _forget_racemic_centres(mol: Chem.RWMol) -> list[str]:
    """Makes the one centre of an "and" or "or" stereo group undefined; larger groups stay as drawn."""
    notes = []
    for group in mol.GetStereoGroups():
        if group.GetGroupType() == Chem.StereoGroupType.STEREO_ABSOLUTE:
            continue
        atoms = list(group.GetAtoms())
        if len(atoms) == 1:
            atoms[0].SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        notes.append("read racemic centre as undefined" if len(atoms) == 1 else "read relative stereo as drawn")
    return list(dict.fromkeys(notes))


def _break(mol: Chem.RWMol, metal_atom: int, ligand: int) -> None:
    for index, step in ((metal_atom, 1), (ligand, -1)):
        atom = mol.GetAtomWithIdx(index)
        atom.SetFormalCharge(atom.GetFormalCharge() + step)
        atom.SetNoImplicit(True)
    mol.RemoveBond(metal_atom, ligand)
