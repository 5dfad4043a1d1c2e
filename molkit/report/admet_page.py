"""What `molkit admet` found, as a page: counts of each endpoint, the first rows as a table, profiles of molecules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from molkit.data.write import clash_names
from molkit.profile.columns import UNWELCOME, WELCOME
from molkit.profile.endpoints import Endpoint
from molkit.report.admet_cells import COLOURS, PROPERTIES, RULES, Estimate, signed_value, unit_of, value_text
from molkit.report.admet_profile import VIEWER, Axes, axes_of, profile, stored_rows
from molkit.report.admet_read import MOST_ROWS, Profiled
from molkit.report.admet_track import SHAPES, scaled, spot, track
from molkit.report.drawings import draw_smiles
from molkit.report.page import Block, Cell, breakable, escaped, facts, page, paragraphs, table
from molkit.report.problems import problem_rows

_ASIDE = (*PROPERTIES, *RULES, "status", "reason", "note", "smiles_std")  # what is not printed in the table
_FEW = 12  # rows; each has its own profile in the page, of more there is one that shows any


def admet_page(
    title: str,
    read: Profiled,
    quantiles: Mapping[str, Sequence[float]],
    said: Sequence[tuple[str, Sequence[str]]] = (),
    structure: str | None = None,
) -> str:
    """The page of a table of profiles, by what `read_profile` found in it.

    `quantiles` are the 101 of each endpoint's predictions for drugs, ascending; `said` are facts that stand below
    the counts; `structure` is the input's column of structures.
    """
    axes = axes_of(read.endpoints, quantiles)
    head = [facts([*_counts(read), *said]), paragraphs(explained(read.level))]
    profiles = ("" if read.rows == 1 else "Profiles", _profiles(read, axes, structure))
    problems = ("Rows without a value", problem_rows(read.failed, read.problem_rows, read.problems))
    if read.rows == 1:
        sections = [profiles, ("About", head)]
    else:
        sections = [("Summary", [*head, _summary(read, axes)]), ("Molecules", _molecules(read, structure)), profiles]
    return page(title, [*sections, problems], parts=("page", "profile"))


def explained(level: int) -> list[str]:
    """What the numbers and signs mean, in a few sentences."""
    return [
        "All values are estimates by models, not measurements, and no ground for decisions on safety. The interval "
        f"(or the classes named) should hold the measured value of {level} in 100 compounds that are like those the "
        "model has seen; the domain says whether a compound is (in), hardly (edge) or not (out).",
        "On a track the pale band holds the middle 90 % of approved and investigated drugs, the darker one the middle "
        "half, the tick is their median, and the line below is the welcome range. The dark bar is the interval, the "
        "sign on it the value; what lies beyond the axis stands at its end. The percentile is the share of these drugs "
        "whose predicted value is lower.",
        "✓ and a green dot: welcome by the whole interval, or by the only class that is not ruled out; ✗ and a red "
        "rhombus: unwelcome in the same way; a ring without colour: open, or neither side is better; ?: out of domain.",
    ]


def _counts(read: Profiled) -> list[tuple[str, Sequence[str]]]:
    shares = [f"{status or 'none'}: {count:,} ({count / read.rows:.1%})" for status, count in
              read.statuses.most_common()]  # fmt: skip
    return [("Rows", [f"{read.rows:,}"]), ("Status", shares)]


def _summary(read: Profiled, axes: Axes) -> Block:
    """A line for each endpoint: verdicts, domain, and where the middle half of the rows stands among drugs."""
    columns: dict[str, list[Any]] = {}
    for endpoint in read.endpoints:
        for name, value in _summary_line(endpoint, read, axes).items():
            columns.setdefault(name, []).append(value)
    caption = "On the tracks the bar is the middle half of the rows, the ring their median."
    return Block(SHAPES + table(columns, caption=caption, filtered=False))


def _summary_line(endpoint: Endpoint, read: Profiled, axes: Axes) -> dict[str, Any]:
    tally = read.tallies[endpoint.name]
    judged = endpoint.welcome is not None and tally.count > 0
    open_rows = tally.verdicts[""]
    quarters = [float(one) for one in np.quantile(tally.values.all, (0.25, 0.5, 0.75))] if tally.count else None
    column = f"{breakable(read.names.get(endpoint.name, endpoint.name))}, {escaped(unit_of(endpoint))}"
    title = Block(f"{escaped(endpoint.title)} <small>{column}</small>")
    found: dict[str, Any] = {"endpoint": Cell(title, endpoint.title)}
    if endpoint.name in axes and quarters:
        scale, drugs = axes[endpoint.name]
        drawn = track(endpoint, scale, drugs, spot(scale, quarters[1], quarters[0], quarters[2]))
        found["among drugs"] = Cell(scaled(endpoint, scale, drawn), quarters[1])
    else:
        found["among drugs"] = None
    found["median"] = _number_cell(endpoint, quarters[1] if quarters else None)
    found["median of drugs"] = _number_cell(endpoint, axes[endpoint.name][1][50] if endpoint.name in axes else None)
    found["verdicts"] = _shares(tally.verdicts["welcome"], open_rows, tally.verdicts["unwelcome"]) if judged else None
    found |= {"✓ welcome": tally.verdicts["welcome"] if judged else None, "open": open_rows if judged else None,
              "✗ unwelcome": tally.verdicts["unwelcome"] if judged else None}  # fmt: skip
    out = tally.domains["out"] / tally.count if tally.count else None
    found["out of domain"] = None if out is None else Cell(Block(f"{out:.1%}"), out)
    return found


def _number_cell(endpoint: Endpoint, value: float | None) -> Cell | None:
    return None if value is None else Cell(Block(value_text(endpoint, value)), value)


def _shares(welcome: int, rest: int, unwelcome: int) -> Cell:
    """A bar of the shares of the rows that are welcome, open and unwelcome; sorted by the last."""
    total, parts, start = welcome + rest + unwelcome, [], 0.0
    for name, count in (("good", welcome), ("rest", rest), ("bad", unwelcome)):
        width = 100 * count / total
        if count:
            parts.append(f'<rect class="{name}" x="{start:.1f}" y="0" width="{width:.1f}" height="10"/>')
        start += width
    drawn = (
        f'<svg class="shares" viewBox="0 0 100 10" width="100" height="10" aria-hidden="true">{"".join(parts)}</svg>'
    )
    return Cell(Block(drawn), unwelcome / total)


def _profiles(read: Profiled, axes: Axes, structure: str | None) -> list[Block]:
    """Of few rows each one's profile; of many one that shows any of them, the first that has values at first."""
    if not read.shown:
        return []
    shapes = [SHAPES] if read.rows == 1 else []
    if read.shown <= _FEW:
        return [*shapes, *(profile(read, axes, row, structure) for row in range(read.shown))]
    statuses = read.added_column("status")
    first = next((row for row in range(read.shown) if statuses[row] in ("ok", None)), 0)
    said = "A click on the number of a row in the table shows its profile here."
    return [paragraphs([said]), profile(read, axes, first, structure, browsed=True), stored_rows(read, axes, structure)]


