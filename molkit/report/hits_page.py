"""The hits of a screen as one HTML file: no other file, no network, nothing from the library runs in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from molkit.report.drawings import plain_drawing

MOST_ROWS = 1000
_MOST_CHARACTERS = 160
_LONG = 20

_STYLE = """
:root { color-scheme: light dark; --line: #d6d6d6; --soft: #f5f5f3; --ink: #1c1c1c; --paper: #fff; --mark: #8a3b00; }
@media (prefers-color-scheme: dark) {
  :root { --line: #444; --soft: #262626; --ink: #e8e8e8; --paper: #181818; --mark: #ffb074; }
  td svg { filter: invert(1) hue-rotate(180deg); }
}
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 .6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .55rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
td { overflow-wrap: break-word; min-width: 3rem; }
td.long { overflow-wrap: anywhere; min-width: 13rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.flag:not(.number) { color: var(--mark); }
td svg { display: block; width: 190px; height: auto; }
@page { size: landscape; margin: 1cm; }
@media print {
  :root { --line: #bbb; --soft: #fff; --ink: #000; --paper: #fff; --mark: #000; }
  body { margin: 0; font-size: 9px; } td svg { width: 100px; filter: none; }
  .wide { overflow: visible; } tr { break-inside: avoid; } th, td { padding: .15rem .25rem; }
  .aside { display: none; } table { width: 100%; } td, td.long { min-width: 0; }
  th:first-child, td:first-child { position: static; }
}
"""

_SCRIPT = """
const body = document.querySelector("tbody");
document.querySelectorAll("th button").forEach(button => button.addEventListener("click", () => {
  const head = button.parentElement, place = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  head.parentElement.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const value = row => row.cells[place].dataset.value ?? row.cells[place].textContent;
  const order = (a, b) => {
    const x = value(a), y = value(b);
    if (x === "" || y === "") return (x === "") - (y === "");
    const both = x - y;
    return (down ? -1 : 1) * (Number.isNaN(both) ? x.localeCompare(y) : both);
  };
  body.append(...[...body.rows].sort(order));
}));
"""


def hits_page(
    title: str,
    facts: Sequence[tuple[str, Sequence[str]]],
    columns: Mapping[str, Sequence[Any]],
    drawings: Sequence[str | None],
    flags: Sequence[str] = (),
    aside: Sequence[str] = (),
) -> str:
    """A page with facts (a name, and a sentence or several) above a table that a click on a heading sorts.

    `columns` are equally long; beside each of the first 1,000 rows stands its drawing (SVG). Columns named in
    `flags` are set off, those in `aside` stand last and are not printed. A policy in the page lets no script run
    but the one that sorts.
    """
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    filled = [name for name, values in columns.items() if any(value not in (None, "") for value in values)]
    names = sorted(filled, key=lambda name: name in aside)
    kinds = {name: " ".join([_kind(columns[name]), *_marks(name, flags, aside)]).strip() for name in names}
    heads = "".join(_head(name, kinds[name]) for name in names)
    rows = "".join(
        _row(drawing, [_cell(columns[name][place], kinds[name]) for name in names])
        for place, drawing in enumerate(drawings[:MOST_ROWS])
    )
    shown = [*facts, *_rest(len(drawings))]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><h1>{escape(title)}</h1>
<dl>{"".join(_fact(name, sentences) for name, sentences in shown)}</dl>
<div class="wide"><table><thead><tr><th scope="col">structure</th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></div>
<script>{_SCRIPT}</script></body></html>
"""


def _row(drawing: str | None, cells: Sequence[str]) -> str:
    return f"<tr><td>{plain_drawing(drawing)}</td>{''.join(cells)}</tr>"


def _rest(rows: int) -> list[tuple[str, Sequence[str]]]:
    if rows <= MOST_ROWS:
        return []
    return [("Shown here", [f"the first {MOST_ROWS:,} of {rows:,} hits; the table and the SD file hold all"])]


def _fact(name: str, sentences: Sequence[str]) -> str:
    if len(sentences) == 1:
        return f"<dt>{escape(name)}</dt><dd>{escape(sentences[0])}</dd>"
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<dt>{escape(name)}</dt><dd><ul>{items}</ul></dd>" if sentences else ""


def _breakable(name: str) -> str:
    """A heading that may be broken after underscores."""
    return escape(name).replace("_", "_<wbr>")


def _head(name: str, kind: str) -> str:
    return f'<th scope="col" class="{kind}"><button type="button">{_breakable(name)}</button></th>'


def _kind(values: Sequence[Any]) -> str:
    """The class of a column's cells by what they hold: numbers stand under each other, long texts get room."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return "number"
    return "long" if any(len(str(value)) > _LONG for value in values) else ""


def _marks(name: str, flags: Sequence[str], aside: Sequence[str]) -> list[str]:
    return ["flag"] * (name in flags) + ["aside"] * (name in aside)


def _cell(value: Any, kind: str) -> str:
    mark = f' class="{kind}"' if kind else ""
    if value is None:
        return f"<td{mark}></td>"
    if isinstance(value, float):
        shown = f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
        return f'<td{mark} data-value="{value!r}">{shown}</td>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > _MOST_CHARACTERS:
        return f'<td{mark} title="{escape(text)}">{escape(text[:_MOST_CHARACTERS])}…</td>'
    return f"<td{mark}>{escape(text)}</td>"
