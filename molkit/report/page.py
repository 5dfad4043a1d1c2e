"""A page: one HTML file that needs no other, fetches nothing, and runs no script but those beside this file.

`page(title, sections)` makes the document; a section is a heading and blocks, and the functions `paragraphs`,
`facts`, `bullets`, `table`, `picture` and `markdown` make blocks. Every text given to them may come from a
stranger: it is escaped, and control characters and marks of direction in it are shown instead of obeyed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from molkit import __version__
from molkit.report.escaped import Block, breakable, escaped, visible
from molkit.report.markdown import markdown
from molkit.report.page_table import Cell, interval_cell, mark_cell, table

__all__ = [
    "Block",
    "Cell",
    "Section",
    "breakable",
    "bullets",
    "escaped",
    "facts",
    "interval_cell",
    "mark_cell",
    "markdown",
    "page",
    "paragraphs",
    "picture",
    "table",
    "visible",
]

Section = tuple[str, Sequence[Block]]
"""A heading ("" for none) and the blocks below it."""

_PNG = b"\x89PNG"
_FEWEST_LISTED = 3  # sections; a shorter page needs no list of contents


def page(title: str, sections: Sequence[Section], parts: Sequence[str] = ("page",)) -> str:
    """A complete HTML document; sections without blocks are left out, and a list of contents names the others.

    `parts` are the names of the styles and scripts of which the page has one each, joined.

    A policy in the page (W3C, Content Security Policy Level 3) lets nothing be loaded but images within the file,
    and no script run but the one whose hash it names; so what escaping might miss could still do nothing.
    """
    style, script = ("".join(_asset(f"{part}.{kind}") for part in parts) for kind in ("css", "js"))
    kept = [(name, blocks) for name, blocks in sections if any(blocks)]
    body = "".join(_section(place, name, blocks) for place, (name, blocks) in enumerate(kept, 1))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escaped(_policy(style, script))}">
<meta name="viewport" content="width=device-width"><meta name="generator" content="molkit {__version__}">
<title>{escaped(title)}</title><style>{style}</style></head>
<body><header><h1>{escaped(title)}</h1>{_contents([name for name, _ in kept])}</header>
<main>{body}</main>
<script>{script}</script></body></html>
"""


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    """A file beside this one, of a style or a script."""
    return files("molkit.report").joinpath(name).read_text(encoding="utf-8")


def _contents(names: Sequence[str]) -> Block:
    links = [f'<li><a href="#s{place}">{escaped(name)}</a></li>' for place, name in enumerate(names, 1) if name]
    if len(links) < _FEWEST_LISTED:
        return Block("")
    return Block(f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>')


def _section(place: int, name: str, blocks: Sequence[Block]) -> str:
    if not name:
        return f"<section>{''.join(blocks)}</section>\n"
    return f'<section aria-labelledby="s{place}"><h2 id="s{place}">{escaped(name)}</h2>{"".join(blocks)}</section>\n'


def paragraphs(sentences: Sequence[str]) -> Block:
    """A paragraph for each sentence."""
    return Block("".join(f"<p>{escaped(sentence)}</p>" for sentence in sentences))


def bullets(sentences: Sequence[str]) -> Block:
    """A list with a point for each sentence; nothing for no sentence."""
    items = "".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences)
    return Block(f"<ul>{items}</ul>" if items else "")


def facts(items: Sequence[tuple[str, Sequence[str]]]) -> Block:
    """Names, each with a sentence or a list of several beside it; a name without a sentence is left out."""
    shown = "".join(
        f"<dt>{escaped(name)}</dt><dd>{escaped(said[0]) if len(said) == 1 else bullets(said)}</dd>"
        for name, said in items
        if said
    )
    return Block(f"<dl>{shown}</dl>" if shown else "")


def picture(content: bytes, says: str, caption: str = "") -> Block:
    """A PNG or SVG file as an image within the page; `says` is what it shows, for those who do not see it.

    An SVG shown as an image runs no script and loads nothing (W3C, SVG Integration, secure static mode).
    """
    kind = "png" if content.startswith(_PNG) else "svg+xml"
    data = base64.b64encode(content).decode()
    under = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    return Block(f'<figure><img alt="{escaped(says)}" src="data:image/{kind};base64,{data}">{under}</figure>')
