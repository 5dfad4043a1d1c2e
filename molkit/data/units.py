"""Units: the one in a header, and comparing two spellings. Nothing is converted."""

from __future__ import annotations

import re

_ENDING = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_PARTS = re.compile(r"[\s/*·.^()\[\]-]+|(?<=[A-Za-z%])\d+$|\d+")
_SYMBOL_TEXTS = (
    "M mM uM nM pM fM mol mmol umol nmol pmol mols molar L l dL mL ml uL ul g mg ug ng pg kg kDa Da "
    "% s sec min h hr hrs hour hours d day days cm mm um nm m A J kJ cal kcal K C V mV kV Hz "
    "log ln log10 pIC pEC pKi unit units fold ratio percent ppm ppb litre liter cells protein "
    "logP logD logS logM logBB cps rlu rfu au per bw"
)
_SYMBOLS = frozenset(_SYMBOL_TEXTS.split())


def plain_unit(unit: str) -> str:
    """A unit in the form in which units are compared; capitals count (mM is not MM).

    >>> plain_unit("µM ") == plain_unit("uM")
    True
    """
    return re.sub(r"\s+", " ", unit.strip().replace("\u00b5", "u").replace("\u03bc", "u"))


def header_unit(name: str) -> str:
    """The unit in brackets at the end of a column name, "" if it is none.

    >>> [header_unit(name) for name in ("IC50 (uM)", "S [log mol/L]", "CL (mL/min/kg)", "y (test)", "y")]
    ['uM', 'log mol/L', 'mL/min/kg', '', '']
    """
    match = _ENDING.search(name)
    if not match:
        return ""
    parts = [part for part in _PARTS.split(plain_unit(match[1])) if part]
    return match[1].strip() if parts and all(part in _SYMBOLS for part in parts) else ""


def base_name(name: str) -> str:
    """A column name without the unit at its end.

    >>> base_name("IC50 (uM)")
    'IC50'
    """
    return _ENDING.sub("", name).strip() if header_unit(name) else name
