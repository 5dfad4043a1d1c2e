"""From the bytes of a text file, packed or not, to lines, in bounded memory.

Every line counts, blank ones too. A line ends with LF, CR LF or a lone CR. Lines over `LINE_LIMIT` are
cut, lines that are not valid UTF-8 are read as Windows-1252; both are reported with the line.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from molkit.errors import InputError

BLOCK = 1 << 18
LINE_LIMIT = 1 << 20
SHOWN = 200  # characters kept of a line over the limit
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Damage:
    """What is wrong with a line; `cut` if part of its text is missing."""

    sentence: str
    cut: bool = False


_TOO_LONG = Damage(f"is longer than {LINE_LIMIT:,} characters; only the first {SHOWN} are kept", cut=True)

Line = tuple[int, str, Damage | None]
"""The 1-based number in the file, the text with its line end, the damage."""


def read_blocks(path: Path) -> Iterator[bytes]:
    """The content of a file by blocks of `BLOCK` bytes, unpacked if it begins as gzip does.

    Raises InputError for a file that cannot be read, and for a truncated or damaged gzip file when
    the reader gets there.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            stream: BinaryIO = gzip.GzipFile(fileobj=raw, mode="rb") if packed else raw  # type: ignore[assignment]
            while block := stream.read(BLOCK):
                yield block
    except EOFError:
        raise InputError(
            f"{path}: the gzip file is truncated: it ends in the middle of the data. Copy or download it again."
        ) from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: the gzip file is damaged ({error}). Copy or download it again.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from None


def utf8_blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """The content of a text file as UTF-8 without byte order mark, whatever its encoding."""
    blocks = read_blocks(path)
    if encoding != "utf-8":
        yield from _recoded(path, blocks, encoding)
        return
    yield next(blocks, b"").removeprefix(codecs.BOM_UTF8)
    yield from blocks


def _recoded(path: Path, blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The blocks in UTF-8; bytes that do not fit a one-byte encoding stay, and so are reported by line."""
    errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    mark = "\ufeff"
    try:
        for block in chain(blocks, [b""]):
            text = decoder.decode(block, not block).removeprefix(mark)
            mark = "" if text else mark
            yield text.encode("utf-8", errors)
    except UnicodeError as error:
        raise InputError(f"{path}: cannot be read as {encoding} ({error}); choose another --encoding.") from None


def read_lines(path: Path, encoding: str) -> Iterator[Line]:
    """The numbered lines of a text file."""
    number = 0
    for texts, damages in _line_blocks(utf8_blocks(path, encoding)):
        if damages:
            for index, text in enumerate(texts):
                yield number + index + 1, text, damages.get(index)
        else:
            for index, text in enumerate(texts, number + 1):
                yield index, text, None
        number += len(texts)


def _line_blocks(blocks: Iterator[bytes]) -> Iterator[tuple[list[str], dict[int, Damage]]]:
    tail = b""
    skipping = False
    for block in blocks:
        block = tail + block
        if skipping:
            end = _first_end(block)
            if end is None:
                tail = block[-1:] if block.endswith(b"\r") else b""
                continue
            block, skipping = block[end:], False
        # A CR as the last byte may be half of CR LF, so it waits for the next block.
        end = 1 + max(block.rfind(b"\n"), block.rfind(b"\r", 0, max(0, len(block) - 1)))
        if end:
            yield _decode(block[:end])
        tail = block[end:]
        if len(tail) > LINE_LIMIT:
            yield _cut(tail)
            tail, skipping = (b"\r" if tail.endswith(b"\r") else b""), True
    if tail and not skipping:
        yield _decode(tail)


def _first_end(block: bytes) -> int | None:
    """Where the line after the first line end begins; a CR as the last byte may be half of CR LF."""
    ends = [block.find(b"\n"), block.find(b"\r", 0, len(block) - 1)]
    found = [end for end in ends if end >= 0]
    if not found:
        return None
    end = min(found)
    return end + (2 if block[end : end + 2] == b"\r\n" else 1)


def _decode(block: bytes) -> tuple[list[str], dict[int, Damage]]:
    damages: dict[int, Damage] = {}
    try:
        texts = list(io.StringIO(block.decode("utf-8"), newline=""))
    except UnicodeDecodeError:
        texts = [_decode_line(line, index, damages) for index, line in enumerate(block.splitlines(keepends=True))]
    if len(block) > LINE_LIMIT:
        for index, text in enumerate(texts):
            if len(text) > LINE_LIMIT:
                texts[index], damages[index] = text[:SHOWN], _TOO_LONG
    if b"\0" in block:
        for index, text in enumerate(texts):
            if "\0" in text:
                damages.setdefault(index, Damage("contains NUL bytes; the file may be damaged"))
    return texts, damages


def _cut(line: bytes) -> tuple[list[str], dict[int, Damage]]:
    return [line[:SHOWN].decode("utf-8", "backslashreplace")], {0: _TOO_LONG}


def _decode_line(line: bytes, index: int, damages: dict[int, Damage]) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        damages[index] = Damage(
            f"is not valid UTF-8 at byte {error.start + 1}; it was read as Windows-1252 (Western European)"
        )
        return line.decode("cp1252", "backslashreplace")
