"""The map of vectors: colours that mean something, a picture, and a page whose points show their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM, chromium
from parsed import HOSTILE

from molkit.pipeline.projection import Plane
from molkit.report.figures import drawn
from molkit.report.map_colours import KINDS, NONE, OTHERS, colours_of
from molkit.report.map_plots import VectorMap, map_page, map_picture

POINTS = np.random.default_rng(0).normal(size=(60, 2))
PLANE = Plane(POINTS, ("axis <1>", "axis 2"), "A sentence & more.")
NUMBERS = [*np.linspace(-3, 3, 59).tolist(), None]


def test_a_column_of_numbers_is_a_scale() -> None:
    found = colours_of("x", NUMBERS)
    assert found.numbers
    assert found.low == pytest.approx(-2.94, abs=0.05)
    assert found.points[-1] == NONE
    assert len(set(found.points[:-1])) > 20
    assert found.points[0] == found.legend[0][1]
    assert colours_of("x", list(map(str, NUMBERS[:-1]))).points == found.points[:-1]


def test_few_kinds_have_a_colour_each_and_many_share_the_last() -> None:
    found = colours_of("x", [0, 1, 1, "", None])
    assert found.legend == [("0", KINDS[0]), ("1", KINDS[1]), ("none", NONE)]
    assert found.points == [KINDS[0], KINDS[1], KINDS[1], NONE, NONE]
    many = colours_of("x", [f"k{place}" for place in range(20)] + ["k0"])
    assert many.legend[-1] == (OTHERS, KINDS[-1])
    assert len(many.legend) == len(KINDS)
    assert many.points.count(KINDS[-1]) == 20 - len(KINDS) + 1


def test_of_nothing_there_are_no_colours() -> None:
    assert colours_of("x", [None, ""]).legend == []
    assert colours_of("x", []).points == []


@pytest.mark.parametrize("values", [NUMBERS, ["a", "b"] * 30])
def test_pictures_can_be_drawn_and_repeat(values: list[object]) -> None:
    picture = map_picture(VectorMap("t $x", PLANE, colours_of("a $name", values), ()))
    for suffix in ("png", "svg", "pdf"):
        assert drawn(picture, suffix)[:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    assert drawn(picture, "png") == drawn(picture, "png")


def test_a_page_escapes_what_it_is_given() -> None:
    columns = {"row": list(range(60)), "text": [HOSTILE[place % len(HOSTILE)] for place in range(60)]}
    text = map_page(VectorMap(HOSTILE[0], PLANE, colours_of(HOSTILE[0], columns["text"])), columns, [None] * 60)
    assert "axis &lt;1&gt;" in text
    assert text.count("<circle") >= 60
    assert "<script>window" not in text


@pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
def test_a_point_shows_its_row(tmp_path: Path) -> None:
    columns = {"row": list(range(60)), "name": [f"name {place}" for place in range(60)]}
    path = tmp_path / "map.html"
    found = VectorMap("map", PLANE, colours_of("x", NUMBERS))
    path.write_text(map_page(found, columns, ["C" * (1 + place % 5) for place in range(60)]), encoding="utf-8")
    with chromium(tmp_path / "profile") as tab:
        tab.open(path)
        tab.run("document.querySelectorAll('.table th button')[0].click()")  # another order of the rows
        tab.run("document.querySelectorAll('.table th button')[0].click()")
        tab.run("document.querySelectorAll('.map figure circle')[7]"
                ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))")  # fmt: skip
        assert "name 7" in tab.run("document.querySelector('.shown').textContent")
        assert tab.run("document.querySelectorAll('.shown svg').length") == 1
        assert tab.run("document.querySelectorAll('circle.on').length") == 1
        assert tab.said == []
