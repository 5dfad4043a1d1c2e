"""Text from anywhere as HTML that is only ever text: nothing in it is markup, and nothing in it hides."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import NewType

Block = NewType("Block", str)
"""HTML made by this package; a `str` from a table is none, so that the type checker sees a missing escape."""

_LONGEST_NAME = 160
_BREAKS = frozenset("\t\n\r")
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u00ad\u200c\u200d")  # soft hyphen and joiners change shapes of letters, never their order


def visible(text: str) -> str:
    """Text whose control characters and marks of direction are shown as signs, so that none acts.

    NUL becomes ␀ (an HTML parser would drop or replace it), a right-to-left override ⟨U+202E⟩, half of a
    surrogate pair ⟨U+D800⟩ (no file could hold it). Tabs and line ends stay; they are white space in HTML.

    >>> visible("a\\x00b\\u202ec")
    'a␀b⟨U+202E⟩c'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in _BREAKS or c in _JOINERS else _shown(c) for c in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return _PICTURES.get(ord(character), f"⟨U+{ord(character):04X}⟩")


def escaped(text: str) -> Block:
    """Text as HTML, for the inside of an element or of a quoted attribute.

    >>> escaped('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    """
    return Block(escape(visible(text)))


def shortened(name: str) -> str:
    """A column's name as it is shown: a very long one is cut."""
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def breakable(name: str) -> Block:
    """A column's name, which may be broken after underscores; a very long one is cut."""
    return Block(escaped(shortened(name)).replace("_", "_<wbr>"))
