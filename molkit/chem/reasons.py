"""Why RDKit refuses a SMILES, in sentences a chemist can act on."""

from __future__ import annotations

import re
from itertools import combinations, islice

from rdkit import Chem

from molkit.chem.hints import looks_like, other_format
from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS
from molkit.chem.syntax import syntax_problem
from molkit.chem.tokens import Token, atom_tokens, tokenise
from molkit.types import Problem

UNCHANGED = " Nothing was changed."
_LONGEST = 20_000  # characters that are explained; longer texts are over every limit anyway
_TRIALS = 40  # edited texts that are parsed in search of a suggestion
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ONIUM = {"N": "ammonium", "O": "oxonium", "S": "sulfonium", "P": "phosphonium"}
_ATE = {"B": "borate", "Al": "aluminate"}


def explain(text: str) -> Problem:
    """Why this text, refused by RDKit, is no molecule; `position` counts its characters from 1.

    A suggested SMILES, introduced by "Did you mean", is one that RDKit parses. Never raises.

    >>> explain("CN(C)(C)C").sentence(17)
    'Row 17, character 2: N has four bonds and no charge. If ammonium is meant, write [N+]. Nothing was changed.'
    """
    if len(text) > _LONGEST:
        return Problem("too_large", f"The text has {len(text):,} characters.")
    try:
        with QUIET:
            return other_format(text) or _syntax(text) or _chemistry(text)
    except RDKIT_ERRORS:  # a reason is a help; the lack of one must not stop a run
        return Problem("invalid_syntax", "RDKit cannot read this text as a SMILES." + UNCHANGED)


def chemistry_problem(mol: Chem.Mol) -> Problem | None:
    """The first valence or aromaticity error of an unsanitised molecule, by atom number from 1."""
    for found in Chem.DetectChemistryProblems(mol):
        if found.GetType() == "KekulizeException":
            numbers = ", ".join(str(index + 1) for index in found.GetAtomIndices()[:12])
            return Problem(
                "invalid_chemistry",
                f"The aromatic atoms {numbers} cannot be given alternating single and double bonds." + UNCHANGED,
            )
        atom = mol.GetAtomWithIdx(found.GetAtomIdx())
        if found.GetType() == "AtomKekulizeException":
            return Problem(
                "invalid_chemistry",
                f"Atom {atom.GetIdx() + 1} ({atom.GetSymbol()}) is aromatic but in no ring." + UNCHANGED,
            )
        return Problem("invalid_chemistry", f"Atom {atom.GetIdx() + 1}: " + _valence(atom) + UNCHANGED)
    return None


def _parses(text: str) -> bool:
    return bool(text) and Chem.MolFromSmiles(text) is not None


def _syntax(text: str) -> Problem | None:
    problem = syntax_problem(text)
    if problem is None:
        return None
    suggestion = _respelled(text)
    advice = f" Did you mean {suggestion}?" if suggestion else looks_like(text)
    return Problem(problem.status, problem.reason + advice + UNCHANGED, problem.position)


def _respelled(text: str) -> str:
    """The text without quotes, or with element symbols in the right case, if that parses; else ""."""
    unquoted = text.strip("'\"`")
    recased = re.sub("CL|cl", "Cl", re.sub("BR|br", "Br", unquoted))
    bracketed = re.sub(r"(\[[0-9]*)([A-Za-z]{2})(?=[@+\-:\]])", lambda m: m[1] + m[2].capitalize(), recased)
    for candidate in (unquoted, recased, bracketed):
        if candidate != text and _parses(candidate):
            return candidate
    return ""


def _chemistry(text: str) -> Problem:
    mol = Chem.MolFromSmiles(text, sanitize=False)
    tokens = tokenise(text)
    if mol is None or isinstance(tokens, int):
        return Problem("invalid_syntax", "RDKit cannot read this text as a SMILES." + looks_like(text) + UNCHANGED)
    atoms = atom_tokens(tokens)
    for found in Chem.DetectChemistryProblems(mol):
        kind = found.GetType()
        if kind == "KekulizeException":
            return _kekulisation(text, mol, atoms, list(found.GetAtomIndices()))
        if kind == "AtomKekulizeException":
            return _lone_aromatic(text, atoms, found.GetAtomIdx())
        return _overfull(text, mol, atoms, found.GetAtomIdx())
    return Problem("invalid_chemistry", "RDKit reads this SMILES but refuses the molecule." + UNCHANGED)


