"""The page of hits: whole and well formed, and nothing that comes from a library can run in it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed import HOSTILE, Page
from rdkit import Chem

from molkit.chem.draw import svg
from molkit.report.escaped import visible
from molkit.report.hits_page import MOST_ROWS, hits_page


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
    assert page.inert
    assert page.cells[1][1] == visible(text)


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
    assert "img-src data:;" in text
    assert not re.search(r"https?:|src=|href=|@import|url\(", text.split("</script>")[0].replace(script, ""))


def test_long_lists_are_cut_and_say_so() -> None:
    rows = MOST_ROWS + 5
    page = shown({"rank": list(range(rows))}, [None] * rows)
    assert len(page.cells) == 1 + MOST_ROWS
    assert "first 5,000 of 5,005" in hits_page("t", [], {"rank": list(range(rows))}, [None] * rows)


def test_numbers_and_truth_are_short_and_readable() -> None:
    columns = {"x": [0.123456, 1234567.8, 1e20], "n": [1234567, 2, None], "new": [True, False, None]}
    rows = [row[1:] for row in Page(hits_page("Hits", [], columns, [None] * 3)).cells[1:]]
    assert rows == [["0.1235", "1234567", "true"], ["1234568", "2", "false"], ["1e+20", "", ""]]


def test_intervals_are_bars_and_verdicts_are_marked() -> None:
    columns = {"x_pred": [1.0, 2.0], "x_lo90": [0.5, None], "x_hi90": [1.5, None], "in_domain": ["out", None]}
    cells = shown(columns, [None, None]).cells
    assert cells[0] == ["structure", "x_pred", "x_lo90 to hi90", "in_domain"]
    assert [cell.strip() for cell in cells[1]] == ["", "1", "0.50 to 1.50", "○ out"]
    assert cells[2] == ["", "2", "", ""]


def test_a_librarys_own_columns_of_such_names_are_shown_as_they_are() -> None:
    columns = {
        "in_domain": [1.5, True],
        "y_lo90": ["a", "b"],
        "z_pred": ["text", None],
        "z_lo1": [1, 2],
        "z_hi1": ["", 3],
    }
    cells = shown(columns, [None, None]).cells
    assert cells[0] == ["structure", "in_domain", "y_lo90", "z_pred", "z_lo1 to hi1"]
    assert [cell.strip() for cell in cells[1]] == ["", "1.5", "a", "text", ""]
