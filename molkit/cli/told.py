"""Options of the form NAME=VALUE."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from molkit.errors import InputError


def read_fixed(texts: Sequence[str] | None) -> dict[str, str]:
    """What is the same for all rows, by input: from NAME=VALUE; raises InputError.

    >>> read_fixed(["protein=p.fasta"])
    {'protein': 'p.fasta'}
    """
    return dict(_told(text, "--fix", "protein=p.fasta") for text in texts or ())


def read_reading(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How inputs are read: from NAME.OPTION=VALUE; raises InputError.

    >>> read_reading(["image.size=64", "image.equalise=true", "image.window=lung"])
    {'image': {'size': 64, 'equalise': True, 'window': 'lung'}}
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        where, value = _told(text, "--reading", "image.size=128")
        name, dot, option = where.partition(".")
        if not dot or not option:
            raise InputError(f"--reading {text!r}: expected NAME.OPTION=VALUE, such as image.size=128")
        found.setdefault(name, {})[option] = _value(value)
    return found


def _told(text: str, option: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise InputError(f"{option} {text!r}: expected NAME=VALUE, such as {example}")
    return name.strip(), value.strip()


def _value(text: str) -> Any:
    """A number, true, false or null as JSON has it, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
