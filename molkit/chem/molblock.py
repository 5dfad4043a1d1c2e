"""MDL mol blocks, V2000 and V3000, as a cell of a table or an entry of an SD file.

Format: Dassault Systemes BIOVIA, "CTfile Formats" (2020): line 4 holds the counts.
"""

from __future__ import annotations

import re

from rdkit import Chem

from molkit.chem.limits import Limits
from molkit.chem.quiet import QUIET
from molkit.chem.rdkit_errors import RDKIT_ERRORS
from molkit.chem.reasons import chemistry_problem
from molkit.types import Problem

_V3000_COUNTS = re.compile(r"^M  V30 +COUNTS +([0-9]+) +([0-9]+)", re.MULTILINE)
_V2000_COUNTS = re.compile(r"([ 0-9]{3})([ 0-9]{3})")
_CHARACTERS_PER_ATOM = 500  # atom, bond and property lines, with explicit hydrogens


def is_mol_block(text: str) -> bool:
    """True for several lines that look like an MDL mol block."""
    return "\n" in text and ("M  END" in text or "V2000" in text or "V3000" in text)


def parse_mol_block(text: str, limits: Limits) -> Chem.Mol | Problem:
    """The molecule of a mol block, its stereo from wedges or 3-D, explicit hydrogens removed.

    The declared number of atoms is checked against the text before RDKit reserves memory for it.
    """
    problem = _declared(text, limits)
    if problem is not None:
        return problem
    try:
        with QUIET:
            mol = Chem.MolFromMolBlock(text)
            return _refused(text) if mol is None else _checked(mol, limits)
    except RDKIT_ERRORS:  # RDKit raises several C++ errors for blocks it should only refuse
        return _unreadable()


def _checked(mol: Chem.Mol, limits: Limits) -> Chem.Mol | Problem:
    heavy = mol.GetNumHeavyAtoms()
    if mol.GetNumAtoms() == 0:
        return Problem("empty", "The mol block has no atoms.")
    if heavy > limits.heavy_atoms:
        return _too_large(f"{heavy:,} heavy atoms", limits)
    if mol.GetRingInfo().NumRings() > limits.rings:
        return Problem(
            "too_large", f"The mol block has {mol.GetRingInfo().NumRings():,} rings; the limit is {limits.rings:,}."
        )
    return mol


def _declared(text: str, limits: Limits) -> Problem | None:
    """Refuses a block that is too long, declares more atoms than fit in it, or declares none readably."""
    if len(text) > limits.heavy_atoms * _CHARACTERS_PER_ATOM:
        return _too_large(f"{len(text):,} characters", limits)
    lines = text.splitlines()
    counts = _V3000_COUNTS.search(text) if "V3000" in text else None
    if counts is None and len(lines) > 3:
        counts = _V2000_COUNTS.match(lines[3])
    if counts is None or not counts.group(1).strip():
        return _unreadable()
    atoms, bonds = int(counts.group(1)), int(counts.group(2).strip() or 0)
    if atoms > 4 * limits.heavy_atoms or bonds > 5 * limits.heavy_atoms:
        return _too_large(f"{atoms:,} declared atoms and {bonds:,} declared bonds", limits)
    if atoms + bonds > len(lines):
        return Problem(
            "invalid_syntax",
            f"The mol block declares {atoms:,} atoms and {bonds:,} bonds but "
            f"has {len(lines):,} lines; it seems cut off.",
        )
    return None


def _refused(text: str) -> Problem:
    """Why RDKit refused the block: a chemistry problem, or a format that cannot be read."""
    mol = Chem.MolFromMolBlock(text, sanitize=False, removeHs=False)
    if mol is None:
        return _unreadable()
    return chemistry_problem(mol) or _unreadable()


def _too_large(what: str, limits: Limits) -> Problem:
    return Problem("too_large", f"The mol block has {what}; the limit is {limits.heavy_atoms:,} heavy atoms.")


def _unreadable() -> Problem:
    return Problem(
        "invalid_syntax",
        "The mol block cannot be read. Expected an MDL V2000 or V3000 block: "
        "three header lines, counts, atoms, bonds, M  END.",
    )
