"""The samples of a .wav file, its header checked before anything is decoded.

Format: IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991), and Microsoft's
WAVEFORMATEXTENSIBLE.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from molkit.data.missing import missing_file, said_of
from molkit.types import Problem

HIGHEST_RATE = 384_000  # samples per second
_MOST_CHANNELS = 64
_MOST_BYTES = 256 << 20
_MOST_CHUNKS = 1000
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_READ = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}
_NAMES = {1: "PCM", 2: "ADPCM", 3: "floats", 6: "A-law", 7: "mu-law", 17: "ADPCM", 49: "GSM", 80: "MPEG", 85: "MP3"}
_OTHERS = {
    b"PK": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"RF64": "a 64-bit RF64 file",
    b"RIFX": "a big-endian RIFX file",
    b"ID3": "an MP3 file",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
}
_UNTIL_THE_END = 0xFFFFFFFF  # what a program that writes into a pipe says of a length that it does not know


@dataclass(frozen=True)
class Header:
    """How samples are stored, and where, once that is known: `start` and `size` in bytes."""

    coding: int
    channels: int
    rate: int
    bits: int
    start: int = 0
    size: int = 0

    @property
    def block(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8

    @property
    def seconds(self) -> float:
        """How long the recording lasts."""
        return self.size / self.block / self.rate


def read_wave(path: Path, longest: float) -> tuple[np.ndarray, int] | Problem:
    """Samples float32 [T], channels averaged and full scale 1, and their number per second; or what is wrong.

    A recording of more than `longest` seconds is refused before its samples are read.
    """
    try:
        if problem := missing_file(path):
            return problem
        with path.open("rb") as stream:
            header = _header(stream, path.stat().st_size)
            if isinstance(header, Problem):
                return header
            if header.seconds > longest:
                said = f"the recording lasts {header.seconds:.1f} s, more than {longest:g} s; cut it, or allow more."
                return Problem("too_large", said)
            stream.seek(header.start)
            return _samples(stream.read(header.size), header), header.rate
    except (OSError, ValueError) as error:
        return Problem("invalid_syntax", f"the file cannot be read: {said_of(error)}; check the path.")


def _header(stream: BinaryIO, length: int) -> Header | Problem:
    start = stream.read(12)
    if not length:
        return Problem("empty", "the file is empty.")
    if start[:4] != b"RIFF" or start[8:] != b"WAVE":
        return Problem("invalid_syntax", f"expected a .wav file, got {_looks_like(start)}; convert it to PCM .wav.")
    described: Header | Problem | None = None
    for name, size in _chunks(stream, length):
        if name == b"fmt ":
            described = _described(stream.read(min(size, 40)))
        if isinstance(described, Problem):
            return described
        if name == b"data" and described is not None:
            return _located(described, stream.tell(), size, length)
    missing = "description" if described is None else "samples"
    return Problem("invalid_syntax", f"the .wav file has no {missing}: it is truncated or damaged.")


def _chunks(stream: BinaryIO, length: int) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk, the stream being at its content."""
    at = 12
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            return
        name, size = struct.unpack("<4sI", head)
        yield name, size
        at += 8 + size + size % 2
        if at > length:
            return


def _described(content: bytes) -> Header | Problem:
    """What a `fmt ` chunk says."""
    if len(content) < 16:
        return Problem("invalid_syntax", "the description of the .wav file is truncated.")
    coding, channels, rate, _, block, bits = struct.unpack("<HHIIHH", content[:16])
    if coding == _EXTENSIBLE and len(content) >= 26:
        coding = struct.unpack("<H", content[24:26])[0]
    if (coding, bits) not in _READ:
        name = _NAMES.get(coding, f"coding {coding}")
        return Problem("unsupported", f"samples of {bits} bits as {name} are not read; convert the file to 16-bit PCM.")
    header = Header(coding, channels, rate, bits)
    if not 1 <= channels <= _MOST_CHANNELS or not 1 <= rate <= HIGHEST_RATE or block != header.block:
        said = f"{channels} channels, {rate} samples per second, {block} bytes per sample"
        return Problem("invalid_syntax", f"the description of the .wav file cannot be true: {said}.")
    return header


def _located(header: Header, start: int, size: int, length: int) -> Header | Problem:
    held = length - start
    if size == _UNTIL_THE_END:
        size = held
    if size > held:
        said = f"{size:,} bytes of samples announced, {held:,} held"
        return Problem("invalid_syntax", f"the .wav file is truncated: {said}.")
    size -= size % header.block
    if not size:
        return Problem("empty", "the recording has no samples.")
    if size > _MOST_BYTES:
        return Problem("too_large", f"the recording has {size >> 20:,} MB of samples, more than {_MOST_BYTES >> 20}.")
    return replace(header, start=start, size=size)


def _samples(content: bytes, header: Header) -> np.ndarray:
    """The mean over channels, float32 [T]; integers are divided by their full scale."""
    if header.coding == _FLOAT:
        values = np.frombuffer(content, f"<f{header.bits // 8}")
    elif header.bits == 8:  # the only ones without a sign
        values = np.frombuffer(content, np.uint8) / 128.0 - 1.0
    elif header.bits == 24:
        wide = np.zeros((len(content) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0] / 2.0**31
    else:
        values = np.frombuffer(content, f"<i{header.bits // 8}") / 2.0 ** (header.bits - 1)
    with np.errstate(all="ignore"):  # what is not finite is refused by the reader
        return values.reshape(-1, header.channels).mean(axis=1, dtype=np.float64).astype(np.float32)


def _looks_like(start: bytes) -> str:
    """What a file is, from its first bytes."""
    return next((name for mark, name in _OTHERS.items() if start.startswith(mark)), "something else")
