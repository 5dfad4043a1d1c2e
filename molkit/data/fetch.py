"""Getting the files of a data set: shipped, from the cache, or downloaded and checked.

The cache is the folder that the environment variable MOLKIT_CACHE names, else the user's cache folder.
It holds `<name of the set>/<path of the file>`; what is there already is checked and never written or deleted.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from molkit.data.cards import Card, CardFile, find_cards
from molkit.data.write import atomic_path
from molkit.errors import InputError, OutputError

Listener = Callable[[str, int, int, dict[str, float]], None]  # what is done, bytes so far, all bytes (0: unknown)


def fetch(name: str, progress: Listener | None = None) -> tuple[Path, ...]:
    """The files of a data set, or of a group of sets, downloaded where they are not at hand.

    Raises InputError for an unknown name, a file that is not the published one, or no network; OutputError where
    the cache cannot be written to.
    """
    archives: dict[str, bytes] = {}  # a zip file serves many members
    found = []
    for card in find_cards(name):
        for file in card.files:
            path = place(card, file)
            if path.is_file():
                _check_stored(path, file)
            else:
                _download(card, file, path, archives, progress)
            found.append(path)
    return tuple(found)


def cache_folder() -> Path:
    """Where downloads are kept."""
    told = os.environ.get("MOLKIT_CACHE")
    if told:
        return Path(told).expanduser()
    import pooch

    return Path(pooch.os_cache("molkit"))


def place(card: Card, file: CardFile) -> Path:
    """Where a file of a set is, or would be."""
    return (card.folder if card.shipped else cache_folder() / card.name) / file.path


def whereabouts(card: Card) -> str:
    """`shipped`, `cached`, `to fetch`, or `by hand` where some file can be downloaded from nowhere."""
    if card.shipped:
        return "shipped"
    missing = [file for file in card.files if not place(card, file).is_file()]
    if not missing:
        return "cached"
    return "to fetch" if all(file.url for file in missing) else "by hand"


def _check_stored(path: Path, file: CardFile) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if _sha256(content) != file.sha256 and _sha256(_unpacked(content, file)) != file.sha256:
        raise InputError(
            f"{path}: is not the published file: expected SHA-256 {file.sha256}, got {_sha256(content)}."
            " Move it away and run the command again; molkit never deletes it."
        )


def _unpacked(content: bytes, file: CardFile) -> bytes:
    """The content of a .gz file up to one byte more than expected; empty if it is damaged or none."""
    if not file.path.endswith(".gz"):
        return b""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            return stream.read(file.bytes + 1)
    except (OSError, EOFError, zlib.error):
        return b""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _download(card: Card, file: CardFile, path: Path, archives: dict[str, bytes], progress: Listener | None) -> None:
    if not file.url:
        raise InputError(
            f"{card.name}: {file.path} cannot be downloaded: it was derived or re-packed from {card.source}."
            f" Put it at {path}, or set MOLKIT_CACHE to a folder that has it."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path.parent}: the folder cannot be made: {error.strerror}; set MOLKIT_CACHE to another one"
        ) from error
    with atomic_path(path) as unfinished:
        if file.url not in archives:
            _get(card, file, path, unfinished, progress)
            archives[file.url] = unfinished.read_bytes()
        content = archives[file.url] if file.member else archives.pop(file.url)
        if file.member:
            content = _member(content, file)
        if _sha256(content) != file.sha256:
            raise InputError(
                f"{file.url}: what came is not the published file: expected SHA-256 {file.sha256}"
                f" ({file.bytes:,} bytes), got {_sha256(content)} ({len(content):,} bytes). Nothing was kept."
                f" Try again; if it stays so, get the file elsewhere and put it at {path}."
            )
        packs = path.suffix == ".gz" and not (file.member or file.url).endswith(".gz")
        unfinished.write_bytes(gzip.compress(content, 9, mtime=0) if packs else content)


def _get(card: Card, file: CardFile, path: Path, to: Path, progress: Listener | None) -> None:
    """Download a file's address; raises InputError with what to do if that fails for a reason of the network."""
    import pooch

    bar = _Bar(f"fetching {card.name}", progress) if progress else False
    try:
        pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16)(file.url, str(to), None)
    except OSError as error:
        if isinstance(error.errno, int) and not isinstance(error, ConnectionError | TimeoutError):
            raise  # the disk, not the network
        what = f"{file.member} in {file.url}" if file.member else file.url
        raise InputError(
            f"{card.name}: {what} could not be downloaded ({_reason(error)}). Without a network, get the file elsewhere"
            f" and put it at {path}, or set MOLKIT_CACHE to a folder that has {card.name}/{file.path}."
        ) from error


def _reason(error: OSError) -> str:
    """What failed, without the connection objects that the network library wraps around it."""
    inner = getattr(error.args[0], "reason", error) if error.args else error
    return str(inner).rpartition("): ")[2] or type(error).__name__


def _member(archive: bytes, file: CardFile) -> bytes:
    """The one file inside a zip archive whose name ends like `file.member`, up to one byte more than expected."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = [name for name in opened.namelist() if name.endswith(file.member)]
            names = [name for name in names if not name.startswith("__MACOSX")]  # left by the program that packed
            if len(names) != 1:
                raise InputError(f"{file.url}: expected one member {file.member!r}, found {len(names)}")
            with opened.open(names[0]) as stream:
                return stream.read(file.bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{file.url}: expected a zip archive, got something else: {error}") from error


class _Bar:
    """What pooch tells of a download, passed on."""

    def __init__(self, stage: str, progress: Listener) -> None:
        self.total = 0  # set by pooch
        self._stage, self._progress, self._done = stage, progress, 0

    def update(self, count: int) -> None:
        self._done += count
        self._progress(self._stage, min(self._done, self.total or self._done), self.total, {})

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Nothing to close."""
