"""molkit.chem.identity: what must share a leak group, and what must not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molkit.chem.identity import inchikey, leak_groups, leak_keys
from molkit.chem.standardise import Structure, read_structure


def keys(text: str) -> tuple[str, str]:
    found = read_structure(text)
    assert isinstance(found, Structure)
    return leak_keys(found.mol)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O=c1cccc[nH]1", "Oc1ccccn1"),
        ("Cc1c[nH]cn1", "Cc1cnc[nH]1"),
        ("Nc1nc2[nH]cnc2c(=O)[nH]1", "Nc1nc2nc[nH]c2c(O)n1"),
        ("CC(=O)CC(C)=O", "CC(O)=CC(C)=O"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("OC(=O)/C=C/C(=O)O", "OC(=O)/C=C\\C(=O)O"),
        ("[2H]C([2H])([2H])O", "CO"),
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)O.[Cl-]"),
        ("C1=CC=CC=C1O", "Oc1ccccc1"),
    ],
)
def test_forms_of_one_compound_share_a_group(one: str, other: str) -> None:
    assert leak_groups([keys(one), keys("CCCCN"), keys(other)]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("one", "other"), [("CCO", "COC"), ("CCCN", "CCCO"), ("Oc1ccccn1", "Oc1cccnc1")])
def test_different_compounds_do_not(one: str, other: str) -> None:
    assert leak_groups([keys(one), keys(other)]).tolist() == [0, 1]


def test_the_writing_does_not_matter(smiles: str, writings: list[str]) -> None:
    assert {keys(text) for text in writings} == {keys(smiles)}


def test_inchikey_is_that_of_inchi(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    assert inchikey(mol) == Chem.InchiToInchiKey(Chem.MolToInchi(mol))


def test_what_inchi_refuses_has_no_key() -> None:
    assert inchikey(Chem.MolFromSmiles("*CC")) == ""


@given(st.lists(st.tuples(st.sampled_from(["", *"abcdef"]), st.sampled_from(["", *"uvwxyz"])), max_size=12))
def test_groups_are_the_connected_components(pairs: list[tuple[str, str]]) -> None:
    linked = np.array(
        [
            [i == j or any(a and a == b for a, b in zip(x, y, strict=True)) for j, y in enumerate(pairs)]
            for i, x in enumerate(pairs)
        ],
        dtype=bool,
    )
    for _ in pairs:  # the transitive closure, by brute force
        linked = linked @ linked if len(pairs) else linked
    first = [int(np.argmax(row)) for row in linked]
    expected = [sorted(set(first)).index(row) for row in first]
    found = leak_groups(pairs)
    assert found.dtype == np.int64
    assert found.tolist() == expected
