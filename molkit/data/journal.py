"""An unfinished run beside its output, so that a command that was killed goes on where it stopped.

The file `OUT.unfinished` holds a line saying what the run is, then a line for each piece of work that is
done. A line is the CRC-32 of a deflated JSON text in base64 and that; one that was cut short by the end of
the process or of the power does not match and is written again.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from molkit.data.write import write_error
from molkit.errors import InputError, OutputError

_MAGIC = b"molkit journal 1\n"
_SYNC_SECONDS = 5.0


class Journal:
    """The results of an unfinished run; see `open_journal`."""

    def __init__(self, path: Path, file: BinaryIO, first: int, end: int) -> None:
        self.path = path
        self._file = file
        self._first, self._end = first, end  # of the entries, in bytes
        self._synced = time.monotonic()

    @property
    def empty(self) -> bool:
        """Whether nothing has been done yet."""
        return self._first == self._end

    def entries(self) -> Iterator[Any]:
        """The entries so far, in order; at first those of the interrupted run."""
        with self.path.open("rb") as file:
            file.seek(self._first)
            while file.tell() < self._end:
                yield _value(file.readline())

    def append(self, entry: Any) -> None:
        """Add one JSON value; raises OutputError if the disk does not take it."""
        line = _line(entry)
        try:
            self._file.write(line)
            self._file.flush()
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            kept = f"What is done is kept in {self.path.name}; repeat the command when this is mended."
            raise write_error(self.path, error, kept) from None
        self._end += len(line)


def journal_path(out: Path) -> Path:
    """Where the journal of the run that writes `out` stands."""
    return out.with_name(out.name + ".unfinished")


@contextmanager
def open_journal(out: Path, identity: Mapping[str, Any], overwrite: bool = False) -> Iterator[Journal]:
    """The journal of the run that writes `out`, new or found unfinished; removed if the block ends well.

    `identity` says by JSON values under readable names what decides the result. Raises InputError with what
    differs if another run stands unfinished there (unless `overwrite`, which starts anew) or if the file is no
    journal, OutputError if it cannot be written or another process is writing it. After an InputError, or
    without entries, nothing is worth keeping and the file goes too.
    """
    path = journal_path(out)
    try:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        file = os.fdopen(os.open(path, flags, 0o666), "r+b")
    except OSError as error:
        raise write_error(out, error) from None
    with file:
        lock_file(path, file)
        journal = _opened(path, file, json.loads(json.dumps(identity)), overwrite)
        try:
            yield journal
        except BaseException as error:
            if isinstance(error, InputError) or journal.empty:
                path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)


def _opened(path: Path, file: BinaryIO, identity: dict[str, Any], overwrite: bool) -> Journal:
    begin = file.read(len(_MAGIC))
    if not _MAGIC.startswith(begin):
        raise InputError(f"{path}: is in the way and is no journal of molkit; move it or choose another output.")
    line = file.readline()
    found = _value(line) if _whole(line) else None
    if found is not None and found != identity:
        if not overwrite:
            raise InputError(
                f"{path}: another run stands unfinished there ({_difference(found, identity)}). Repeat its command "
                "to continue it, or add --overwrite to drop it."
            )
        found = None
    if found is None:
        file.seek(0)
        file.truncate()
        try:
            file.write(_MAGIC + _line(identity))
            file.flush()
        except OSError as error:
            raise write_error(path, error) from None
    first = end = file.tell()
    while _whole(file.readline()):
        end = file.tell()
    file.seek(end)
    file.truncate()
    return Journal(path, file, first, end)


def _line(value: Any) -> bytes:
    text = base64.b64encode(zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1))
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _whole(line: bytes) -> bool:
    """Whether a line was not cut short."""
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    return line.endswith(b"\n") and mark == b"%08x" % zlib.crc32(text)


def _value(line: bytes) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(line.partition(b" ")[2])))


def _difference(found: dict[str, Any], identity: dict[str, Any]) -> str:
    keys = [key for key in {**found, **identity} if found.get(key) != identity.get(key)]
    return "; ".join(f"its {key}: {_short(found.get(key))}, now {_short(identity.get(key))}" for key in keys)


def _short(value: Any) -> str:
    text = json.dumps(value) if value is not None else "none"
    return text if len(text) <= 120 else text[:117] + "..."


def lock_file(path: Path, file: BinaryIO) -> None:
    """Hold the file as long as it is open, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OutputError(f"{path}: another process is writing this output now.") from None
