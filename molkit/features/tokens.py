"""Molecules to the tokens of their canonical SMILES, if wanted followed by those of other writings.

Tokens are atoms of the organic subset, bonds, brackets, branches and digits; what stands in brackets is taken apart
into element, chirality and digits. Grammar: OpenSMILES 1.0 (Craig James, 2016, http://opensmiles.org).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar
from zlib import crc32

import numpy as np
from rdkit import Chem

from molkit.chem.tokens import BRACKET
from molkit.data.batching import cut_steps
from molkit.types import Steps

# How many other writings training draws from, where it draws any.
TRAINING_VARIANTS = 8

_PERIODIC = Chem.GetPeriodicTable()
_ELEMENTS = [_PERIODIC.GetElementSymbol(number) for number in range(1, 119)]
_AROMATIC = ["b", "c", "n", "o", "p", "s", "se", "as", "te", "si"]
_SIGNS = ["[", "]", "(", ")", ".", "-", "=", "#", "$", ":", "/", "\\", "~", "->", "<-", "%", "+", "@", "@@", "*"]
_DIGITS = [str(digit) for digit in range(10)]
# The end of a writing that another follows, and whatever is not listed, come first; new tokens are added at the end,
# as models know them by their place.
VOCABULARY = ("", "?", *_SIGNS, *_DIGITS, *_ELEMENTS, *_AROMATIC)
_BETWEEN, _OTHER = 0, 1
_IDS = {token: place for place, token in enumerate(VOCABULARY)}
_PIECE = re.compile(r"\[[^\[\]]*\]|Cl|Br|->|<-|.", re.DOTALL)


@dataclass(frozen=True)
class TokenFeaturizer:
    """Ids into `VOCABULARY`, int32: the canonical writing and up to `variants` others, an id 0 before each of them.

    The others are drawn at random, the same for a molecule every time.
    """

    kind: ClassVar[str] = "tokens"
    variants: int = 0

    def __call__(self, mols: Sequence[Chem.Mol]) -> Steps:
        """Sequences of at least one token each; one does not depend on its neighbours."""
        found = [self._sequence(mol) for mol in mols]
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in found], dtype=np.int64)])
        return Steps(np.array([token for ids in found for token in ids], np.int32), offsets)

    def _sequence(self, mol: Chem.Mol) -> list[int]:
        canonical = Chem.MolToSmiles(mol)
        ids = token_ids(canonical)
        for text in _other_writings(canonical, self.variants) if self.variants else ():
            ids += [_BETWEEN, *token_ids(text)]
        return ids


def token_ids(smiles: str) -> list[int]:
    """The ids of a SMILES text; a piece that is not in the vocabulary has one of its own.

    >>> [VOCABULARY[token] for token in token_ids("C[NH3+]Cl")]
    ['C', '[', 'N', 'H', '3', '+', ']', 'Cl']
    """
    return [token for piece in _PIECE.findall(smiles) for token in _piece_ids(piece)]


@lru_cache(maxsize=4096)
def _piece_ids(piece: str) -> tuple[int, ...]:
    found = BRACKET.fullmatch(piece)
    if found is None:
        return (_IDS.get(piece, _OTHER),)
    parts = [found["symbol"], found["chirality"] or "", *(found["hydrogens"] or ""), *(found["charge"] or "")]
    tokens = ["[", *found["isotope"], *(part for part in parts if part), "]"]
    return tuple(_IDS.get(token, _OTHER) for token in tokens)


def _other_writings(canonical: str, variants: int) -> list[str]:
    """Different random writings of a canonical text, whichever atom order the molecule had."""
    mol = Chem.MolFromSmiles(canonical)
    if mol is None:
        return []
    seed = 1 + crc32(canonical.encode()) % (1 << 30)
    return list(dict.fromkeys(Chem.MolToRandomSmilesVect(mol, variants, seed)))


def one_writing(steps: Steps, draws: np.ndarray) -> Steps:
    """One of the writings of every molecule; `draws` [B] in [0, 1) choose it, zeros the canonical ones."""
    ends = np.flatnonzero(steps.values == _BETWEEN)
    starts = np.sort(np.concatenate([steps.offsets[:-1], ends + 1]))
    stops = np.sort(np.concatenate([ends, steps.offsets[1:]]))
    counts = np.diff(np.searchsorted(ends, steps.offsets)) + 1
    chosen = np.cumsum(counts) - counts + (draws * counts).astype(np.int64)
    return cut_steps(steps, starts[chosen], stops[chosen])