def _overfull(text: str, mol: Chem.Mol, atoms: list[Token], index: int) -> Problem:
    """An atom with more bonds than its element and charge allow."""
    advice = _charge_advice(text, mol, atoms, index)
    return Problem("invalid_chemistry", _valence(mol.GetAtomWithIdx(index)) + advice + UNCHANGED, atoms[index].position)


def _valence(atom: Chem.Atom) -> str:
    bonds = round(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()) + atom.GetNumExplicitHs())
    count = _WORDS[bonds] if bonds < len(_WORDS) else str(bonds)
    charge = atom.GetFormalCharge()
    ending = "no charge" if charge == 0 else f"the charge {charge:+d}"
    return f"{atom.GetSymbol()} has {count} bond{'' if bonds == 1 else 's'} and {ending}."


def _charge_advice(text: str, mol: Chem.Mol, atoms: list[Token], index: int) -> str:
    """What to write if a charge was forgotten at this and at every like atom, if that parses."""
    symbol = mol.GetAtomWithIdx(index).GetSymbol()
    sign = "+" if symbol in _ONIUM else "-"
    name = _ONIUM.get(symbol) or _ATE.get(symbol)
    if name is None:
        return " Check the branches and ring numbers at this atom."
    overfull = [
        found.GetAtomIdx() for found in Chem.DetectChemistryProblems(mol) if found.GetType() == "AtomValenceException"
    ]
    edits = {
        atoms[i]: _with_charge(atoms[i].text, sign)
        for i in overfull
        if mol.GetAtomWithIdx(i).GetSymbol() == symbol and mol.GetAtomWithIdx(i).GetFormalCharge() == 0
    }
    if atoms[index] not in edits or not _parses(_edited(text, edits)):
        return " Check the branches and ring numbers at this atom."
    return f" If {name} is meant, write {edits[atoms[index]]}."


def _with_charge(token: str, sign: str) -> str:
    if not token.startswith("["):
        return f"[{token}{sign}]"
    return re.sub(r"(:[0-9]+)?\]$", lambda match: sign + match.group(), token)


def _edited(text: str, edits: dict[Token, str]) -> str:
    for token in sorted(edits, key=lambda token: -token.position):
        start = token.position - 1
        text = text[:start] + edits[token] + text[start + len(token.text) :]
    return text


def _kekulisation(text: str, mol: Chem.Mol, atoms: list[Token], members: list[int]) -> Problem:
    """A ring written aromatic that has no Kekulé structure; usually an [nH] is missing."""
    reason = "The aromatic ring here cannot be given alternating single and double bonds."
    nitrogens = [atoms[i] for i in members if atoms[i].text == "n" and mol.GetAtomWithIdx(i).GetDegree() == 2]
    trials = [pair for size in (1, 2) for pair in combinations(nitrogens, size)]
    for chosen in islice(trials, _TRIALS):
        edited = _edited(text, dict.fromkeys(chosen, "[nH]"))
        if _parses(edited):
            reason += f" If the nitrogen carries a hydrogen, write [nH]. Did you mean {edited}?"
            return Problem("invalid_chemistry", reason + UNCHANGED, chosen[0].position)
    return Problem(
        "invalid_chemistry",
        reason + " Check charges, hydrogens and double bonds of the ring." + UNCHANGED,
        atoms[members[0]].position if members else None,
    )


def _lone_aromatic(text: str, atoms: list[Token], index: int) -> Problem:
    token = atoms[index]
    reason = f"{token.text} is written as aromatic (lower case) but stands in no ring."
    lower = [atom for atom in atoms if atom.kind == "atom" and atom.text.islower()]
    for chosen in ([token], lower):
        edited = _edited(text, {atom: atom.text.capitalize() for atom in chosen})
        if token in chosen and _parses(edited) and not token.text.startswith("["):
            reason += f" Did you mean {edited}?"
            break
    return Problem("invalid_chemistry", reason + UNCHANGED, token.position)
