"""The folder of a prepared library as files: writing its parts, giving it its name, replacing an older one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.exact import write_exact
from molkit.data.prepared import FORMAT, MANIFEST, Part, is_prepared
from molkit.data.write import atomic_path, write_error
from molkit.errors import InputError

_OWN = re.compile(rf"part-\d{{5,}}\.(parquet|safetensors)|\.molkit-\w+\.part|{re.escape(MANIFEST)}").fullmatch


def check_folder(out: Path, overwrite: bool) -> None:
    """Raise InputError if a library cannot be written as `out`: what stands there is kept, or is no library."""
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out}: is a file; give the name of a folder that does not exist yet.")
    found = _foreign(out)
    if found or not (is_prepared(out) or not any(out.iterdir())):
        shown = f" (it holds {found[0]})" if found else ""
        raise InputError(f"{out}: is a folder but no prepared library{shown}; choose another name.")
    if any(out.iterdir()) and not overwrite:
        raise InputError(f"{out}: exists; add --overwrite or choose another name.")


def remove_folder(folder: Path) -> None:
    """Remove a library's files and folder; raises InputError, before any is removed, if it holds others."""
    if not folder.exists():
        return
    if found := _foreign(folder):
        raise InputError(f"{folder}: holds {found[0]}, which is not molkit's; remove it yourself.")
    for file in sorted(folder.iterdir()):  # the manifest before the parts: what a kill leaves claims to be nothing
        file.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()


def check_unfinished(folder: Path) -> None:
    """Raise InputError if a new run cannot build its parts in `folder`: a file, a link or a library stands there."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: is no folder, and parts are built there; move it or choose another output.")
    if is_prepared(folder):
        raise InputError(
            f"{folder}: is a prepared library, and parts are built there; rename or remove it or choose another output."
        )


def _foreign(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.is_dir() or not _OWN(file.name))


def write_part(
    folder: Path, number: int, columns: Mapping[str, Sequence[Any]], pieces: Sequence[Mapping[str, bytes]]
) -> dict[str, str]:
    """Write the two files of a part, `pieces` being those of its chunks; returns their SHA-256 by suffix."""
    from safetensors.numpy import save

    part = Part(number, 0, 0, {}, {})
    with atomic_path(part.path(folder, "parquet"), overwrite=True) as path:
        write_exact(path, columns)
        hashes = {"parquet": file_hash(path)}
    named = {f"{place}/{name}": np.frombuffer(data, np.uint8) for place, chunk in enumerate(pieces)
             for name, data in chunk.items()}  # fmt: skip
    with atomic_path(part.path(folder, "safetensors"), overwrite=True) as path:
        path.write_bytes(save(named))
        hashes["safetensors"] = file_hash(path)
    return hashes


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, "" if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write what a library says of itself; `content` has the fields of `PreparedLibrary` that are stored."""
    import json

    text = json.dumps({"kind": "molkit library", "format": FORMAT, **content}, allow_nan=False, indent=1)
    with atomic_path(folder / MANIFEST, overwrite=True) as path:
        path.write_text(text + "\n", encoding="ascii")


def publish(folder: Path, out: Path) -> None:
    """Give a finished folder its name, in the place of an older library; raises OutputError.

    A kill in between leaves the older library aside, see `restore_older`.
    """
    try:
        for leftover in folder.glob(".molkit-*.part"):  # of a process that was killed while it wrote
            leftover.unlink()
        if out.exists():
            out.rename(_older(out))
        folder.rename(out)
        remove_folder(_older(out))
        descriptor = os.open(out.parent, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    except OSError as error:
        raise write_error(out, error) from None


def restore_older(out: Path) -> None:
    """Give a library its name back that a killed `publish` put aside, or remove it where it was replaced."""
    older = _older(out)
    if is_prepared(older) and not out.exists():
        older.rename(out)
    elif is_prepared(out) or not is_prepared(older):
        remove_folder(older)


def _older(out: Path) -> Path:
    """Where the library stands that is being replaced; nobody else gives such a name."""
    return out.parent / f".molkit-{out.name}.old"
