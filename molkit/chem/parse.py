"""One cell of text to one RDKit molecule, or to the reason why not."""

from __future__ import annotations

import re
from dataclasses import replace

from rdkit import Chem

from molkit.chem.limits import Limits, over_limits
from molkit.chem.molblock import is_mol_block, parse_mol_block
from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS
from molkit.chem.reasons import explain
from molkit.types import Problem

__all__ = ["Limits", "parse"]

# A character that the common SMILES has not; texts with one are looked at more closely. Searching for
# what is absent is cheap: a match object alone would cost 6 us.
_UNUSUAL = re.compile(r"[^A-Za-z0-9@+\-\[\]()=#/\\]").search
_PRINTABLE = re.compile(r"[\x21-\x7e]+").fullmatch
_EXTENDED = re.compile(r"(\S+)[ \t]+(\|.*\|)").fullmatch
_DEFAULT = Limits()


def parse(text: str, limits: Limits = _DEFAULT) -> Chem.Mol | Problem:
    """The molecule of a SMILES, CXSMILES or MDL mol block, sanitised by RDKit; never raises.

    White space around the text is ignored. Positions in a Problem count characters of `text` from 1.
    RDKit's messages are kept from stderr.

    >>> parse("OCC").GetNumAtoms()
    3
    >>> parse("CCX").position
    3
    """
    if not isinstance(text, str):
        return Problem("empty", f"Expected the text of a structure, got {type(text).__name__}.")
    if 0 < len(text) <= limits.harmless_length and _UNUSUAL(text) is None:
        return _read(text, limits)
    if is_mol_block(text):
        return parse_mol_block(text, limits)
    found = _parse_unusual(text.strip(), limits)
    if isinstance(found, Problem) and found.position is not None:
        return replace(found, position=found.position + len(text) - len(text.lstrip()))
    return found


def _parse_unusual(text: str, limits: Limits) -> Chem.Mol | Problem:
    """Text without outer white space that may be too long, hold odd characters, or be another format."""
    if not text:
        return Problem("empty", "The cell is empty.")
    extended = _EXTENDED(text) if " |" in text or "\t|" in text else None
    smiles = extended.group(1) if extended else text
    problem = over_limits(smiles, limits) or _odd_character(smiles) or _reaction(smiles)
    if problem is not None:
        return problem
    if extended is None:
        return _read(text, limits)
    return _read_extended(smiles, extended.group(2), limits)


def _read(smiles: str, limits: Limits) -> Chem.Mol | Problem:
    try:
        with QUIET:
            mol = Chem.MolFromSmiles(smiles)
    except RDKIT_ERRORS:  # RDKit raises several C++ errors for texts it should only refuse
        mol = None
    if mol is None:
        return explain(smiles)
    return within_limits(mol, limits)


def within_limits(mol: Chem.Mol, limits: Limits) -> Chem.Mol | Problem:
    """The molecule itself if it has between 1 and `limits.heavy_atoms` atoms, else the Problem."""
    atoms = mol.GetNumAtoms()
    if atoms == 0:
        return Problem("empty", "The structure has no atoms.")
    if atoms > limits.heavy_atoms and mol.GetNumHeavyAtoms() > limits.heavy_atoms:
        heavy = mol.GetNumHeavyAtoms()
        return Problem("too_large", f"The structure has {heavy:,} heavy atoms; the limit is {limits.heavy_atoms:,}.")
    return mol


def _read_extended(smiles: str, extension: str, limits: Limits) -> Chem.Mol | Problem:
    """A CXSMILES; the extension is read strictly, so that a broken one is no silent loss."""
    plain = _read(smiles, limits)
    if isinstance(plain, Problem):
        return plain
    if len(extension) > 20 * limits.characters or not extension.isascii() or not extension.isprintable():
        return Problem(
            "invalid_syntax",
            "The CXSMILES extension is too long or holds characters outside printable ASCII.",
            len(smiles) + 2,
        )
    mol = _read(f"{smiles} {extension}", limits)
    if isinstance(mol, Problem):
        return Problem(
            "invalid_syntax",
            f'The SMILES "{smiles[:60]}" can be read, but not the CXSMILES '
            "extension between the bars. Correct or remove it.",
            len(smiles) + 2,
        )
    return mol


def _odd_character(text: str) -> Problem | None:
    """White space, control and non-ASCII characters inside the text."""
    if _PRINTABLE(text):
        return None
    at = next(i for i, character in enumerate(text) if not "\x21" <= character <= "\x7e")
    character = text[at]
    if character.isspace():
        rest = text[at:].strip()[:40]
        return Problem(
            "invalid_syntax",
            f'White space inside the structure. If "{ascii(rest)[1:-1]}" is a '
            "name or another value, give it a column of its own.",
            at + 1,
        )
    kind = "A control character" if character < " " or character == "\x7f" else "The character"
    return Problem(
        "invalid_syntax",
        f"{kind} U+{ord(character):04X} cannot stand in a SMILES. Type the structure again in plain ASCII.",
        at + 1,
    )


def _reaction(text: str) -> Problem | None:
    bare = text.replace("->", "  ")
    if bare.count(">") != 2 or "<" in text:
        return None
    return Problem(
        "unsupported", "This is a reaction (reactants>agents>products); give one molecule per row.", bare.index(">") + 1
    )
