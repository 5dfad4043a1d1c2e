"""The table of a page: a click on a heading sorts it, a text box and fields for each column filter it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from molkit.report.drawings import plain_drawing
from molkit.report.escaped import Block, breakable, escaped, visible

_MOST_CHARACTERS = 160  # of a cell that are shown; its title holds more
_MOST_TITLE = 2000
_LONG = 20
_FEWEST_FILTERED = 8  # rows; a shorter table is read faster than filtered
_FEWEST_SCROLLED = 25  # a longer table scrolls under its heading
_MOST_CHOICES = 12
_LONGEST_CHOICE = 40
_AT_ONCE = 250  # rows shown before a click on "more"; the script knows the same number from the page
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)  # other digits are none for the script


@dataclass(frozen=True)
class Cell:
    """A cell that is more than text: its markup, and the text or number that it is sorted and filtered by."""

    markup: Block
    value: str | float | None = None


def table(
    columns: Mapping[str, Sequence[Any]],
    drawings: Mapping[str, Sequence[str | None]] | None = None,
    set_off: Sequence[str] = (),
    aside: Sequence[str] = (),
    caption: str = "",
    filtered: bool = True,
) -> Block:
    """A table of equally long columns by name; of texts, numbers, truth values, `Cell`s or None.

    `drawings` are columns of SVG drawings that stand first, made anew by `plain_drawing`; one that many rows share
    is in the page once. Columns in `set_off` stand out, those in `aside` stand last and are not printed; columns
    without any value are left out. The first column stays in sight. If it is `filtered`, there are filters from 8
    rows on: a text box over all columns, from-to for columns of numbers, a choice for texts of at most 12 kinds. 250
    rows are shown at first, and more on a click; all are there, sorted, filtered and printed.
    """
    clean = {svg: plain_drawing(svg) for svgs in (drawings or {}).values() for svg in set(svgs)}
    drawn = {name: [clean[svg] for svg in svgs] for name, svgs in (drawings or {}).items()}
    filled = [name for name, values in columns.items() if any(value not in (None, "") for value in values)]
    names = sorted(filled, key=lambda name: name in aside)
    kinds = {name: _kind(columns[name]) for name in names}
    marks = {name: [kinds[name]] * bool(kinds[name]) + _marks(name, set_off, aside) for name in names}
    shared, pictures = _share([svg for svgs in drawn.values() for svg in svgs])
    rows = max([len(values) for values in [*columns.values(), *drawn.values()]], default=0)
    cells = [[f"<td>{pictures[svg]}</td>" for svg in svgs] for svgs in drawn.values()]
    cells += [[_cell(value, " ".join(marks[name])) for value in columns[name]] for name in names]
    heads = "".join(f'<th scope="col">{breakable(name)}</th>' for name in drawn)
    heads += "".join(_head(name, " ".join(marks[name])) for name in names)
    body = "".join(
        f"<tr{_LATER if place >= _AT_ONCE else ''}>{''.join(row)}</tr>"
        for place, row in enumerate(zip(*cells, strict=True))
    )
    said = f"<caption>{escaped(caption)}</caption>" if caption else ""
    filters = _filters({name: (columns[name], kinds[name]) for name in names}, len(drawn), rows) if filtered else ""
    tall = " tall" if rows > _FEWEST_SCROLLED else ""
    return Block(
        f'<div class="table" data-step="{_AT_ONCE}">{shared}{filters}'
        f'<div class="wide{tall}" tabindex="0" role="group" aria-label="{escaped(caption or "table")}">'
        f"<table>{said}<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table></div>{_more(rows)}</div>\n"
    )


_LATER = ' class="later"'


def _more(rows: int) -> str:
    if rows <= _AT_ONCE:
        return ""
    return (
        f'<p class="more"><button type="button" data-more="{_AT_ONCE}">{_AT_ONCE} rows more</button> '
        '<button type="button" data-more="all">all rows</button></p>'
    )


def _share(drawings: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Definitions of the drawings that occur more than once, and what stands in a cell for each drawing."""
    found: dict[str, str] = {}
    defined = []
    for svg, count in Counter(drawings).items():
        if count == 1 or not svg:
            found[svg] = f'<div class="drawing">{svg}</div>' if svg else ""
            continue
        opening, _, inside = svg.partition(">")
        name = "d" + sha256(svg.encode()).hexdigest()[:16]
        defined.append(f'<g id="{name}">{inside.removesuffix("</svg>")}</g>')
        found[svg] = f'<div class="drawing">{opening}><use href="#{name}"/></svg></div>'
    return f'<svg class="shared" width="0" height="0"><defs>{"".join(defined)}</defs></svg>' * bool(defined), found


def _head(name: str, marks: str) -> str:
    return f'<th scope="col"{_class(marks)}><button type="button">{breakable(name)}</button></th>'


def _class(marks: str) -> str:
    return f' class="{marks}"' if marks else ""


def _marks(name: str, set_off: Sequence[str], aside: Sequence[str]) -> list[str]:
    return ["flag"] * (name in set_off) + ["aside"] * (name in aside)


