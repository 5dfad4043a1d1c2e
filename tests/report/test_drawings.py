"""Drawings made anew: the same lines in fewer characters, and nothing else of what was given."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rdkit import Chem

from molkit.chem.draw import svg
from molkit.report.drawings import draw_smiles, plain_drawing, relative


def corners(path: str, scale: float) -> list[tuple[float, float]]:
    """The points of path data by the rules of SVG, absolute (capital letters) or relative (small ones)."""
    found, here, start = [], np.zeros(2), np.zeros(2)
    for letter, text in re.findall(r"([MLQCZmlqcz])([^A-Za-z]*)", path):
        if letter in "Zz":
            here = start
            continue
        numbers = np.array([float(n) for n in re.findall(r"-?[\d.]+", text)]).reshape(-1, 2) * scale
        size = {"m": 1, "l": 1, "q": 2, "c": 3}[letter.lower()]
        for place in range(0, len(numbers), size):
            points = numbers[place : place + size] + (here if letter.islower() else 0)
            found += [(round(float(x), 1), round(float(y), 1)) for x, y in points]
            here = points[-1]
            if letter in "Mm" and place == 0:
                start = here
    return found


def strokes(drawn: str, quote: str, scale: float) -> dict[str, list[tuple[float, float]]]:
    """The points of all paths by colour."""
    found: dict[str, list[tuple[float, float]]] = {}
    for path in re.findall(r"<path[^>]*>", drawn):
        colour = " ".join(sorted(re.findall(r"(?:fill|stroke)(?::|=.)(#[0-9A-F]{6})", path)))
        outline = re.search(rf"\sd={quote}([^{quote}]*){quote}", path)
        found.setdefault(colour, []).extend(corners(outline[1], scale) if outline else [])
    return found


def test_drawings_keep_every_point_and_colour(varied: list[Chem.Mol]) -> None:
    for mol in varied:
        drawn = svg(mol)
        clean = plain_drawing(drawn)
        before, after = strokes(drawn, "'", 1), strokes(clean, '"', 0.1)
        assert before.keys() == after.keys()
        for colour, points in before.items():
            assert np.allclose(sorted(points), sorted(after[colour]), atol=1e-6), (Chem.MolToSmiles(mol), colour)
        assert len(clean) < 0.5 * len(drawn)
        assert re.fullmatch(r'<svg viewBox="0 0 2200 1500" width="220" height="150">(<path [^<>]*/>)*</svg>', clean)


@pytest.mark.parametrize(
    "part",
    [
        "<script>alert(1)</script>",
        "<image href='http://example.org/x.png'/>",
        "<path d='M 0,0' onclick='alert(1)' style='fill:url(javascript:1);stroke:#000000'/>",
        "<path d='M 0,0\"/><script>alert(1)</script>'/>",
        "<path d='M 0,0 A 1 2 3'/>",
        "<text>CC</text>",
    ],
)
def test_a_drawing_is_made_anew_from_what_is_recognised(part: str) -> None:
    clean = plain_drawing(f"<svg viewBox='0 0 10 10'>{part}</svg>")
    assert re.fullmatch(
        r'<svg [^<>]*>(<path fill="none"( stroke="#000000" stroke-width="10")? d="m0 0"/>)?</svg>', clean
    )


@pytest.mark.parametrize("outline", ["M", "M 1", "L 1,2,3", "Q 1,1", "M 1.2.3,4", "ZZZ", ""])
def test_broken_outlines_raise_nothing(outline: str) -> None:
    assert re.fullmatch(r"[mlqcz0-9 -]*", relative(outline))


@pytest.mark.parametrize("text", [None, "", "no drawing", "<svg><path d='M 0,0'/></svg>"])
def test_no_drawing_is_an_empty_cell(text: str | None) -> None:
    assert plain_drawing(text) == ""


@pytest.mark.parametrize("smiles", [None, "", "C((", "<script>", "C" * 400, "\ud800", "C\0C"])
def test_what_cannot_be_drawn_is_not_drawn(smiles: str | None) -> None:
    assert draw_smiles(smiles) is None


def test_what_can_be_drawn_is() -> None:
    assert draw_smiles("CCO") == svg(Chem.MolFromSmiles("CCO"))
