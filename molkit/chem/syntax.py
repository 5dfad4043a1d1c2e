"""Finds the place where a text stops being SMILES.

Grammar: OpenSMILES 1.0 (Craig James, 2016, http://opensmiles.org). Each check takes the tokens and
gives the first Problem it is responsible for.
"""

from __future__ import annotations

import re

from rdkit import Chem

from molkit.chem.tokens import BRACKET, Token, tokenise
from molkit.types import Problem

_SYMBOLS = {Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119)}
_AROMATIC = {"b", "c", "n", "o", "p", "s", "se", "as", "te", "si", "*"}
_PERMUTATIONS = {"TH": 2, "AL": 2, "SP": 3, "TB": 20, "OH": 30}
_ARRANGEMENTS = ", ".join(f"@{name}1 to {last}" for name, last in _PERMUTATIONS.items())
_INNER_SYMBOL = re.compile(r"\[[0-9]*([A-Za-z]+?)(?=H[0-9]*[+\-:\]]|[@+\-:\]0-9])")


def syntax_problem(text: str) -> Problem | None:
    """The first lexical or grammatical error of a SMILES text, or None if there is none.

    >>> syntax_problem("CC(C").reason
    'The branch opened here is never closed: a ")" is missing.'
    """
    tokens = tokenise(text)
    if isinstance(tokens, int):
        return _unreadable_character(text, tokens)
    for check in (_brackets, _branches, _bonds, _rings):
        problem = check(tokens)
        if problem is not None:
            return problem
    return None


def _wrong(reason: str, position: int) -> Problem:
    return Problem("invalid_syntax", reason, position)


def _unreadable_character(text: str, position: int) -> Problem:
    character = text[position - 1]
    if character == "[":
        return _wrong('The bracket opened here is never closed: a "]" is missing.', position)
    if character == "]":
        return _wrong('This "]" closes a bracket that was never opened.', position)
    if character == "%":
        return _wrong('"%" must be followed by a ring number of two digits, as in %12.', position)
    if character in "+":
        return _wrong("A charge belongs inside a bracket, as in [N+].", position)
    if character == "@":
        return _wrong("A chirality mark belongs inside a bracket, as in [C@H].", position)
    if character.isalpha():
        return _wrong(_letter_reason(text, position), position)
    return _wrong(f"The character {character} has no meaning in a SMILES.", position)


def _letter_reason(text: str, position: int) -> str:
    letter, pair = text[position - 1], text[max(0, position - 2) : position]
    if pair.capitalize() in ("Cl", "Br"):
        return f'"{pair}" is not an atom; it is written {pair.capitalize()}.'
    for symbol in (text[position - 1 : position + 1], letter):
        if symbol in _SYMBOLS:
            return f'"{symbol}" may not stand without a bracket. If {symbol} is meant, write [{symbol}].'
    return f'"{letter}" is no atom of a SMILES.'


def _brackets(tokens: list[Token]) -> Problem | None:
    for token in tokens:
        if token.kind == "bracket" and (reason := _bracket_reason(token.text)):
            return _wrong(reason, token.position)
    return None


def _bracket_reason(text: str) -> str:
    match = BRACKET.fullmatch(text)
    if match is None:
        return _malformed_bracket(text)
    symbol = match["symbol"]
    if symbol.startswith("#"):
        return "" if len(symbol) < 5 and 0 < int(symbol[1:]) < 119 else f"{text} names no element."
    if symbol not in _SYMBOLS and symbol not in _AROMATIC:
        return f'{text}: "{symbol}" is no element.' + _capitalised(symbol)
    if _is_beyond(match["chirality"] or ""):
        return f"{text}: there is no arrangement {match['chirality']}; expected @, @@, or {_ARRANGEMENTS}."
    if len(match["isotope"]) > 4:
        return f"{text}: no isotope has the mass {match['isotope']}."
    return ""


def _is_beyond(chirality: str) -> bool:
    """True for a permutation number that its geometry does not have."""
    geometry, number = chirality.lstrip("@")[:2], chirality.lstrip("@")[2:]
    return bool(geometry) and not 1 <= int(number) <= _PERMUTATIONS[geometry]


