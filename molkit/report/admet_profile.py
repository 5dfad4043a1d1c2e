"""The profile of one molecule: its drawing, its properties, and a track for each endpoint.

With few molecules each has its profile in the page. With many there is one, and `profile.js` fills it with the row
that is clicked: with the texts and places that `stored_rows` keeps, and with what stands in the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from molkit.profile.endpoints import Endpoint
from molkit.report.admet_cells import (
    COLOURS,
    PROPERTIES,
    RULES,
    Estimate,
    percent_text,
    signed_value,
    spread_text,
    unit_of,
)
from molkit.report.admet_read import Profiled
from molkit.report.admet_track import Scale, Spot, scale_of, scaled, spot, track
from molkit.report.drawings import draw_smiles, plain_drawing
from molkit.report.escaped import Block, breakable, escaped, shortened, visible

VIEWER = "profile"  # the `id` of the one profile that is filled by clicks
_MOST_INPUTS = 30  # columns of the input that a profile repeats; the table has all
_MOST_TEXT, _MOST_NEAREST, _MOST_NAME = 300, 60, 40  # characters of a fact, of a compound, in a heading
_DOMAINS = {"in": "● in", "edge": "◐ edge", "out": "○ out"}
_HEADS = ("Endpoint", "Among drugs", "Predicted", "Interval or classes", "Percentile", "Domain",
          "Nearest measured compound", "Similarity", "Measured")  # fmt: skip
_BROAD = {"smiles_std", "reason", "note", *RULES}

_BUTTONS = (
    '<p class="go" hidden><button type="button" data-go="-1">previous row</button> <button type="button" data-go="1">'
    'next row</button> <button type="button" data-go="0">back to the table</button></p>'
)

Axes = Mapping[str, tuple[Scale, Sequence[float]]]
"""The axis of each endpoint by name, with the quantiles of the drugs' predictions."""


def axes_of(endpoints: Sequence[Endpoint], quantiles: Mapping[str, Sequence[float]]) -> Axes:
    """The axes of those endpoints whose predictions for drugs are known."""
    return {endpoint.name: (scale_of(endpoint, quantiles[endpoint.name]), quantiles[endpoint.name])
            for endpoint in endpoints if endpoint.name in quantiles}  # fmt: skip


def profile(read: Profiled, axes: Axes, row: int, structure: str | None, browsed: bool = False) -> Block:
    """The profile of the row at place `row` of those that were read; `structure` is the input's column of them.

    A profile that is `browsed` has buttons that lead through the table's rows.
    """
    place = VIEWER if browsed else f"{VIEWER}-{row}"
    drawing = plain_drawing(draw_smiles(read.added_column("smiles_std")[row]))
    title = heading(read, row, structure)
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    return Block(
        f'<article class="profile" id="{place}">{f"<h3>{escaped(title)}</h3>" if title else ""}'
        f"{_BUTTONS if browsed else ''}"
        f'<div class="head"><div class="drawing">{drawing}</div><dl>{"".join(_facts(read, row, structure))}</dl></div>'
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead>'
        f"{_sections(read, axes, row)}</table></div></article>\n"
    )


def heading(read: Profiled, row: int, structure: str | None) -> str:
    """What a row is called: its number, if it is not the only one, and the first two cells that are no structure."""
    names = [str(values[row]) for name, values in read.inputs.items() if name != structure and values[row]]
    shown = " · ".join(_cut(name, _MOST_NAME) for name in names[:2])
    number = f"Row {row + 1}" if read.rows > 1 else ""
    return f"{number}: {shown}" if number and shown else number or shown


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _facts(read: Profiled, row: int, structure: str | None) -> Iterator[str]:
    """What the row says beside the endpoints; an empty one is hidden by the style."""
    for name in [name for name in read.inputs if name != structure][:_MOST_INPUTS]:
        yield _fact(name, name, read.inputs[name][row])
    for base, title in _TITLES.items():
        if base in read.names:
            yield _fact(read.names[base], title, read.added_column(base)[row], base in _BROAD)


