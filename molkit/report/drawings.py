"""Molecule drawings for a page: made anew from the paths that are recognised as such, so none carries a script."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\sviewBox='0 0 (\d+) (\d+)'")
_PATH = re.compile(r"<path\s(?P<attributes>[^<>]*?)/?>")
_OUTLINE = re.compile(r"\sd='([MLQCZ0-9.,\s-]*)'")
_STEP = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_COLOUR = r"#[0-9A-Fa-f]{6}"
_STROKE = re.compile(rf"stroke:({_COLOUR})")
_WIDTH = re.compile(r"stroke-width:(\d+(?:\.\d+)?)")
_FILL = re.compile(rf"(?:fill:|\sfill=')({_COLOUR})")
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6}
_SCALE = 10  # RDKit writes one decimal


def draw_smiles(smiles: str | None, width: int = 220, height: int = 150) -> str | None:
    """A drawing (SVG) of a SMILES that molkit wrote; None where there is none, or RDKit cannot draw it."""
    if not smiles or not smiles.isascii():
        return None
    from rdkit import Chem, rdBase

    from molkit.chem.draw import svg

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None or mol.GetNumAtoms() > _MOST_ATOMS:
            return None
        try:
            return svg(mol, width, height)
        except (ValueError, RuntimeError):  # the two that RDKit raises
            return None


_MOST_ATOMS = 150  # a larger molecule cannot be made out at this size, and may take seconds


def plain_drawing(svg: str | None) -> str:
    """An SVG element made anew from the outlines, colours and widths of the paths of RDKit's drawing.

    All paths of one style become one, in steps of a tenth of a pixel from point to point, which is a third of the
    characters. Everything else is left out; "" for what has no size.
    """
    size = _SIZE.search(svg or "")
    if svg is None or size is None:
        return ""
    styles: dict[str, list[str]] = {}
    for match in _PATH.finditer(svg):
        attributes = " " + match["attributes"]
        outline = _OUTLINE.search(attributes)
        if outline is not None:
            styles.setdefault(_style(attributes), []).append(outline[1])
    paths = "".join(f'<path {style} d="{relative(" ".join(outlines))}"/>' for style, outlines in styles.items())
    width, height = int(size[1]), int(size[2])
    box = f"0 0 {width * _SCALE} {height * _SCALE}"
    return f'<svg viewBox="{box}" width="{width}" height="{height}">{paths}</svg>'


def _style(attributes: str) -> str:
    stroke, width, fill = _STROKE.search(attributes), _WIDTH.search(attributes), _FILL.search(attributes)
    parts = [f'fill="{fill[1] if fill else "none"}"']
    if stroke is not None:
        parts.append(f'stroke="{stroke[1]}" stroke-width="{float(width[1] if width else 1) * _SCALE:g}"')
    return " ".join(parts)


def relative(outline: str) -> str:
    """Path data of the commands M, L, Q, C and Z, in tenths and relative to the point before.

    Source: W3C, SVG 1.1, section 8.3 (commands repeat without their letter; a number ends where a sign begins).

    >>> relative("M 1.0,2.0 L 3.0,1.5 L 4.0,4.0 Z")
    'm10 20l20-5 10 25z'
    """
    x, y, start, before, parts = 0, 0, (0, 0), "", []
    for letter, text in _STEP.findall(outline):
        if letter == "Z":
            parts.append("z")
            (x, y), before = start, letter
            continue
        numbers = _tenths(text)
        if len(numbers) != _NUMBERS[letter]:
            continue
        steps = [str(number - (y if place % 2 else x)) for place, number in enumerate(numbers)]
        x, y = numbers[-2:]
        if letter == "M":
            start = (x, y)
        parts.append((" " if letter == before != "M" else letter.lower()) + " ".join(steps))
        before = letter
    return "".join(parts).replace(" -", "-")


def _tenths(text: str) -> list[int]:
    """The numbers of a command; none if one of them is broken."""
    try:
        return [round(_SCALE * float(number)) for number in text.replace(",", " ").split()]
    except ValueError:
        return []
