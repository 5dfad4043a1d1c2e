"""Molecule drawings for a page: only paths that are recognised as such get through, so none carries a script."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\sviewBox='0 0 (\d+) (\d+)'")
_PATH = re.compile(r"<path\s(?P<attributes>[^<>]*?)/?>")
_OUTLINE = re.compile(r"(?:^|\s)d='([MLHVCSQTAZmlhvcsqtaz0-9.,\seE+-]*)'")
_COLOUR = r"#[0-9A-Fa-f]{6}"
_STROKE = re.compile(rf"stroke:({_COLOUR})")
_WIDTH = re.compile(r"stroke-width:([0-9.]+)")
_FILL = re.compile(rf"(?:fill:|\sfill=')({_COLOUR})")


def plain_drawing(svg: str | None) -> str:
    """An SVG element made anew from the outlines, colours and widths of the paths of RDKit's drawing.

    Paths of one style that follow each other become one. Everything else is left out; "" for what has no size.
    """
    size = _SIZE.search(svg or "")
    if svg is None or size is None:
        return ""
    shapes: list[tuple[str, list[str]]] = []
    for match in _PATH.finditer(svg):
        attributes = " " + match["attributes"]
        outline = _OUTLINE.search(attributes)
        if outline is None:
            continue
        style = _style(attributes)
        if not shapes or shapes[-1][0] != style:
            shapes.append((style, []))
        shapes[-1][1].append(" ".join(outline[1].split()))
    paths = "".join(f'<path {style} d="{" ".join(outlines)}"/>' for style, outlines in shapes)
    return f'<svg viewBox="0 0 {size[1]} {size[2]}" width="{size[1]}" height="{size[2]}">{paths}</svg>'


def _style(attributes: str) -> str:
    stroke, width, fill = _STROKE.search(attributes), _WIDTH.search(attributes), _FILL.search(attributes)
    parts = [f'fill="{fill[1] if fill else "none"}"']
    if stroke is not None:
        parts.append(f'stroke="{stroke[1]}" stroke-width="{width[1] if width else "1"}"')
    return " ".join(parts)
