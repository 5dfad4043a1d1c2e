"""Protein sequences: read from a cell, as numbers of residues, and as a sketch of their 3-mers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from molkit.data.cells import is_blank
from molkit.types import Identity, Problem, Steps

# Residues by their number, from 1; 0 is no residue, the last is an unknown one. Models know them by their place.
RESIDUES = "ACDEFGHIKLMNPQRSTVWYX"
UNKNOWN = len(RESIDUES)
# Selenocysteine as cysteine, pyrrolysine as lysine; B, Z and J stand for one of two (IUPAC-IUB, 1983).
_ODD = str.maketrans("UOBZJ", "CKXXX")
_EXAMPLE = "a protein is written in one-letter residues, such as MKTAYIAKQR"
_SMILES_LETTERS, _NUCLEOTIDES = set("CNOSPFIBHcnosplr"), set("ACGTUN")
_LONGEST_SHOWN, _BEGINNING = 100, 30  # of a sequence of residues; no SMILES so long is all letters
_CARBONS = 1 / 3  # proteins with so many cysteines and nothing but these letters are not known
_FEWEST_NUCLEOTIDES = 20
_CLASSES = 16  # of a slot of a sketch
_LETTERS = np.zeros(128, np.int32)
_LETTERS[np.frombuffer(RESIDUES.encode(), np.uint8)] = np.arange(1, UNKNOWN + 1)


def shortened(text: str) -> str:
    """A text as it stands in a cell or a sentence: only the beginning of a long sequence of residues."""
    if len(text) <= _LONGEST_SHOWN or not text.isalpha():
        return text
    return f"{text[:_BEGINNING]}... ({len(text)} residues)"


@dataclass(frozen=True)
class SequenceReader:
    """A cell of text to a clean sequence of `RESIDUES`, of at most `longest`, or why it is none.

    White space, gaps (- and .) and stops (*) at the end are left out, lower case is read as upper case.
    """

    longest: int = 5000

    def __call__(self, cell: str | None) -> str | Problem:
        """The sequence, or a problem with a sentence.

        >>> SequenceReader()(" mkta-UB* ")
        'MKTACX'
        """
        if is_blank(cell):
            return Problem("empty", "the cell is empty.")
        text = re.sub(r"[\s.-]+", "", cell or "").rstrip("*")
        if not text:
            return Problem("empty", "the protein has no residues.")
        strange = re.search(r"[^A-Za-z]", text)
        if strange:
            place = (cell or "").index(strange[0]) + 1
            return Problem("invalid_syntax", f"{strange[0]!r} is no residue; {_EXAMPLE}.", place)
        if _like_smiles(text):
            return Problem("invalid_syntax", f"the text looks like the SMILES of a molecule; {_EXAMPLE}.")
        clean = text.upper()
        if len(clean) >= _FEWEST_NUCLEOTIDES and set(clean) <= _NUCLEOTIDES:
            return Problem("unsupported", "the text looks like nucleotides; translate them to a protein first.")
        if len(clean) > self.longest:
            return Problem("too_large", f"the protein has {len(clean)} residues, and at most {self.longest} are read.")
        clean = clean.translate(_ODD)
        if set(clean) == {"X"}:
            return Problem("unsupported", "the protein has unknown residues only; give its sequence.")
        return clean


def _like_smiles(text: str) -> bool:
    carbons = text.count("C") + text.count("c") - text.count("Cl")
    return set(text) <= _SMILES_LETTERS and carbons >= _CARBONS * len(text)


def identify(sequence: str) -> Identity:
    """Equal sequences are one protein, which no split may part."""
    return Identity(sequence, sequence, (sequence,))


@dataclass(frozen=True)
class ResidueFeaturizer:
    """Numbers of residues, int32: places in `RESIDUES` from 1."""

    kind: ClassVar[str] = "residues"

    def __call__(self, sequences: Sequence[str]) -> Steps:
        """Sequences of at least one residue each."""
        return residue_numbers(sequences)


@dataclass(frozen=True)
class KmerFeaturizer:
    """A sketch of the 3-mers of a protein whose Tanimoto similarities rank as those of the sets of 3-mers do.

    Of `slots` random orders of all 3-mers each keeps the first that the protein has, of that 16 classes: b-bit minwise
    hashing with b = 4 (Li and König, WWW 2010). Two proteins agree in a share J + (1 - J) / 16 of the slots, J being
    the Jaccard similarity of their sets. One bit of each slot is set, so that 128 slots are 2048 bits.
    """

    kind: ClassVar[str] = "kmers"
    slots: int = 128

    def __call__(self, sequences: Sequence[str]) -> np.ndarray:
        """Presence bits eight to a byte, uint8 [n, 2 * slots]."""
        bits = np.zeros((len(sequences), self.slots, _CLASSES), np.uint8)
        orders = _orders(self.slots)
        for row, sequence in enumerate(sequences):
            first = orders[_kmers(sequence)].min(axis=0)
            bits[row, np.arange(self.slots), first % _CLASSES] = 1
        return np.packbits(bits.reshape(len(sequences), self.slots * _CLASSES), axis=1)


def residue_numbers(sequences: Sequence[str]) -> Steps:
    """The residues of clean sequences, packed."""
    offsets = np.concatenate([[0], np.cumsum([len(sequence) for sequence in sequences], dtype=np.int64)])
    return Steps(_LETTERS[np.frombuffer("".join(sequences).encode(), np.uint8)], offsets)


def _kmers(sequence: str) -> np.ndarray:
    """The number of each 3-mer; a protein of one or two residues has one that ends with none."""
    numbers = _LETTERS[np.frombuffer(sequence.encode(), np.uint8)]
    numbers = np.pad(numbers, (0, max(3 - len(numbers), 0)))
    base = UNKNOWN + 1
    return np.asarray((numbers[:-2] * base + numbers[1:-1]) * base + numbers[2:])


@lru_cache(maxsize=4)
def _orders(slots: int) -> np.ndarray:
    """A fixed random number of each 3-mer for each slot, uint16 [3-mers, slots]."""
    count = (UNKNOWN + 1) ** 3 * slots
    # of this generator numpy promises to keep the bits
    return np.random.PCG64(3).random_raw(-(-count // 4)).view(np.uint16)[:count].reshape(-1, slots)
