"""Molecules to the tokens of their SELFIES, every sequence of which is a molecule.

Krenn et al., Mach. Learn.: Sci. Technol. 2020, 1, 045024; version 2 of the language (Lo et al., Digital Discovery 2023,
2, 897), with the valences that its library allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from rdkit import Chem

from molkit.types import Steps

_BONDS = ("", "=", "#", "/", "\\")
# What libraries of drug-like molecules hold, after standardisation and before.
_ATOMS = (
    "C", "N", "O", "S", "F", "P", "Cl", "Br", "I", "B", "Si", "Se",
    "C@", "C@@", "C@H1", "C@@H1", "S@", "S@@", "S@+1", "S@@+1", "P@", "P@@", "N@", "N@@", "N@+1", "N@@+1",
    "NH1", "N+1", "NH1+1", "NH2+1", "NH3+1", "N-1", "NH0", "NH2", "O-1", "O+1", "OH0", "OH1+1", "S+1", "S-1", "SH0",
    "SH1", "PH1", "P+1", "P-1", "C-1", "C+1", "CH0", "CH1", "CH2", "CH3", "CH1-1", "B-1", "BH1-1", "I+1", "SiH1",
    "SiH2", "Se+1", "As", "Te", "Sn", "Ge",
    "2H", "3H", "11C", "13C", "14C", "11CH3", "13CH3", "14CH3", "2HH1", "15N", "13N", "18O", "18F", "19F", "35S",
    "123I", "124I", "125I", "131I", "76Br", "77Br",
)  # fmt: skip
_RING_BONDS = ("", "=", "#", "-/", "-\\", "/-", "\\-", "//", "\\\\", "/\\", "\\/")
_SIZES = ("1", "2", "3")
# The end and whatever is not listed come first; new tokens are added at the end, as models know them by their place.
SELFIES_VOCABULARY = (
    "",
    "?",
    *(f"[{bond}Branch{size}]" for size in _SIZES for bond in ("", "=", "#")),
    *(f"[{bond}Ring{size}]" for size in _SIZES for bond in _RING_BONDS),
    *(f"[{bond}{atom}]" for atom in _ATOMS for bond in _BONDS),
)
_END, _OTHER = 0, 1
_IDS = {token: place for place, token in enumerate(SELFIES_VOCABULARY)}
_TOKEN = re.compile(r"\[[^\]]*\]|\.")  # a dot, between molecules of a mixture, is no token of the list


@dataclass(frozen=True)
class SelfiesFeaturizer:
    """Ids into `SELFIES_VOCABULARY`, int32, of the canonical SMILES written as SELFIES."""

    kind: ClassVar[str] = "selfies"

    def __call__(self, mols: Sequence[Chem.Mol]) -> Steps:
        """Sequences of at least one token; a molecule that SELFIES cannot write is the one token for anything else."""
        found = [selfies_ids(Chem.MolToSmiles(mol)) for mol in mols]
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in found], dtype=np.int64)])
        return Steps(np.array([token for ids in found for token in ids], np.int32), offsets)


def selfies_ids(smiles: str) -> list[int]:
    """The ids of a molecule.

    >>> [SELFIES_VOCABULARY[token] for token in selfies_ids("CC(=O)N")]
    ['[C]', '[C]', '[=Branch1]', '[C]', '[=O]', '[N]']
    """
    import selfies

    try:
        text = selfies.encoder(smiles)
    except selfies.EncoderError:  # an element or a valence that its tables do not have
        return [_OTHER]
    return [_IDS.get(token, _OTHER) for token in _TOKEN.findall(text)] or [_OTHER]


@lru_cache(maxsize=100_000)
def smiles_of_selfies(text: str) -> str:
    """The SMILES of a text of SELFIES tokens, of which those that cannot be placed are left out; "" for none."""
    import selfies

    return str(selfies.decoder(text))
