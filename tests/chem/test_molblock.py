"""molkit.chem.molblock against RDKit's own writer, and against hostile blocks."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from rdkit import Chem
from rdkit.Chem import rdDepictor

from molkit.chem.parse import Limits, parse
from molkit.types import STATUSES, Problem


def block(smiles: str, v3000: bool = False, hydrogens: bool = False) -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol = Chem.AddHs(mol) if hydrogens else mol
    rdDepictor.Compute2DCoords(mol)
    return str(Chem.MolToMolBlock(mol, forceV3000=v3000))


@pytest.mark.parametrize("v3000", [False, True])
@pytest.mark.parametrize("hydrogens", [False, True])
def test_the_molecule_comes_back(smiles: str, v3000: bool, hydrogens: bool) -> None:
    mol = parse(block(smiles, v3000, hydrogens))
    assert not isinstance(mol, Problem), mol
    assert Chem.MolToSmiles(mol) == Chem.MolToSmiles(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize("atoms", [2**31 - 1, 10**30, 5000])
def test_a_huge_declared_count_reserves_nothing(atoms: int) -> None:
    text = block("CCO", v3000=True).replace("COUNTS 3 2", f"COUNTS {atoms} 2")
    tracemalloc.start()
    problem = parse(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(problem, Problem)
    assert problem.status == "too_large"
    assert peak < 2**20


def test_a_cut_off_block_is_no_smaller_molecule() -> None:
    text = block("CCCCCCCCCC")
    lines = text.splitlines()
    problem = parse("\n".join([*lines[:8], "M  END"]))
    assert isinstance(problem, Problem)
    assert problem.status == "invalid_syntax"


def test_chemistry_is_explained_by_atom() -> None:
    text = block("C[N+](C)(C)C").replace("M  CHG  1   2   1\n", "")
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.status == "invalid_chemistry"
    assert "Atom 2" in problem.reason
    assert "N has four bonds" in problem.reason


def test_limits_apply() -> None:
    problem = parse(block("C" * 12), Limits(heavy_atoms=11))
    assert isinstance(problem, Problem)
    assert problem.status == "too_large"
    empty = parse("\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n")
    assert isinstance(empty, Problem)
    assert empty.status == "empty"


def test_damaged_blocks_never_raise() -> None:
    source = random.Random(5)
    texts = [block("C[C@H](N)C(=O)O"), block("c1ccccc1O", v3000=True)]
    for _ in range(300):
        text = list(source.choice(texts))
        for _ in range(source.randint(1, 6)):
            text[source.randrange(len(text))] = source.choice("0123456789 -.VMC\n\x00\u00e9*")
        found = parse("".join(text))
        assert not isinstance(found, Problem) or found.status in STATUSES
