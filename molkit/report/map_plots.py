"""A map of vectors: rows of a table as points in a plane, as a picture and as a page that draws what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from molkit.pipeline.projection import Plane
from molkit.report.drawings import draw_smiles
from molkit.report.escaped import Block, escaped
from molkit.report.figures import MANY_POINTS, Picture, short
from molkit.report.map_colours import Colours
from molkit.report.page import facts, page, paragraphs, table

MOST_DRAWN = 2000  # points of a page, each with its row and drawing
_SIDE, _MARGIN = 640, 14
_HOVER = "The row of a point, and its drawing, is shown while the pointer is on it."


@dataclass(frozen=True)
class VectorMap:
    """Points of a plane, the colours of each if they mean something, and what is told of them."""

    title: str
    plane: Plane
    colours: Colours | None
    notes: tuple[str, ...] = ()


def map_picture(found: VectorMap) -> Picture:
    """The map as a plot."""
    said = f" by {found.colours.name}" if found.colours else ""
    return Picture("map", f"map of {len(found.plane.points):,} rows{said}", partial(_draw, found=found))


def _draw(figure: Any, found: VectorMap) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.lines import Line2D

    figure.set_size_inches(6.6, 5.6)
    axes, points, colours = figure.add_subplot(), found.plane.points, found.colours
    many = len(points) > MANY_POINTS
    color: Any = colours.points if colours else "#0072b2"
    axes.scatter(*points.T, s=5 if many else 12, c=color, alpha=0.7, edgecolors="none", rasterized=many)
    axes.set_aspect("equal", "datalim")
    axes.set(xlabel=found.plane.axes[0], ylabel=found.plane.axes[1])
    axes.set_title(short(found.title))
    if colours and colours.numbers:
        scale = ScalarMappable(Normalize(colours.low, colours.high), ListedColormap([own for _, own in colours.legend]))
        figure.colorbar(scale, ax=axes, label=short(colours.name), extend="both")
    elif colours:
        marks = [Line2D([], [], marker="o", linestyle="", color=own, label=short(name)) for name, own in colours.legend]
        axes.legend(handles=marks, title=short(colours.name), loc="center left", bbox_to_anchor=(1, 0.5))


def map_page(
    found: VectorMap, columns: Mapping[str, Sequence[Any]], structures: Sequence[str | None], said: Sequence[Any] = ()
) -> str:
    """The map as a page: points by rows of a table below, which a point shows; `said` are facts that stand above.

    `structures` are standardised SMILES, which are drawn.
    """
    drawings = {"structure": [draw_smiles(smiles) for smiles in structures]}
    drawn = {name: svgs for name, svgs in drawings.items() if any(svgs)}
    about = [facts([*said, ("Map", [found.plane.sentence, *found.notes])])]
    shown = [paragraphs([_HOVER]), Block(f'<div class="map">{_points(found)}{_side(found.colours)}</div>')]
    sections = [("About", about), ("Map", shown), ("Rows", [table(columns, drawn)])]
    return page(found.title, sections, parts=("page", "map"))


def _points(found: VectorMap) -> str:
    """Circles in the order of the rows, with one scale for both axes."""
    points = found.plane.points
    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.ones(2))
    spread = float((high - low).max()) or 1.0
    places = _SIDE / 2 + (points - (low + high) / 2) / spread * (_SIDE - 2 * _MARGIN)
    colours = found.colours.points if found.colours else ["#0072b2"] * len(points)
    radius = 3 if len(points) > _SIDE else 4
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{_SIDE - y:.1f}" r="{radius}" fill="{escaped(colour)}"/>'
        for (x, y), colour in zip(places.tolist(), colours, strict=True)
    )
    across, up = map(escaped, found.plane.axes)
    return (
        f'<figure><svg viewBox="0 0 {_SIDE} {_SIDE}" role="img" aria-label="{escaped(found.title)}">'
        f'<rect width="{_SIDE}" height="{_SIDE}"/>{circles}</svg>'
        f"<figcaption>Across: {across}. Up: {up}.</figcaption></figure>"
    )


def _side(colours: Colours | None) -> str:
    """The legend, and the place where the row of a point is shown."""
    return f'<aside>{_legend(colours) if colours else ""}<div class="shown" aria-live="polite"></div></aside>'


def _legend(colours: Colours) -> str:
    name = f"<h3>{escaped(colours.name)}</h3>"
    if colours.low is None or colours.high is None:
        marks = "".join(
            f'<li><svg viewBox="0 0 10 10" width="10" height="10"><circle cx="5" cy="5" r="4" fill="{colour}"/></svg> '
            f"{escaped(text)}</li>"
            for text, colour in colours.legend
        )
        return f"{name}<ul>{marks}</ul>"
    parts = "".join(
        f'<rect x="{6 * place}" width="6.5" height="10" fill="{colour}"/>'
        for place, (_, colour) in enumerate(colours.legend)
    )
    width = 6 * len(colours.legend)
    scale = f'<svg viewBox="0 0 {width} 10" width="{width}" height="10" aria-hidden="true">{parts}</svg>'
    return f"{name}<p>{colours.low:.4g} {scale} {colours.high:.4g}</p>"
