"""molkit.chem.parse against bare RDKit, and against hostile text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molkit.chem.parse import Limits, parse
from molkit.types import STATUSES, Problem


def canonical(mol: Chem.Mol | Problem) -> str:
    assert not isinstance(mol, Problem), mol
    return Chem.MolToSmiles(mol)


def test_gives_what_rdkit_gives(smiles: str) -> None:
    assert canonical(parse(smiles)) == canonical(Chem.MolFromSmiles(smiles))


def test_outer_white_space_is_ignored_and_counted(smiles: str) -> None:
    assert canonical(parse(f" \t{smiles}\r\n")) == canonical(parse(smiles))
    problem = parse("   CCX")
    assert isinstance(problem, Problem)
    assert problem.position == 6


@pytest.mark.parametrize("text", ["", " ", "\t", "\n", "\u00a0", None, 3.5, float("nan")])
def test_empty(text: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.status == "empty"


@given(st.integers(1, 7), st.sampled_from("\x00\x07\x7f \t\n\u00e9\u200b\u2212\u202e\uff23\U0001f9ea"))
def test_odd_characters_are_found_where_they_are(at: int, character: str) -> None:
    text = "CC(=O)OC"
    problem = parse(text[:at] + character + text[at:])
    assert isinstance(problem, Problem)
    assert (problem.status, problem.position) == ("invalid_syntax", at + 1)


@given(st.text(max_size=60) | st.text("CNOcn()[]=#123%+-@H.:/\\*>~$ |", max_size=40))
def test_any_text_gives_a_molecule_or_a_known_status(text: str) -> None:
    found = parse(text)
    if isinstance(found, Problem):
        assert found.status in STATUSES
        assert found.reason
        assert found.position is None or 1 <= found.position <= len(text)
    else:
        assert found.GetNumAtoms() > 0


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("C" * 1000, "C" * 1001),
        (".".join("C" * 50), ".".join("C" * 51)),
        ("C(" * 250 + "C" + ")" * 250, "C(" * 251 + "C" + ")" * 251),
        ("C1CC1" * 125 + "C2CC2" * 125, "C1CC1" * 251),
        ("C([H])" * 700, "[C]" * 1001),
    ],
)
def test_limits_hold_exactly(good: str, bad: str) -> None:
    assert not isinstance(parse(good), Problem)
    problem = parse(bad)
    assert isinstance(problem, Problem)
    assert problem.status == "too_large"


def test_open_ring_bonds_are_limited(nasty) -> None:
    assert not isinstance(parse(nasty.open_rings(99)), Problem)
    problem = parse(nasty.open_rings(100))
    assert isinstance(problem, Problem)
    assert problem.status == "too_large"


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(characters=5), "CCCCCC"),
        (Limits(heavy_atoms=5), "CCCCCC"),
        (Limits(rings=1), "C1CC1C1CC1"),
        (Limits(open_rings=1), "C12CC1C2"),
        (Limits(components=1), "C.C"),
        (Limits(nesting=1), "C(C(C)C)C"),
    ],
)
def test_smaller_limits_are_honoured(limits: Limits, text: str) -> None:
    assert not isinstance(parse(text), Problem)
    problem = parse(text, limits)
    assert isinstance(problem, Problem)
    assert problem.status == "too_large"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("CCO |$_AV:a;b;c$|", "CCO"),
        ("C[C@H](F)Cl |o1:1|", "C[C@H](F)Cl"),
        ("CCO | |", "CCO"),
        ("c1ccccc1 |c:0,2,4|", "c1ccccc1"),
    ],
)
def test_cxsmiles_is_read(text: str, plain: str) -> None:
    assert canonical(parse(text)) == canonical(Chem.MolFromSmiles(plain))


@pytest.mark.parametrize(
    "text", ["CCO |garbage|", "CCO |garbage", "CCO |(1,2|", "CCO | cat /etc/passwd", "CCO |$\u00e9$|"]
)
def test_broken_cxsmiles_is_a_problem(text: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.status == "invalid_syntax"
    assert problem.position in (4, 5)


@pytest.mark.parametrize("text", ["CCO>>CC=O", "CCO>[Pd]>CC=O", "[CH3:1]>>[CH3:1]", "CC.O>>"])
def test_reactions_are_unsupported(text: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.status == "unsupported"
    assert text[(problem.position or 0) - 1] == ">"


def test_rdkit_stays_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for text in ("C1CC", "CN(C)(C)C", "c1ccc1n", "[H+]", "C/C=C", "CCO |x|", "C(", "OC(=O)C.[H]", "\nx\nV2000\n"):
        parse(text)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
