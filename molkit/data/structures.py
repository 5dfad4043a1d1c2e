"""Which column holds the structures: by its name, else by what its cells look like.

Lexical only; nothing is parsed as chemistry here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from molkit.data.columns import find_column, plain_name
from molkit.errors import InputError

# Names that mean a SMILES column whatever its cells are, best first.
CERTAIN = (
    "smiles", "canonical_smiles", "isomeric_smiles", "canonicalsmiles", "isomericsmiles", "smi", "cxsmiles",
    "smiles_string", "smiles_iso", "smiles_std",
)  # fmt: skip
# Names that also mean other things, so the cells must look like structures.
LIKELY = ("drug", "mol", "molecule", "structure", "compound", "ligand", "mols", "molstructure")

_PATHS = ("path", "file", "filename", "file_name", "image", "image_path", "filepath", "file_path")

_TOKENS = re.compile(
    r"(?:Cl|Br|[BCNOPSFI]|[bcnops]|\[[^\[\]\s]*[A-Za-z*][^\[\]\s]*\]|%\d\d|%\(\d+\)|[-=#$:/\\.~()*0-9])+"
)
_BEGIN = re.compile(r"\(?(?:[BCNOPSFIbcnops*]|\[)")
_RINGS = re.compile(r"%\((\d+)\)|%(\d\d)|(\d)")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_BONDED = re.compile(r"[()=#\[\]0-9]")


def looks_like_smiles(cell: Any) -> bool:
    """Whether a cell could be a SMILES: its tokens, balanced branches, ring numbers in pairs.

    >>> [looks_like_smiles(text) for text in ("CCO", "c1ccccc1", "CP466722", "2026-01-02", "benzene", "C6H6")]
    [True, True, False, False, False, False]
    """
    if not isinstance(cell, str):
        return False
    text = cell.strip().partition(" |")[0]
    if not text or len(text) > 5000 or not _BEGIN.match(text) or not _TOKENS.fullmatch(text):
        return False
    outside = _BRACKETS.sub("", text)
    if outside.count("(") != outside.count(")"):
        return False
    odd: set[int] = set()
    for match in _RINGS.finditer(outside):
        odd ^= {int(match[match.lastindex or 0])}
    return not odd


@dataclass(frozen=True)
class Likeness:
    """Of the cells that are not blank: how many, which share looks like SMILES, which share has bonds,
    branches, rings or brackets written in it (an abbreviation or a code has not)."""

    cells: int
    smiles: float
    bonded: float


def likeness(cells: Sequence[Any]) -> Likeness:
    """How much a column looks like SMILES."""
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    like = [cell for cell in filled if looks_like_smiles(cell)]
    bonded = [cell for cell in like if _BONDED.search(cell)]
    count = max(1, len(filled))
    return Likeness(len(filled), len(like) / count, len(bonded) / count)


def is_smiles_name(name: str) -> bool:
    """Whether a header cell can only mean a structure column."""
    return plain_name(name) in CERTAIN or "smiles" in plain_name(name)


FOUND = "Structures are in column"
NO_STRUCTURES = "No column is named like, or looks like, SMILES."


def choose_structures(names: Sequence[str], sample: dict[str, list[Any]], wanted: str | None) -> tuple[str | None, str]:
    """The structure column and a sentence saying how it was found; (None, reason) if there is none.

    `wanted` is the name the user gave; InputError if no column has it.
    """
    if wanted is not None:
        name = find_column(names, wanted, "--smiles-column")
        return name, f"{FOUND} '{name}', as told."
    by_name = {plain_name(name): name for name in reversed(names)}
    certain = [by_name[known] for known in CERTAIN if known in by_name]
    if certain:
        return certain[0], f"{FOUND} '{certain[0]}' (found by name)." + _others(certain)
    looks = {name: likeness(sample[name]) for name in names}
    named = [
        name for name in names
        if ("smiles" in plain_name(name) and (looks[name].smiles >= 0.5 or looks[name].cells == 0))
        or (plain_name(name) in LIKELY and looks[name].smiles >= 0.6 and looks[name].bonded >= 0.3)
    ]  # fmt: skip
    if named:
        named.sort(key=lambda name: "smiles" not in plain_name(name))
        return named[0], f"{FOUND} '{named[0]}' (found by name and content)." + _others(named)
    alike = [name for name in names if looks[name].smiles >= 0.8 and looks[name].bonded >= 0.5]
    if alike:
        return alike[0], f"{FOUND} '{alike[0]}' (found by content)." + _others(alike)
    return None, NO_STRUCTURES


def _others(found: Sequence[str]) -> str:
    if len(found) < 2:
        return ""
    return f" Other candidates: {', '.join(found[1:])}; choose with --smiles-column."


def no_structures(path: object, names: Sequence[str]) -> InputError:
    """The error for a table in which no SMILES column was found."""
    shown = ", ".join(f"'{name[:60]}'" for name in names[:30]) + (" ..." if len(names) > 30 else "")
    return InputError(
        f"{path}: no SMILES column was found. The columns are: {shown}. "
        "Name the one with the structures with --smiles-column; what is no molecule is named with --input, such as "
        f"--input image={next((name for name in names if plain_name(name) in _PATHS), 'path')} or --input 'patient=*'."
    )
