"""Requirements of patterns small enough to say what they are."""

from __future__ import annotations

import re

import pytest
from rdkit import Chem

from molkit.chem.requirements import Part, requirements


def required(smarts: str) -> list[dict[Part, int]]:
    return [dict(one) for one in requirements(Chem.MolFromSmarts(smarts))]


def test_equal_bonds_are_counted_whichever_way_they_are_written() -> None:
    assert required("O=CC=O") == [{Part("[C]", "[O]", (2.0,)): 2, Part("[C]", "[C]", (1.0, 1.5)): 1}]


@pytest.mark.parametrize(
    ("bond", "orders"),
    [
        ("", (1.0, 1.5)),
        ("-", (1.0,)),
        ("=,#", (2.0, 3.0)),
        (":", (1.5,)),
        ("=;!@", (2.0,)),
        ("~", None),
        ("@", None),
        ("!=", None),
        ("->", None),
        ("$", None),
    ],
)
def test_orders_of_bonds(bond: str, orders: tuple[float, ...] | None) -> None:
    assert required(f"C{bond}N") == [{Part("[C]", "[N]", orders): 1}]


def test_atoms_of_a_ring_are_in_a_ring() -> None:
    (found,) = required("C1CN1O")
    assert found == {
        Part("[C;R]", "[C;R]", (1.0, 1.5)): 1,
        Part("[C;R]", "[N;R]", (1.0, 1.5)): 2,
        Part("[N;R]", "[O]", (1.0, 1.5)): 1,
    }


def test_nested_patterns_alone_are_alternatives() -> None:
    assert required("[$(C#N),$([$(S),$(P=O)])]") == [
        {Part("[C]", "[N]", (3.0,)): 1},
        {Part("[S]"): 1},
        {Part("[O]", "[P]", (2.0,)): 1},
    ]


@pytest.mark.parametrize("primitive", ["r5", "R2", "v3", "D2", "x2", "^2", "!$(CO)", "15", "D{1-2}", "z1"])
def test_what_looks_around_the_atom_is_not_required(primitive: str) -> None:
    ((part,),) = requirements(Chem.MolFromSmarts(f"[#6;{primitive}]"))
    assert sorted(re.split("[;&]", part.begin[1:-1])) == ["#6", "*"]


def test_nothing_is_required_of_a_pattern_that_is_not_known() -> None:
    assert requirements(None) == [{}]
