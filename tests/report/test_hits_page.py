"""The page of hits: whole and well formed, and nothing that comes from a library can run in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molkit.chem.draw import svg
from molkit.report.drawings import plain_drawing
from molkit.report.hits_page import MOST_ROWS, hits_page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table>",
    "&lt;b&gt;",
    "'\"`",
    "\x00\u202e",
]
VOID = {"meta", "wbr", "path"}


class Page(HTMLParser):
    """Every element with its attributes, the texts of cells, and whether the elements are nested properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.cells[-1][-1] += data


def shown(columns: dict[str, list[Any]], drawings: list[str | None], **more: Any) -> Page:
    text = hits_page("Hits", [("Rows", ["2 = 2 ok"]), ("Notes", ["a", "b"])], columns, drawings, **more)
    page = Page(text)
    assert page.open == []
    return page


def test_cells_stand_where_they_belong() -> None:
    columns = {
        "late": ["x", "y"],
        "rank": [1, 2],
        "logS_pred": [-1.23456, None],
        "empty": [None, ""],
        "alerts": ["a", None],
    }
    page = shown(columns, [None, None], flags=["alerts"], aside=["late"])
    assert page.cells[0] == ["structure", "rank", "logS_pred", "alerts", "late"]
    assert page.cells[1:] == [["", "1", "-1.235", "a", "x"], ["", "2", "", "", "y"]]
    values = [attributes.get("data-value") for tag, attributes in page.elements if tag == "td"]
    assert [value for value in values if value] == ["-1.23456"]
    classes = {attributes["class"] for tag, attributes in page.elements if tag == "td" and "class" in attributes}
    assert classes == {"number", "flag", "aside"}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_never_markup(text: str) -> None:
    columns = {f"name {text}": [text, text * 60]}
    page = Page(hits_page(text, [(text, [text]), (text, [text, text])], columns, [None, text], flags=[text]))
    assert page.open == []
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not {"img", "b", "iframe", "object", "link"} & {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.cells[1][1].replace("\ufffd", "\x00") == text


@given(st.text(max_size=60))
def test_any_text_keeps_the_page_whole(text: str) -> None:
    page = Page(hits_page(text, [(text, [text])], {text: [text], "rank": [1]}, [text]))
    assert page.open == []
    assert [tag for tag, _ in page.elements].count("td") in (2, 3)


def test_nothing_is_fetched_and_only_the_one_script_may_run() -> None:
    text = hits_page("t", [], {"rank": [1]}, [svg(Chem.MolFromSmiles("CCO"))])
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in text
    assert "default-src &#x27;none&#x27;" in text
    assert not re.search(r"https?:|src=|href=|@import|url\(", text)


def test_long_lists_are_cut_and_say_so() -> None:
    rows = MOST_ROWS + 5
    page = shown({"rank": list(range(rows))}, [None] * rows)
    assert len(page.cells) == 1 + MOST_ROWS
    assert "first 1,000 of 1,005" in hits_page("t", [], {"rank": list(range(rows))}, [None] * rows)


def test_drawings_keep_every_outline_and_colour(varied: list[Chem.Mol]) -> None:
    for mol in varied:
        drawn = svg(mol)
        clean = plain_drawing(drawn)
        outlines = ["".join(d.split()) for d in re.findall(r"\sd='([^']*)'", drawn)]
        assert "".join(outlines) == "".join("".join(d.split()) for d in re.findall(r'\sd="([^"]*)"', clean))
        colours = set(re.findall(r"#[0-9A-F]{6}", drawn))
        assert set(re.findall(r"#[0-9A-F]{6}", clean)) == colours
        assert len(clean) < len(drawn)
        assert re.fullmatch(r'<svg viewBox="0 0 220 150" width="220" height="150">(<path [^<>]*/>)*</svg>', clean)


@pytest.mark.parametrize(
    "part",
    [
        "<script>alert(1)</script>",
        "<image href='http://example.org/x.png'/>",
        "<path d='M 0,0' onclick='alert(1)' style='fill:url(javascript:1);stroke:#000000'/>",
        "<path d='M 0,0\"/><script>alert(1)</script>'/>",
        "<text>CC</text>",
    ],
)
def test_a_drawing_is_made_anew_from_what_is_recognised(part: str) -> None:
    clean = plain_drawing(f"<svg viewBox='0 0 10 10'>{part}</svg>")
    assert re.fullmatch(
        r'<svg [^<>]*>(<path fill="none"( stroke="#000000" stroke-width="1")? d="M 0,0"/>)?</svg>', clean
    )


@pytest.mark.parametrize("text", [None, "", "no drawing", "<svg><path d='M 0,0'/></svg>"])
def test_no_drawing_is_an_empty_cell(text: str | None) -> None:
    assert plain_drawing(text) == ""


def test_numbers_and_truth_are_short_and_readable() -> None:
    columns = {"x": [0.123456, 1234567.8, 1e20], "n": [1234567, 2, None], "new": [True, False, None]}
    rows = [row[1:] for row in Page(hits_page("Hits", [], columns, [None] * 3)).cells[1:]]
    assert rows == [["0.1235", "1234567", "true"], ["1234568", "2", "false"], ["1e+20", "", ""]]
