"""molkit.chem.syntax never objects to what RDKit's parser accepts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molkit.chem.syntax import syntax_problem
from molkit.chem.tokens import atom_tokens, tokenise


def read(text: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(text, sanitize=False)


@given(st.text("CNOcn()[]=#12%+-@H.:/\\", min_size=1, max_size=14))
def test_no_false_alarm(text: str) -> None:
    if read(text) is not None:
        assert syntax_problem(text) is None


def test_no_false_alarm_on_broken_drugs(smiles: str) -> None:
    source = random.Random(smiles)
    for _ in range(200):
        at = source.randrange(len(smiles) + 1)
        text = smiles[:at] + source.choice(["", "C", "(C)", "=", "1", "%12", "[H]", ".", "/"]) + smiles[at + 1 :]
        if text and read(text) is not None:
            assert syntax_problem(text) is None, text


def test_tokens_are_the_atoms_of_rdkit(smiles: str) -> None:
    tokens = tokenise(smiles)
    assert not isinstance(tokens, int)
    assert "".join(token.text for token in tokens) == smiles
    assert all(smiles[token.position - 1 :].startswith(token.text) for token in tokens)
    mol = read(smiles)
    assert mol is not None
    symbols = [token.text.strip("[]0123456789+-@")[:1].upper() for token in atom_tokens(tokens)]
    assert symbols == [atom.GetSymbol()[0] for atom in mol.GetAtoms()]
