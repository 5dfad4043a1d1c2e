"""The blocks of a page: whole, inert, and saying what they were given."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed import HOSTILE, Page

from molkit.report.escaped import escaped, visible
from molkit.report.page import (
    bullets,
    facts,
    interval_cell,
    mark_cell,
    markdown,
    page,
    paragraphs,
    picture,
    table,
)

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked = 1'><script>window.hacked = 1</script></svg>"


def full(text: str) -> str:
    """A page with the text in every place that takes one."""
    columns = {text: [text] * 12, f"{text} 2": [None, text] * 6, "n": list(range(12)),
               "mark": [mark_cell(text, text)] * 12}  # fmt: skip
    blocks = [
        paragraphs([text]),
        facts([(text, [text]), (text, [text, text]), (text, [])]),
        bullets([text]),
        markdown(f"# {text}\n\n- {text}\n\n| {text} |\n|---|\n| {text} |\n\n`{text}`"),
        picture(SVG, text, text),
        table(columns, {text: [None, text] * 6}, set_off=[text], aside=[text], caption=text),
    ]
    return page(text, [(text, blocks), (text, [paragraphs([text])]), ("last", blocks[:1]), ("none", [])])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_shown(text: str) -> None:
    found = Page(full(text))
    assert found.open == []
    assert found.inert
    assert found.text.count(visible(text)) >= 15
    full(text).encode("utf-8")


@given(st.text(max_size=30))
def test_any_text_keeps_a_page_whole(text: str) -> None:
    found = Page(full(text))
    assert found.open == []
    assert found.inert


@given(st.text())
def test_nothing_visible_hides_or_turns_around(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r"]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI")]
    if text.isprintable():
        assert shown == text


def test_the_policy_names_the_style_and_the_one_script() -> None:
    text = page("t", [("", [paragraphs(["x"])])])
    for kind in ("style", "script"):
        (content,) = re.findall(f"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src &#x27;sha256-{digest}&#x27;" in text
    assert "default-src &#x27;none&#x27;" in text
    assert "unsafe" not in text


def test_the_contents_lead_to_the_sections() -> None:
    found = Page(page("t", [(name, [paragraphs(["x"])]) for name in "abc"]))
    ids = [attributes["id"] for tag, attributes in found.elements if tag == "h2"]
    assert [str(a["href"]) for tag, a in found.elements if tag == "a"] == [f"#{name}" for name in ids]
    assert "a" not in Page(page("t", [(name, [paragraphs(["x"])]) for name in "ab"])).tags


def test_a_shared_drawing_is_in_the_page_once() -> None:
    from molkit.report.drawings import draw_smiles

    ring, chain = draw_smiles("c1ccccc1"), draw_smiles("CCO")
    text = table({"n": [1, 2, 3]}, {"structure": [ring, chain, ring]})
    found = Page(text)
    outlines = [a["d"] for tag, a in found.elements if tag == "path"]
    assert len(outlines) == len(set(outlines))
    (name,) = {str(a["href"]) for tag, a in found.elements if tag == "use"}
    assert [a["id"] for tag, a in found.elements if tag == "g"] == [name.removeprefix("#")]
    assert found.tags.count("use") == 2


def test_filters_suit_the_columns() -> None:
    columns = {
        "n": ["1.5", "-2e3", ""] * 5,
        "kind": ["yes", "no", None] * 5,
        "free": [f"text {i} of its own" for i in range(15)],
        "few": ["a"] * 15,
    }
    found = Page(table(columns))
    fields = {(tag, a["data-column"], a.get("data-end")) for tag, a in found.elements if "data-column" in a}
    assert fields == {("input", "0", "from"), ("input", "0", "to"), ("select", "1", None)}
    assert all("aria-label" in a for _, a in found.elements if "data-column" in a)
    assert "input" not in Page(table({name: values[:5] for name, values in columns.items()})).tags


def test_a_long_name_of_a_column_does_not_fill_the_page() -> None:
    found = Page(table({"n" * 100_000: list(range(9)), "d" * 100: ["x"] * 9}, {"s" * 100_000: [None] * 9}))
    assert found.cells[0] == ["s" * 160 + "…", "n" * 160 + "…", "d" * 100]


def test_every_choice_is_what_a_cell_holds() -> None:
    """The script compares an option with the text of a cell, or with its `data-value`."""
    columns = {
        "text": ["True", "False", "true"] * 5,
        "bool": [True, False, None] * 5,
        "verdict": [mark_cell("in", "good"), mark_cell("out", "bad"), mark_cell(None, "")] * 5,
    }
    found = Page(table(columns))
    options = {str(a["value"]) for tag, a in found.elements if tag == "option"} - {""}
    assert options == {"=True", "=False", "=true", "=false", "=in", "=out"}
    assert {row[1] for row in found.cells[1:]} == {"true", "false", ""}


def test_only_digits_that_the_script_reads_make_a_number() -> None:
    cells = [a for tag, a in Page(table({"x": ["\u0663", "\u0664"]})).elements if tag == "td"]
    assert [cell.get("class") for cell in cells] == [None, None]


def test_a_long_cell_is_cut_and_keeps_more_in_its_title() -> None:
    found = Page(table({"x": ["a" * 1_000_000]}))
    (cell,) = [a for tag, a in found.elements if tag == "td"]
    assert found.cells[1] == ["a" * 160 + "…"]
    assert cell["title"] == "a" * 2000


def test_all_rows_are_there_and_the_later_ones_marked() -> None:
    found = Page(table({"x": list(range(600))}))
    rows = [a.get("class") for tag, a in found.elements if tag == "tr"][1:]
    assert len(rows) == 600
    assert [mark == "later" for mark in rows] == [place >= 250 for place in range(600)]


@pytest.mark.parametrize(
    ("low", "middle", "high", "sign"),
    [
        (1.0, 2.0, 3.0, "1.00 to 3.00"),
        (None, 1.0, 2.0, ""),
        (1.0, 2.0, float("inf"), ""),
        (1.0, float("nan"), 9.0, "1.00 to 9.00"),
        (-5.3, 1.0, 12345.6, "-5 to 12346"),
        (0.0, 1.0, 99.97, "0.0 to 100.0"),
        (1e-7, 1.0, 1e20, "1e-07 to 1e+20"),
        (0.001, 1.0, 2.5, "0.001 to 2.5"),
        (-2.6234, -1.0, -0.296, "-2.62 to -0.30"),
    ],
)
def test_an_interval_is_a_bar_within_the_column(low: float, middle: float, high: float, sign: str) -> None:
    cell = interval_cell(low, middle, high, (0.0, 4.0))
    found = Page(f"<table><tr><td>{cell.markup}</td></tr></table>")
    assert found.cells == [[sign]]
    for tag, attributes in found.elements:
        if tag == "rect" and low == 1:
            assert float(attributes["x"] or 0) == 25
            assert float(attributes["width"] or 0) == (50 if high == 3 else 75)


def test_empty_blocks_are_nothing() -> None:
    assert (paragraphs([]), bullets([]), facts([]), facts([("a", [])])) == ("", "", "", "")
    assert Page(table({})).open == []
    assert escaped("") == ""


def test_pictures_are_images_of_their_kind() -> None:
    assert 'src="data:image/png;base64,' in picture(b"\x89PNG...", "a")
    assert 'src="data:image/svg+xml;base64,' in picture(SVG, "a")
