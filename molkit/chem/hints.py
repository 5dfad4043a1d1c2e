"""Recognises cells that are no SMILES at all: names, formulas, numbers, other line notations."""

from __future__ import annotations

import re

from molkit.types import Problem

_MISSING = re.compile(r"(?i)null|none|nan|n/?a|#n/a|-+|\?+|\.+|missing|unknown")
_NUMBER = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?[0-9]*)+")
_PROTEIN = re.compile(r"[A-Z]{20,}\*?")
_MANY_LETTERS = 8  # of a text that is no chain of atoms
_R_GROUP = re.compile(r"\[R[0-9']*\]|(?<![A-Za-z])R[0-9]")
_WORD = re.compile(r"[A-Za-z][A-Za-z ,'\-0-9()]*")
_NOT_SMILES = re.compile(r"[adefghijkmqtuvwxyz]|[a-z]{4}|[ADEGHJKLMQRTUVWXYZ]")
_SELFIES = re.compile(
    r"(?:\[[^\[\]]+\]|\.)*\[(?:[=#/\\-]?(?:Branch|Ring)[0-9]|[=#/\\][A-Z][^\[\]]*)\]"
    r"(?:\[[^\[\]]+\]|\.)*"
)

_SHAPES = (
    (_MISSING, "empty", "The cell holds a word for a missing value, so no structure was given."),
    (re.compile(r"(?i)inchi=1.*"), "invalid_syntax", "This is an InChI, not a SMILES. Convert it to SMILES first."),
    (
        re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]"),
        "invalid_syntax",
        "This is an InChIKey; a structure cannot be computed from it. Look its SMILES up.",
    ),
    (_SELFIES, "invalid_syntax", "This is a SELFIES text, not a SMILES. Decode it to SMILES first."),
    (
        re.compile(r"#(?:REF|VALUE|NAME|DIV/0|NULL|NUM)[!?]"),
        "invalid_syntax",
        "This is a spreadsheet error, not a structure. Repair the formula in the sheet.",
    ),
    (_NUMBER, "invalid_syntax", "This is a number, not a SMILES. Check which column holds the structures."),
    (
        re.compile(r"[DT]"),
        "invalid_syntax",
        "D and T are no SMILES atoms. Write deuterium as [2H] and tritium as [3H].",
    ),
)


def other_format(text: str) -> Problem | None:
    """What the text is if it is plainly no SMILES, with what to do about it; never raises.

    >>> other_format("LFQSCWFLJHTTHZ-UHFFFAOYSA-N").reason
    'This is an InChIKey; a structure cannot be computed from it. Look its SMILES up.'
    >>> other_format("CC(=O)O") is None
    True
    """
    for shape, status, reason in _SHAPES:
        if shape.fullmatch(text):
            return Problem(status, reason, None if status == "empty" else 1)
    return None


def looks_like(text: str) -> str:
    """A sentence about a text that failed as SMILES: a protein, a formula, a name, a query, or nothing ("")."""
    if _R_GROUP.search(text):
        return " An R group has no place in a SMILES of one definite molecule."
    if _PROTEIN.fullmatch(text) and len(set(text)) >= _MANY_LETTERS:
        return " It looks like a protein sequence; expected a SMILES. Are two columns exchanged?"
    if _FORMULA.fullmatch(text) and "H" in text and not re.search(r"[a-z]{2}|[0-9]{4}", text):
        return " It looks like a molecular formula; expected a SMILES, which gives the bonds."
    if _WORD.fullmatch(text) and _NOT_SMILES.search(text):
        return " It looks like a name or an identifier; expected a SMILES."
    if re.search(r"\[[^\]]*[,;&!$][^\]]*\]", text):
        return " It looks like a SMARTS query; expected the SMILES of one molecule."
    return ""
