"""SELFIES tokens against the library of their authors, and back."""

from __future__ import annotations

import numpy as np
import selfies
from rdkit import Chem

from molkit.features.selfies import SELFIES_VOCABULARY, SelfiesFeaturizer, selfies_ids, smiles_of_selfies


def test_every_token_is_one_that_selfies_reads() -> None:
    assert len(set(SELFIES_VOCABULARY)) == len(SELFIES_VOCABULARY)
    for token in SELFIES_VOCABULARY[2:]:
        assert list(selfies.split_selfies(token)) == [token]
        selfies.decoder("[C][C]" + token + "[C][C]")  # raises where a token is none of its language


def test_ids_are_the_tokens_of_the_library() -> None:
    for smiles in (
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@H](N)C(=O)O",
        "F/C=C/F",
        "C[N+](C)(C)CC(=O)[O-]",
        "O=C1c2ccccc2C(=O)N1",
    ):
        assert [SELFIES_VOCABULARY[one] for one in selfies_ids(smiles)] == list(
            selfies.split_selfies(selfies.encoder(smiles))
        )


def test_molecules_come_back(varied: list[Chem.Mol]) -> None:
    steps = SelfiesFeaturizer()(varied)
    assert len(steps) == len(varied)
    back = 0
    for place, mol in enumerate(varied):
        ids = steps.values[steps.offsets[place] : steps.offsets[place + 1]]
        assert len(ids)
        if 1 in ids:
            continue
        again = Chem.MolFromSmiles(smiles_of_selfies("".join(SELFIES_VOCABULARY[one] for one in ids)))
        back += Chem.MolToSmiles(again) == Chem.MolToSmiles(mol)
    assert back > 60


def test_what_selfies_cannot_write_is_one_unknown_token() -> None:
    assert selfies_ids("FS(F)(F)(F)(F)(F)F") == [1]
    assert 1 in selfies_ids("C[Hg]C")
    assert selfies_ids("CCN.Cl") == [*selfies_ids("CCN"), 1, *selfies_ids("Cl")]  # molecules side by side


def test_a_molecule_does_not_depend_on_its_neighbours(varied: list[Chem.Mol]) -> None:
    together = SelfiesFeaturizer()(varied)
    for place in (0, 7, len(varied) - 1):
        alone = SelfiesFeaturizer()([varied[place]])
        np.testing.assert_array_equal(
            alone.values, together.values[together.offsets[place] : together.offsets[place + 1]]
        )
