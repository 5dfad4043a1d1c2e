"""Tokens against the SMILES text that they stand for, read back by RDKit."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molkit.data.batching import join_steps, take_steps
from molkit.features.tokens import VOCABULARY, TokenFeaturizer, one_writing, token_ids
from molkit.types import Steps


def texts(steps: Steps, row: int) -> list[str]:
    """The writings of one molecule, from its tokens."""
    found = [""]
    for token in take_steps(steps, np.array([row])).values:
        found = [*found, ""] if token == 0 else [*found[:-1], found[-1] + VOCABULARY[token]]
    return found


def test_the_vocabulary_lists_no_token_twice() -> None:
    assert len(set(VOCABULARY)) == len(VOCABULARY)


def test_tokens_spell_the_canonical_smiles(varied: list[Chem.Mol], nci: list[Chem.Mol], marked: list[Chem.Mol]) -> None:
    mols = [*varied, *nci, *marked]
    steps = TokenFeaturizer()(mols)
    assert (steps.values.dtype, steps.offsets.dtype) == (np.int32, np.int64)
    for row, mol in enumerate(mols):
        assert texts(steps, row) == [Chem.MolToSmiles(mol)]


def test_every_writing_is_of_the_same_molecule(varied: list[Chem.Mol], marked: list[Chem.Mol]) -> None:
    mols = [*varied, *marked[:60]]
    steps = TokenFeaturizer(variants=4)(mols)
    several = 0
    for row, mol in enumerate(mols):
        first, *others = texts(steps, row)
        assert first == Chem.MolToSmiles(mol)
        assert len(set(others)) == len(others) <= 4
        assert {Chem.CanonSmiles(text) for text in others} == {Chem.CanonSmiles(first)}
        several += len(others) > 1
    assert several > 0.8 * len(mols)


def test_writings_do_not_depend_on_the_order_of_atoms(varied: list[Chem.Mol]) -> None:
    rng = np.random.default_rng(0)
    shuffled = [Chem.RenumberAtoms(mol, rng.permutation(mol.GetNumAtoms()).tolist()) for mol in varied]
    one, other = TokenFeaturizer(variants=4)(varied), TokenFeaturizer(variants=4)(shuffled)
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.offsets, other.offsets)


@pytest.mark.parametrize(
    ("smiles", "tokens"),
    [
        ("Clc1cc[nH]c1", ["Cl", "c", "1", "c", "c", "[", "n", "H", "]", "c", "1"]),
        ("[13CH3-]", ["[", "1", "3", "C", "H", "3", "-", "]"]),
        ("N[C@@H](C)O", ["N", "[", "C", "@@", "H", "]", "(", "C", ")", "O"]),
        ("[Sc+3]", ["[", "Sc", "+", "3", "]"]),
        ("C%12", ["C", "%", "1", "2"]),
        ("N->[Pt]", ["N", "->", "[", "Pt", "]"]),
        ("[*:3]", ["[", "*", "]"]),
        ("[Pt@SP1]", ["[", "Pt", "?", "]"]),
        ("CX", ["C", "?"]),
        ("[", ["["]),
    ],
)
def test_pieces_of_a_text(smiles: str, tokens: list[str]) -> None:
    assert [VOCABULARY[token] for token in token_ids(smiles)] == tokens


def test_zeros_choose_the_canonical_writing_and_fractions_all_in_turn(varied: list[Chem.Mol]) -> None:
    plain, several = TokenFeaturizer()(varied), TokenFeaturizer(variants=3)(varied)
    for steps in (plain, several):
        found = one_writing(steps, np.zeros(len(varied)))
        np.testing.assert_array_equal(found.values, plain.values)
        np.testing.assert_array_equal(found.offsets, plain.offsets)
    for row in range(len(varied)):
        alone, known = take_steps(several, np.array([row])), texts(several, row)
        drawn = [one_writing(alone, np.array([(place + 0.5) / len(known)])) for place in range(len(known))]
        assert [texts(steps, 0) for steps in drawn] == [[text] for text in known]


def test_the_joined_parts_are_the_whole(varied: list[Chem.Mol]) -> None:
    featurizer = TokenFeaturizer(variants=2)
    whole, parts = featurizer(varied), [featurizer(varied[:7]), featurizer([]), featurizer(varied[7:])]
    joined = join_steps(parts)
    np.testing.assert_array_equal(joined.values, whole.values)
    np.testing.assert_array_equal(joined.offsets, whole.offsets)
    rows = np.array([5, 5, 0, len(varied) - 1])
    taken, subset = take_steps(whole, rows), featurizer([varied[row] for row in rows])
    np.testing.assert_array_equal(taken.values, subset.values)
    np.testing.assert_array_equal(taken.offsets, subset.offsets)