def _molecules(read: Profiled, structure: str | None) -> list[Block]:
    """The first rows: the input, each endpoint's value, and what else the profile says."""
    more = [f"The first {MOST_ROWS:,} of {read.rows:,} rows; the file holds all."] if read.rows > MOST_ROWS else []
    named = {base: name for base, name in read.names.items() if name in read.added}
    columns: dict[str, Sequence[Any]] = {
        clash_names(read.inputs, ["row"])["row"]: [_link(row, read.shown) for row in range(read.shown)],
        **read.inputs,
        **{named[base]: read.added[named[base]] for base in (WELCOME, UNWELCOME) if base in named},
        **{read.names[endpoint.name]: [_value(endpoint, one) for one in read.estimates[endpoint.name]]
           for endpoint in read.endpoints if endpoint.name in read.names},
        **{named[base]: read.added[named[base]] for base in named if base not in (WELCOME, UNWELCOME)},
    }  # fmt: skip
    drawings = [draw_smiles(smiles) for smiles in read.added_column("smiles_std")]
    aside = [*([structure] if structure else []), *(named[base] for base in _ASIDE if base in named)]
    drawn = {"structure": drawings} if any(drawings) else None
    return [paragraphs(more), table(columns, drawn, set_off=[named.get("reason", "")], aside=aside)]


def _link(row: int, rows: int) -> Cell:
    """The number of a row, which leads to its profile."""
    target, data = (f"{VIEWER}-{row}", "") if rows <= _FEW else (VIEWER, f' data-row="{row}"')
    return Cell(Block(f'<a href="#{target}"{data}>{row + 1}</a>'), row + 1)


def _value(endpoint: Endpoint, found: Estimate) -> Cell | str:
    """A predicted value, coloured only where the verdict is certain, and sorted as it is shown."""
    text, key = signed_value(endpoint, found), value_text(endpoint, found.value)
    if found.verdict:
        return Cell(Block(f'<span class="value {COLOURS[found.verdict]}">{text}</span>'), key)
    return text if text == key else Cell(Block(text), key)
