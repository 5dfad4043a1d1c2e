"""Writing files whole or not at all, and tables piece by piece."""

from __future__ import annotations

import errno
import filecmp
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from molkit.data.formats import FORMATS, TableWriter
from molkit.data.sniff import suffix_format
from molkit.errors import InputError, OutputError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EFBIG: "the file is too large for the disk",
    errno.EIO: "the disk reports an error",
    errno.ENAMETOOLONG: "the name is too long",
}


@contextmanager
def atomic_path(
    path: str | Path,
    overwrite: bool = False,
    inputs: Collection[Path] = (),
    locked: bool = False,
    resumed: bool = False,
) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path` on success and is removed on failure.

    `locked` says that no other process can be writing `path`: what a killed one left is then removed. `resumed`
    says that a killed one may have finished `path`: a file that holds the same bytes is then left as it is, any
    other refused at the end.

    Raises InputError before any work if `path` exists and neither `overwrite` nor `resumed` is set, or if it is
    one of `inputs` (files being read, never overwritten); OutputError if the folder cannot be written to or
    the disk fails while writing.
    """
    with atomic_paths([path], overwrite, inputs, locked, resumed) as (unfinished,):
        yield unfinished


@contextmanager
def atomic_paths(
    paths: Sequence[str | Path],
    overwrite: bool = False,
    inputs: Collection[Path] = (),
    locked: bool = False,
    resumed: bool = False,
) -> Iterator[tuple[Path, ...]]:
    """The same for several files: none gets its name before all are checked, and the first one gets it last."""
    outputs = [Path(path) for path in paths]
    for path in outputs:
        check_free(path, overwrite or resumed, inputs)
    unfinished: dict[Path, Path] = {}
    try:
        for path in outputs:
            unfinished[path] = _new_file(path, locked)
        yield tuple(unfinished.values())
        left = [path for path in outputs if resumed and not overwrite and _same(unfinished[path], path)]
        for path, temporary in unfinished.items():
            _sync(temporary)
            check_free(path, overwrite or path in left, inputs)
        for path in reversed([path for path in outputs if path not in left]):
            os.replace(unfinished[path], path)
            _sync(path.parent)
    except OSError as error:
        about = _blamed(error, unfinished)
        if about is None:
            raise
        raise write_error(about, error) from None
    finally:
        for temporary in unfinished.values():
            temporary.unlink(missing_ok=True)


def _new_file(path: Path, locked: bool) -> Path:
    """An empty file beside `path`."""
    made = path.with_name(f".molkit-{path.name if locked else secrets.token_hex(6)}.part")
    try:
        if locked:
            made.unlink(missing_ok=True)
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise write_error(path, error) from None
    return made


def _same(temporary: Path, path: Path) -> bool:
    return path.exists() and filecmp.cmp(temporary, path, shallow=False)


def _blamed(error: OSError, unfinished: Mapping[Path, Path]) -> Path | None:
    """The output that an error is about, the first for one without a file name; None if it is about another file."""
    if error.errno not in _REASONS:
        return None
    named = [path for path, temporary in unfinished.items() if error.filename in (None, str(temporary), temporary)]
    return named[0] if named else None


def check_free(path: Path, overwrite: bool, inputs: Collection[Path] = ()) -> None:
    """Raise InputError if writing to `path` would replace an input, a folder, or a file unasked."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give a file name.")
    if not path.exists():
        return
    if any(Path(other).exists() and path.samefile(other) for other in inputs):
        raise InputError(f"{path}: is the input, which is never overwritten; choose another name.")
    if not overwrite:
        raise InputError(f"{path}: exists; add --overwrite or choose another name.")


def write_error(path: Path, error: OSError, kept: str = "Nothing was left under that name.") -> OutputError:
    """The error to raise where the system refused to write `path`; `kept` says what is there now."""
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    return OutputError(f"{path}: cannot be written: {reason}. {kept}")


def _sync(path: Path) -> None:
    """Make sure the file, or the folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_writer(
    path: str | Path,
    names: Sequence[str],
    overwrite: bool = False,
    structure: str | None = None,
    inputs: Collection[Path] = (),
    locked: bool = False,
    resumed: bool = False,
) -> Iterator[TableWriter]:
    """A writer for the table `path` with the columns `names`, in the format its suffix says.

    `write(columns)` takes pieces: equally long lists (or arrays) by name. `structure` is the column
    with mol blocks, which .sdf needs. None and NaN become empty cells; the same pieces give the same
    bytes. The file appears when the block ends without an error, and not otherwise. Errors as
    `atomic_path`, and InputError for a suffix no table is written as.
    """
    path = Path(path)
    check_table_path(path)
    with (
        atomic_path(path, overwrite, inputs, locked, resumed) as unfinished,
        table_writer(unfinished, path, names, structure) as writer,
    ):
        yield writer


def table_writer(
    unfinished: Path, path: Path, names: Sequence[str], structure: str | None = None
) -> AbstractContextManager[TableWriter]:
    """The same for a file `unfinished` that somebody else gives the name `path`; see `atomic_paths`."""
    kind, packed = check_table_path(path)
    if len(set(names)) < len(names):
        raise ValueError(f"column names must differ: {list(names)}")
    if kind == "sdf" and (structure is None or structure not in names):
        raise InputError(f"{path}: an .sdf file needs structures; write .csv instead.")
    return FORMATS[kind](unfinished, tuple(names), packed, structure)


def check_table_path(path: Path) -> tuple[str, bool]:
    """The format that a suffix says, and whether to compress; raises InputError if no table is written so."""
    kind, packed = suffix_format(path)
    if kind not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise InputError(f"{path}: tables are written as {known} (csv, tsv and sdf also as .gz).")
    return kind, packed


def clash_names(existing: Collection[str], new: Sequence[str]) -> dict[str, str]:
    """The names new columns get beside `existing` ones: unchanged, or with the suffix `_molkit`.

    >>> clash_names(["smiles", "status"], ["status", "reason"])
    {'status': 'status_molkit', 'reason': 'reason'}
    """
    taken = set(existing)
    final: dict[str, str] = {}
    for name in new:
        candidate, number = name, 1
        while candidate in taken or (candidate != name and candidate in new):
            candidate = f"{name}_molkit" if number == 1 else f"{name}_molkit_{number}"
            number += 1
        taken.add(candidate)
        final[name] = candidate
    return final
