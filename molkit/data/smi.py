"""SMILES files: one structure a line, then white space and a name.

A CXSMILES extension ` |...|` stays with the structure. Every line is a row: a blank one has a blank
structure, a comment (`#`) is a row that cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from molkit.data.lines import Damage, Line, read_lines
from molkit.data.pieces import Row, row_pieces
from molkit.data.structures import is_smiles_name, looks_like_smiles
from molkit.data.table import Table

_LINE = re.compile(r"([ \t]*[^ \t]*(?:[ \t]+\|[^|]*\|)?)(?:[ \t]+(.*))?", re.DOTALL)
_COMMENT = Damage("is a comment, not a structure", cut=True)


def split_line(text: str) -> tuple[str, str]:
    """Structure and name of a line without its end.

    >>> split_line("CCO |$;;alcohol$| ethanol 95 %")
    ('CCO |$;;alcohol$|', 'ethanol 95 %')
    """
    match = _LINE.fullmatch(text)
    assert match is not None  # the pattern takes any text
    return match[1], match[2] or ""


def smi_header(lines: Sequence[Line]) -> tuple[str, ...] | None:
    """The two column names of a header line such as `SMILES Name`, None if there is none."""
    words = lines[0][1].split()
    if not words or not is_smiles_name(words[0]) or looks_like_smiles(words[0]):
        return None
    return (words[0], words[1]) if len(words) == 2 and words[0] != words[1] else ("smiles", "name")


def looks_like_smi(lines: Sequence[Line]) -> bool:
    """Whether most lines begin with a word that could be a SMILES."""
    words = [text.split(None, 1)[0] for _, text, _ in lines if text.strip() and not text.startswith("#")]
    return bool(words) and sum(map(looks_like_smiles, words)) >= 0.6 * len(words)


def read_smi(
    rows: int, *, path: Path, encoding: str, header: bool, names: tuple[str, ...], structure: int | None
) -> Iterator[Table]:
    """The pieces of a SMILES file."""
    lines = read_lines(path, encoding)
    if header:
        next(lines, None)
    return row_pieces(map(_row, lines), names, rows, structure)


def _row(line: Line) -> Row:
    number, text, damage = line
    bare = text.rstrip("\r\n")
    if bare.startswith("#"):
        return [bare, ""], damage or _COMMENT, number
    tab = "\t" in bare
    if "|" in bare or bare[:1] in " \t" or (tab and " " in bare):
        return [*split_line(bare)], damage, number
    first, _, rest = bare.partition("\t" if tab else " ")
    return [first, rest.lstrip(" \t")], damage, number
