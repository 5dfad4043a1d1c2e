"""Finding a column by the name a person gives it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from molkit.errors import InputError


class MissingColumn(InputError):
    """A table has no column of a name."""


_PADDING = " \t\r\n\u00a0\u200b\ufeff"


def clean_name(name: str) -> str:
    """A header cell without the white space and invisible marks around it."""
    return name.strip(_PADDING).strip()


def plain_name(name: str) -> str:
    """A header cell in the form in which names are compared.

    >>> plain_name(" Canonical SMILES ")
    'canonical_smiles'
    """
    return re.sub(r"[\s\-]+", "_", clean_name(name)).lower()


def find_column(names: Sequence[str], wanted: str, option: str) -> str:
    """The column called `wanted`: exactly, else ignoring case and white space if only one is.

    Raises MissingColumn with the closest names and the list of columns.
    """
    if wanted in names:
        return wanted
    alike = [name for name in names if plain_name(name) == plain_name(wanted)]
    if len(alike) == 1:
        return alike[0]
    by_plain = {plain_name(name): name for name in names}
    close = [by_plain[plain] for plain in difflib.get_close_matches(plain_name(wanted), list(by_plain), 3, 0.6)]
    hint = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    shown = ", ".join(repr(name[:60]) for name in names[:40]) + (" ..." if len(names) > 40 else "")
    raise MissingColumn(f"{option} {wanted!r}: the table has no such column.{hint} Its columns are: {shown}.")


def unique_names(header: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Column names that are not blank and all different, and sentences on what was changed.

    White space around a name goes, a blank one becomes `column_3` after its place, the second
    `smiles` becomes `smiles_2`.

    >>> unique_names(["smiles", "smiles", ""])[0]
    ('smiles', 'smiles_2', 'column_3')
    """
    notes: list[str] = []
    names: list[str] = []
    taken = {clean_name(name) for name in header}
    if any(clean_name(name) != name for name in header):
        notes.append("White space around column names was removed.")
    for place, raw in enumerate(header, 1):
        name = clean_name(raw)
        if not name:
            name = _free(f"column_{place}", taken)
            notes.append(f"Column {place} has no name; it is called '{name}'.")
        elif name in names:
            again, name = name, _free(name, taken)
            notes.append(f"Column {place} is the second called '{again}'; it is called '{name}'.")
        taken.add(name)
        names.append(name)
    return tuple(names), notes


def _free(name: str, taken: set[str]) -> str:
    if name not in taken and name.startswith("column_"):
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
