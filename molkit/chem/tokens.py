"""The tokens of a SMILES text, with their places.

Grammar: OpenSMILES 1.0 (Craig James, 2016, http://opensmiles.org), with RDKit's dative bonds, `~`,
`%(number)` and the doubled backslash that it reads as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?P<bracket>\[[^\[\]]*\])"
    r"|(?P<atom>Cl|Br|[BCNOPSFIbcnops*])"
    r"|(?P<ring>%\([0-9]{1,5}\)|%[1-9][0-9]|[0-9])"
    r"|(?P<bond>->|<-|\\\\?|[-=#$:/~])"
    r"|(?P<open>\()|(?P<close>\))|(?P<dot>\.)"
)
BRACKET = re.compile(
    r"\[(?P<isotope>[0-9]*)(?P<symbol>[A-Z][a-z]?|[bcnops]|se|as|te|si|\*|#[0-9]+)"
    r"(?P<chirality>@@?(?:(?:TH|AL|SP|TB|OH)[0-9]{1,2})?)?"
    r"(?P<hydrogens>H[0-9]*)?(?P<charge>\+\+?|--?|[+-][0-9]{1,4})?(?P<map>:(?:0|[1-9][0-9]{0,8}))?\]"
)
_HYDROGEN = re.compile(r"\[[0-9]*H[+-]?[0-9]*(?::[0-9]+)?\]")


@dataclass(frozen=True)
class Token:
    """One token: `kind` is a group name of TOKEN, `position` its first character, counted from 1."""

    kind: str
    text: str
    position: int


def tokenise(text: str) -> list[Token] | int:
    """The tokens of a SMILES text, or the 1-based position of the first character that starts none.

    >>> [token.text for token in tokenise("C[NH+]=Cl")]
    ['C', '[NH+]', '=', 'Cl']
    >>> tokenise("CCX")
    3
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            return at + 1
        tokens.append(Token(match.lastgroup or "", match.group(), at + 1))
        at = match.end()
    return tokens


def is_hydrogen(bracket: str) -> bool:
    """True for `[H]`, `[2H]`, `[H+]` and the like."""
    return _HYDROGEN.fullmatch(bracket) is not None


def atom_tokens(tokens: list[Token]) -> list[Token]:
    """The tokens that are atoms: entry i is atom i of the unsanitised RDKit molecule."""
    return [token for token in tokens if token.kind in ("atom", "bracket")]
