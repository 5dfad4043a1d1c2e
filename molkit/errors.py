"""The errors that molkit raises on purpose.

MolkitError            anything a user can act on; the command line prints it as one line
├── InputError         a table, column, option or structure is not what was expected   (exit 2)
├── BundleError        a model file is damaged, newer than this molkit, or no model    (exit 2)
├── NothingDone        the input was read, and not one row gave a result               (exit 3)
└── OutputError        a result cannot be written where it was asked for               (exit 4)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MolkitError(Exception):
    """What was expected, what came, where, and what to do, in one sentence or two."""

    exit_code = 2


class InputError(MolkitError):
    """A table, column, option or structure is not what was expected."""


class BundleError(MolkitError):
    """A model file is damaged, newer than this molkit, or not a model file."""


class NothingDone(MolkitError):
    """The input was read, and not one row gave a result."""

    exit_code = 3


class OutputError(MolkitError):
    """A result cannot be written where it was asked for."""

    exit_code = 4


def name_hint(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the known ones that are nearest, in whatever case, or all.

    >>> name_hint("sede", ["seed", "folds"]), name_hint("x", ["seed", "folds"])
    ("; did you mean 'seed'?", '; known are seed, folds')
    """
    known = list(known)
    written = {text.lower(): text for text in known}
    close = [written[text] for text in difflib.get_close_matches(name.lower(), written, n=3)]
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else f"; known are {', '.join(known)}"