def _malformed_bracket(text: str) -> str:
    if text == "[]":
        return "The bracket is empty; expected an element, as in [Na+]."
    found = _INNER_SYMBOL.match(text)
    symbol = found.group(1) if found else ""
    if symbol and symbol not in _SYMBOLS | _AROMATIC:
        return f'{text}: "{symbol}" is no element.' + _capitalised(symbol)
    if charges := re.search(r"(\+{3,}|-{3,})[:\]]", text):
        return f"{text}: write the charge as a number, [{symbol}{charges[1][0]}{len(charges[1])}]."
    if len(text) > 40:
        text = text[:40] + "..."
    return (
        f"{text} is not a bracket atom. Expected isotope, element, chirality, hydrogens, charge, "
        "in this order, as in [13C@H], [NH4+] or [O-]."
    )


def _capitalised(symbol: str) -> str:
    right = symbol.capitalize()
    return f" If {right} is meant, write [{right}]." if right in _SYMBOLS and right != symbol else ""


def _branches(tokens: list[Token]) -> Problem | None:
    open_at: list[int] = []
    before = ""
    for token in tokens:
        if token.kind == "open":
            if before in ("", "open", "dot"):
                return _wrong("A branch must follow an atom.", token.position)
            open_at.append(token.position)
        elif token.kind == "close":
            if not open_at:
                return _wrong('This ")" closes a branch that was never opened.', token.position)
            if before == "open":
                return _wrong("The branch is empty.", token.position)
            open_at.pop()
        before = token.kind
    if open_at:
        return _wrong('The branch opened here is never closed: a ")" is missing.', open_at[-1])
    return None


def _bonds(tokens: list[Token]) -> Problem | None:
    before: Token | None = None
    for token in tokens:
        after_atom = before is not None and before.kind in ("atom", "bracket", "ring", "close", "open")
        if token.kind == "bond" and before is not None and before.kind == "bond":
            return _wrong(f'Two bond signs in a row: "{before.text}{token.text}".', token.position)
        if token.kind == "bond" and not after_atom:
            return _wrong(f'The bond "{token.text}" does not follow an atom.', token.position)
        if before is not None and before.kind == "bond" and token.kind in ("close", "dot", "open"):
            return _wrong(f'The bond "{before.text}" leads to no atom.', before.position)
        if before is not None and before.kind == "dot" and token.kind in ("close", "ring"):
            return _wrong("There is no structure after this dot.", before.position)
        if token.kind == "dot" and (before is None or before.kind in ("dot", "open")):
            return _wrong("There is no structure before this dot.", token.position)
        before = token
    if before is not None and before.kind == "bond":
        return _wrong(f'The bond "{before.text}" at the end leads to no atom.', before.position)
    if before is not None and before.kind == "dot":
        return _wrong("There is no structure after this dot.", before.position)
    return None


def _rings(tokens: list[Token]) -> Problem | None:
    opened: dict[str, tuple[int, int]] = {}
    joined: set[tuple[int, int]] = set()
    stack: list[int] = []
    atoms, at = 0, 0  # atoms counted from 1; `at` is the atom that a ring number belongs to
    chained = False
    for token in tokens:
        if token.kind in ("atom", "bracket"):
            atoms += 1
            if chained:
                joined.add((at, atoms))
            at, chained = atoms, True
        elif token.kind == "open":
            stack.append(at)
        elif token.kind == "close":
            at = stack.pop() if stack else at
        elif token.kind == "dot":
            chained = False
        elif token.kind == "ring":
            problem = _ring_bond(token, at, opened, joined)
            if problem is not None:
                return problem
    if opened:
        number, (position, _) = min(opened.items(), key=lambda item: item[1])
        return _wrong(f"Ring bond {number} is opened here and never closed.", position)
    return None


def _ring_bond(
    token: Token, at: int, opened: dict[str, tuple[int, int]], joined: set[tuple[int, int]]
) -> Problem | None:
    """Opens or closes one ring bond in `opened` and notes the joined atoms."""
    number = token.text.strip("%()").lstrip("0") or "0"
    if at == 0:
        return _wrong(f"The ring number {number} does not follow an atom.", token.position)
    if number not in opened:
        opened[number] = (token.position, at)
        return None
    _, start = opened.pop(number)
    if start == at:
        return _wrong(f"Ring bond {number} joins an atom to itself.", token.position)
    if (start, at) in joined:
        return _wrong(f"Ring bond {number} joins two atoms that are bonded already.", token.position)
    joined.add((start, at))
    return None