def _kind(values: Sequence[Any]) -> str:
    """The class of a column's cells by what they hold: numbers stand under each other, long texts get room."""
    plain = [value.value if isinstance(value, Cell) else value for value in values]
    if all(value in (None, "") or _number(value) is not None for value in plain):
        return "number"
    return "long" if any(len(str(value)) > _LONG for value in plain) else ""


def _number(value: Any) -> float | None:
    """A cell as a number, if it is one; a text counts if it is written as one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _cell(value: Any, marks: str) -> str:
    mark = _class(marks)
    if isinstance(value, Cell):
        key = "" if value.value is None else value.value
        return f'<td{mark} data-value="{escaped(str(key))}">{value.markup}</td>'
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f"<td{mark}></td>"
    if isinstance(value, float):
        shown = f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
        return f"<td{mark}{_value(float(value), shown)}>{shown}</td>"
    text = _text(value)
    if len(text) > _MOST_CHARACTERS:
        return f'<td{mark} title="{escaped(text[:_MOST_TITLE])}">{escaped(text[:_MOST_CHARACTERS])}…</td>'
    return f"<td{mark}>{escaped(text)}</td>"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(value: float, shown: str) -> str:
    return "" if repr(value) == shown else f' data-value="{value!r}"'


def _filters(columns: Mapping[str, tuple[Sequence[Any], str]], before: int, rows: int) -> str:
    """Fields that filter; `before` columns of drawings stand in front of the others."""
    if rows < _FEWEST_FILTERED:
        return ""
    fields = "".join(
        _number_field(name, place) if kind == "number" else _choice_field(name, place, values)
        for place, (name, (values, kind)) in enumerate(columns.items(), before)
    )
    each = f'<details><summary>Filter by column</summary><div class="fields">{fields}</div></details>' if fields else ""
    return (
        '<div class="filters" role="search"><label>Rows that hold <input type="search" class="any"></label> '
        f'<output>{rows:,} rows</output> <button type="button" class="clear">no filter</button>{each}</div>'
    )


def _number_field(name: str, place: int) -> str:
    said = escaped(name)
    ends = "".join(
        f'<input type="number" step="any" data-end="{end}" data-column="{place}" placeholder="{end}" '
        f'aria-label="{said} {end}">'
        for end in ("from", "to")
    )
    return f'<fieldset><legend title="{said}">{breakable(name)}</legend>{ends}</fieldset>'


def _choice_field(name: str, place: int, values: Sequence[Any]) -> str:
    plain = [value.value if isinstance(value, Cell) else value for value in values]
    texts = {_text(value) for value in plain if value not in (None, "")}
    if not 2 <= len(texts) <= _MOST_CHOICES or max(map(len, texts)) > _LONGEST_CHOICE:
        return ""
    said = escaped(name)
    shown = {visible(text) for text in texts}
    options = "".join(f'<option value="={escaped(text)}">{escaped(text)}</option>' for text in sorted(shown))
    return (
        f'<fieldset><legend title="{said}">{breakable(name)}</legend><select data-column="{place}" '
        f'aria-label="{said}"><option value="">any</option>{options}</select></fieldset>'
    )


def mark_cell(text: str | None, mark: str) -> Cell:
    """A verdict: its word after a sign, coloured by `mark`, which is good, fair, bad or plain.

    The sign and the word say it without the colour.
    """
    if not text:
        return Cell(Block(""))
    sign = {"good": "●", "fair": "◐", "bad": "○"}.get(mark, "")
    shown = f'<span class="mark {escaped(mark)}"><span aria-hidden="true">{sign}</span> {escaped(text)}</span>'
    return Cell(Block(shown), text)


def interval_cell(low: float | None, middle: float | None, high: float | None, span: tuple[float, float]) -> Cell:
    """An interval as a bar within the ends of a column (`span`), and its two numbers; sorted by its width."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return Cell(Block(""))
    start, stop = (_place(end, span) for end in (low, high))
    dot = (
        "" if middle is None or not math.isfinite(middle) else f'<circle cx="{_place(middle, span):g}" cy="5" r="2.5"/>'
    )
    bar = (
        f'<svg class="bar" viewBox="0 0 100 10" width="100" height="10" aria-hidden="true"><path d="M0 5H100"/>'
        f'<rect x="{start:g}" y="3" width="{max(1.0, stop - start):g}" height="4"/>{dot}</svg>'
    )
    return Cell(Block(f"{bar}<span>{_ends(low, high)}</span>"), high - low)


def _ends(low: float, high: float) -> str:
    """The two numbers with as many decimals, so that the larger has three digits; each its own if one would vanish."""
    largest = max(abs(low), abs(high))
    decimals = max(0, 2 - math.floor(math.log10(largest))) if 1e-4 < largest < 1e15 else 0
    shown = [f"{end:.{decimals}f}" for end in (low, high)]
    if largest >= 1e15 or any(end and not float(text) for end, text in zip((low, high), shown, strict=True)):
        shown = [f"{end:.3g}" for end in (low, high)]
    return " to ".join(shown)


def _place(value: float, span: tuple[float, float]) -> float:
    """Where a value stands from 0 to 100 between the ends."""
    share = (value - span[0]) / ((span[1] - span[0]) or 1)
    return round(100 * min(1.0, max(0.0, share)), 1)
