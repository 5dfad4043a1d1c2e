"""Paths at which there is no file."""

from __future__ import annotations

from pathlib import Path

from molkit.types import Problem


def missing_file(path: Path) -> Problem | None:
    """Why there is no file to read, None if there is one; raises OSError or ValueError for what cannot be looked at."""
    if path.is_file():
        return None
    if path.is_dir():
        return Problem("empty", "this is the path of a folder; give that of a file in it.")
    return Problem("empty", "there is no such file; paths are relative to the folder of the table.")


def said_of(error: OSError | ValueError) -> str:
    """Why a file cannot be read, without its path."""
    return str(getattr(error, "strerror", None) or "it is not a file name")  # ValueError: a NUL in the name
