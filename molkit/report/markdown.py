"""The Markdown of a model card as HTML: headings, lists, tables, paragraphs and `code`, and nothing else of it.

Markup, links and images of Markdown stay text, so that a name in a card cannot become any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from molkit.report.escaped import Block, escaped

_CODE = re.compile(r"`([^`]+)`")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_KINDS = (("heading", re.compile(r"#{1,4} ")), ("list", re.compile(r"[-*] ")), ("table", re.compile(r"\|")))


def markdown(text: str, level: int = 2) -> Block:
    """HTML of a card whose first-level headings become `<h{level + 1}>`.

    >>> markdown("## Data\\n\\nTwo.\\n\\n- `a`\\n- <b>")
    '<h4>Data</h4><p>Two.</p><ul><li><code>a</code></li><li>&lt;b&gt;</li></ul>'
    """
    return Block("".join(_blocks(text.splitlines(), level)))


def _blocks(lines: Sequence[str], level: int) -> Iterator[str]:
    kept = [line for place, line in enumerate(lines) if line.strip() or not _splits_list(lines, place)]
    for kind, group in groupby(kept, _kind):
        found = list(group)
        if kind == "heading":
            yield from (_heading(line, level) for line in found)
        elif kind == "list":
            yield "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in found) + "</ul>"
        elif kind == "table":
            yield _table(found)
        elif kind == "text":
            yield f"<p>{_inline(' '.join(found))}</p>"


def _splits_list(lines: Sequence[str], place: int) -> bool:
    """Whether a blank line stands between two points of one list."""
    return 0 < place < len(lines) - 1 and _kind(lines[place - 1]) == _kind(lines[place + 1]) == "list"


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    return next((name for name, pattern in _KINDS if pattern.match(line)), "text")


def _heading(line: str, level: int) -> str:
    marks, _, words = line.partition(" ")
    depth = min(6, level + len(marks))
    return f"<h{depth}>{_inline(words)}</h{depth}>"


def _table(lines: Sequence[str]) -> str:
    ruled = len(lines) > 1 and bool(_RULE.fullmatch(lines[1].strip()))
    right = [cell.endswith(":") for cell in _cells(lines[1])] if ruled else []
    head = _row("th", _cells(lines[0]), right) if ruled else ""
    rows = "".join(f"<tr>{_row('td', _cells(line), right)}</tr>" for line in lines[2 if ruled else 0 :])
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(tag: str, cells: Sequence[str], right: Sequence[bool]) -> str:
    opening = '<th scope="col"' if tag == "th" else "<td"
    marks = [' class="number"' if mark else "" for mark in right] + [""] * len(cells)
    return "".join(f"{opening}{mark}>{_inline(cell)}</{tag}>" for cell, mark in zip(cells, marks, strict=False))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escaped(text.strip()))
