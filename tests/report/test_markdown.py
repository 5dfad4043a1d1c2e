"""The card as HTML: everything in it is there once, in its order."""

from __future__ import annotations

from parsed import HOSTILE, Page

from molkit.report.markdown import markdown

CARD = """# Model card

Predicts, with:
- a
- b

## Scores

| target | value |
|---|---:|
| logS \\<b> | 0.5 |
| x | 1 |

- one

- two

`--exact` and *stars* and [link](http://x) stay.
"""


def test_a_card_is_shown_whole() -> None:
    found = Page(markdown(CARD))
    assert found.open == []
    assert [tag for tag in found.tags if tag not in ("wbr",)] == [
        "h3", "p", "ul", "li", "li", "h4", "div", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td",
        "tr", "td", "td", "ul", "li", "li", "p", "code",
    ]  # fmt: skip
    assert found.cells == [["target", "value"], ["logS \\<b>", "0.5"], ["x", "1"]]
    assert "--exact and *stars* and [link](http://x) stay." in found.text


def test_hostile_lines_stay_text() -> None:
    found = Page(markdown("\n".join(f"- `{text}` {text}" for text in HOSTILE)))
    assert set(found.tags) <= {"ul", "li", "code", "p"}


def test_ragged_tables_and_odd_lines_are_shown() -> None:
    found = Page(markdown("| a\n| b | c |\n\n|\n\n#nothing\n\n####### deep\n-\n"))
    assert found.open == []
    for text in ("a", "b", "c", "#nothing", "deep"):
        assert text in found.text