def _fact(column: str, title: str, value: object, broad: bool = False) -> str:
    shown = _cut("" if value is None else str(value), _MOST_TEXT)
    mark, key = ' class="broad"' if broad else "", escaped(shortened(column))
    return f'<div{mark}><dt>{breakable(title)}</dt><dd data-column="{key}">{escaped(shown)}</dd></div>'


_TITLES = {"welcome": "Endpoints welcome", "unwelcome": "Endpoints unwelcome", **PROPERTIES, **RULES,
           "reason": "Reason", "note": "Note", "smiles_std": "Standardised structure"}  # fmt: skip


def _sections(read: Profiled, axes: Axes, row: int) -> str:
    parts = []
    for section in dict.fromkeys(endpoint.section for endpoint in read.endpoints):
        lines = [_line(endpoint, axes, read.estimates[endpoint.name][row])
                 for endpoint in read.endpoints if endpoint.section == section]  # fmt: skip
        head = f'<tr class="part"><th colspan="{len(_HEADS)}" scope="rowgroup">{escaped(section)}</th></tr>'
        parts.append(f"<tbody>{head}{''.join(lines)}</tbody>\n")
    return "".join(parts)


def _line(endpoint: Endpoint, axes: Axes, found: Estimate) -> str:
    drawn = Block("")
    if endpoint.name in axes:
        scale, quantiles = axes[endpoint.name]
        drawn = scaled(endpoint, scale, track(endpoint, scale, quantiles, spot_of(scale, found)))
    value, *others = _texts(endpoint, found)
    mark = f' class="{COLOURS[found.verdict]}"' if found.verdict else ""
    cells = "".join(f"<td>{escaped(text)}</td>" for text in others)
    return (f'<tr data-endpoint="{endpoint.name}"><th scope="row">{escaped(endpoint.title)} '
            f"<small>{escaped(unit_of(endpoint))}</small></th><td>{drawn}</td>"
            f"<td{mark}>{escaped(value)}</td>{cells}</tr>")  # fmt: skip


def spot_of(scale: Scale, found: Estimate) -> Spot:
    """Where an estimate stands on its track."""
    return spot(scale, found.value, found.low, found.high, found.verdict)


def _texts(endpoint: Endpoint, found: Estimate) -> list[str]:
    """The texts of an endpoint's line from the predicted value on."""
    similarity = "" if found.similarity is None else f"{found.similarity:.2f}"
    domain, nearest = _DOMAINS.get(found.domain, found.domain), _cut(found.nearest, _MOST_NEAREST)
    return [signed_value(endpoint, found), spread_text(found), percent_text(found.percentile), domain, nearest,
            similarity, found.measured]  # fmt: skip


def stored_rows(read: Profiled, axes: Axes, structure: str | None) -> Block:
    """What the script needs of every row, as JSON: all texts once, and per row the number of its heading and of each
    endpoint [mark, place, start, width, texts ...]."""
    texts: dict[str, int] = {"": 0}
    rows = []
    for row in range(read.shown):
        lines = [_stored(endpoint, axes, read.estimates[endpoint.name][row], texts) for endpoint in read.endpoints]
        rows.append([_known(heading(read, row, structure), texts), lines])
    stored = json.dumps({"texts": list(texts), "rows": rows}, separators=(",", ":"))
    for sign in "<>&":  # so that it is text in HTML as it is; in JSON these only stand within texts
        stored = stored.replace(sign, f"\\u{ord(sign):04x}")
    return Block(f'<pre class="stored" hidden>{stored}</pre>')


def _stored(endpoint: Endpoint, axes: Axes, found: Estimate, texts: dict[str, int]) -> list[object]:
    at = spot_of(axes[endpoint.name][0], found) if endpoint.name in axes else Spot()
    places = [int(one) if one == int(one) else one for one in (at.place or 0, at.start, at.width)]
    return [_known(at.mark, texts), *places, *(_known(text, texts) for text in _texts(endpoint, found))]


def _known(text: str, texts: dict[str, int]) -> int:
    return texts.setdefault(visible(text), len(texts))
