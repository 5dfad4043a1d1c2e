"""Text cells that no spreadsheet takes for a formula, and that read back as they were.

Excel and LibreOffice compute a cell of a delimited file that begins with = + - or @, and a formula can start
programs or send data away (OWASP, "CSV Injection"). Quotes around the cell do not help. So molkit writes an
apostrophe before a *text* that may be a formula, and its reader takes one away before such a text: in cells and in
column names, of its own files and of others, which protect themselves in the same way. A text of the user's that
begins with apostrophes before a formula gets one more, so every text comes back exactly.

A spreadsheet may also cut a cell at a semicolon, a tab or a line end (Excel in countries that write 1,5 cuts at
semicolons, and then knows no quotes in the middle of its cells), so what begins with = or @ behind one of these, or
with + or - and has what calls or refers, gets an apostrophe there, which the reader takes away too.

What cannot be a formula stays as it is: numbers (`-3.2`, `+1e5`, `-1,5`, `-inf`), and text without a letter or digit
(`-`, `---`, ChEMBL's `'='`), as there is nothing to compute in it. SMILES do not begin with any of the signs.
Excel files mark text as text (`molkit.data.workbook`) and need none of this; Parquet and SD files are no
spreadsheets.
"""

from __future__ import annotations

import re

_SIGNS = "=+@－＝＋＠-"  # the wide ones count in spreadsheets set to Chinese or Japanese
_BLANKS = "\t\r\n\v\f \0\u00a0\u200b\ufeff"  # some spreadsheets look behind them
_FIRST = frozenset("'" + _SIGNS + _BLANKS)
_FORMULA = re.compile(rf"[{_BLANKS}]*[{_SIGNS}]")
_CUTS = ";\t\r\n"
_INNER = rf"[ \v\f\0\u00a0\u200b\ufeff]*(?:[=@＝＠][^{_CUTS}]*?[\w(\"]|[+＋－-][^{_CUTS}]*?[(|!])"
_CUT = re.compile(rf"(?<=[{_CUTS}])(?='*{_INNER})")
_MENDED = re.compile(rf"(?<=[{_CUTS}])'(?='*{_INNER})")
_HARMLESS = re.compile(
    r"[+-][ ]?(?:\d[\d.,  ]*|[.,]\d+)(?:[eE][+-]?\d+)?[ ]?%?"  # a number, however it is grouped
    r"|[+-](?:inf|infinity|nan)"
    rf"|['<>~.,/ {_SIGNS}]*",
    re.IGNORECASE,
)


def protected(text: str) -> str:
    """A text as it is written.

    >>> [protected(text) for text in ("=1+1", "'=1+1", "-3.2", "-CH3", "@home", "C=O", "'=", "x;=1+1")]
    ["'=1+1", "''=1+1", '-3.2', "'-CH3", "'@home", 'C=O', "'=", "x;'=1+1"]
    """
    outside = "'" + text if text[:1] in _FIRST and _may_compute(text.lstrip("'")) else text
    return _CUT.sub("'", outside) if _has_cut(outside) else outside


def restored(text: str) -> str:
    """A cell of a file as it was before `protected`.

    >>> [restored(text) for text in ("'=1+1", "''=1+1", "'CCO'", "'='")]
    ['=1+1', "'=1+1", "'CCO'", "'='"]
    """
    inside = _MENDED.sub("", text) if _has_cut(text) else text
    return inside[1:] if inside[:1] == "'" and _may_compute(inside.lstrip("'")) else inside


def _has_cut(text: str) -> bool:
    return ";" in text or "\n" in text or "\t" in text or "\r" in text


def _may_compute(text: str) -> bool:
    return _FORMULA.match(text) is not None and _HARMLESS.fullmatch(text) is None
