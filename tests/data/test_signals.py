"""Signals: samples as SciPy and the standard library write them, and a reason for every other file."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from molkit.data.images import ImageReader
from molkit.data.signals import Signal, SignalReader, identify, resampled
from molkit.errors import InputError
from molkit.types import STATUSES, Problem

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)
READ = SignalReader()


def problem(cell: Any, reader: SignalReader = READ) -> Problem:
    found = reader(cell)
    assert isinstance(found, Problem)
    assert found.status in STATUSES
    assert found.reason.endswith(".")
    assert found.reason[0].islower() or found.reason[0].isdigit()
    return found


def signal(cell: Any, reader: SignalReader = READ) -> Signal:
    found = reader(cell)
    assert isinstance(found, Signal), found
    assert found.samples.dtype == np.float32
    assert found.samples.ndim == 1
    return found


def riff(*chunks: tuple[bytes, bytes], sizes: dict[bytes, int] | None = None) -> bytes:
    parts = [
        name + struct.pack("<I", (sizes or {}).get(name, len(content))) + content + b"\0" * (len(content) % 2)
        for name, content in chunks
    ]
    body = b"WAVE" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def layout(coding: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, block: int | None = None) -> bytes:
    block = channels * bits // 8 if block is None else block
    return struct.pack("<HHIIHH", coding, channels, rate, rate * block, block, bits)


def saved(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "some.wav"
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(("kind", "scale", "middle"), [
    (np.uint8, 128, 128), (np.int16, 2**15, 0), (np.int32, 2**31, 0), (np.float32, 1, 0), (np.float64, 1, 0),
])  # fmt: skip
def test_scipys_files_are_read(kind: Any, scale: int, middle: int, tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    stored = (TONE * scale + middle).astype(kind)
    wavfile.write(path, 8000, stored)
    found = signal(str(path))
    np.testing.assert_allclose(found.samples, (stored.astype(np.float64) - middle) / scale, rtol=0, atol=1e-7)
    assert (found.rate, found.name) == (8000, "tone.wav")


def test_24_bits_and_channels_of_the_standard_library_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    left, right = (TONE * 2**23).astype(np.int32), np.full(len(TONE), -(2**21), np.int32)
    with wave.open(str(path), "wb") as stream:
        stream.setparams((2, 3, 8000, 0, "NONE", ""))
        both = np.stack([left, right], axis=1).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        stream.writeframes(both.tobytes())
    expected = (left / 2**23 + right / 2**23) / 2
    np.testing.assert_allclose(signal(str(path)).samples, expected, rtol=0, atol=1e-7)


def test_other_chunks_odd_ones_and_extensible_descriptions_are_passed_over(tmp_path: Path) -> None:
    extensible = layout(0xFFFE) + struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
    values = np.array([100, -200, 300], "<i2")
    path = saved(tmp_path, riff((b"LIST", b"odd"), (b"fmt ", extensible), (b"data", values.tobytes()), (b"id3 ", b"x")))
    np.testing.assert_array_equal(signal(path).samples, values / np.float32(2**15))


def test_a_stream_of_unknown_length_is_read_to_its_end(tmp_path: Path) -> None:
    content = riff((b"fmt ", layout()), (b"data", bytes(20)), sizes={b"data": 0xFFFFFFFF})
    assert len(signal(saved(tmp_path, content)).samples) == 10


def test_a_recording_is_brought_to_the_rate_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    time = np.arange(44100) / 44100
    wavfile.write(path, 44100, np.sin(2 * np.pi * 440 * time).astype(np.float32))
    found = signal(str(path))
    inner = slice(200, 7800)
    expected = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    np.testing.assert_allclose(found.samples[inner], expected[inner], rtol=0, atol=2e-3)
    kept = signal(str(path), SignalReader(rate=None))
    assert (kept.rate, len(kept.samples)) == (44100, 44100)


def test_what_the_new_rate_cannot_hold_does_not_fold_back() -> None:
    high = np.sin(2 * np.pi * 6000 * np.arange(16000) / 16000).astype(np.float32)
    assert np.abs(resampled(high, 16000, 8000)[100:-100]).max() < 0.01


@pytest.mark.parametrize(("content", "status", "said"), [
    (b"", "empty", "the file is empty"),
    (b"PK\3\4 and so on", "invalid_syntax", "a zip archive"),
    (b"<html>", "invalid_syntax", "something else"),
    (b"RIFX" + bytes(40), "invalid_syntax", "big-endian"),
    (b"RIFF\4\0\0\0WAVE", "invalid_syntax", "no description"),
    (riff((b"data", bytes(8))), "invalid_syntax", "no description"),
    (riff((b"fmt ", layout())), "invalid_syntax", "no samples"),
    (riff((b"fmt ", layout()[:9])), "invalid_syntax", "truncated"),
    (riff((b"fmt ", layout()), (b"data", bytes(8)), sizes={b"data": 4000}), "invalid_syntax", "4,000 bytes of samples"),
    (riff((b"fmt ", layout()), (b"data", b"")), "empty", "no samples"),
    (riff((b"fmt ", layout(7, bits=8)), (b"data", bytes(8))), "unsupported", "mu-law"),
    (riff((b"fmt ", layout(bits=12, block=2)), (b"data", bytes(8))), "unsupported", "12 bits"),
    (riff((b"fmt ", layout(rate=0)), (b"data", bytes(8))), "invalid_syntax", "cannot be true"),
    (riff((b"fmt ", layout(channels=0)), (b"data", bytes(8))), "invalid_syntax", "cannot be true"),
    (riff((b"fmt ", layout(block=7)), (b"data", bytes(8))), "invalid_syntax", "cannot be true"),
    (riff((b"fmt ", layout(rate=1)), (b"data", bytes(80))), "too_large", "40.0 s, more than 10 s"),
    (riff((b"fmt ", layout(3, bits=32)), (b"data", struct.pack("<2f", 1, np.nan))), "non_finite", "no finite"),
    (riff((b"fmt ", layout(3, bits=64)), (b"data", struct.pack("<2d", 1, 1e300))), "non_finite", "no finite"),
])  # fmt: skip
def test_a_file_that_is_no_recording_has_a_reason(content: bytes, status: str, said: str, tmp_path: Path) -> None:
    found = problem(saved(tmp_path, content))
    assert found.status == status
    assert said in found.reason


def test_a_missing_recording_is_told_as_a_missing_image(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.wav", tmp_path, Path("a\0b.wav")):
        found, image = problem(str(path)), ImageReader()(str(path))
        assert found == image
        assert found.status == "empty"


def test_a_recording_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = riff((b"fmt ", layout()), (b"data", bytes(8)))
    assert signal(saved(tmp_path, whole))
    for length in range(len(whole)):
        problem(saved(tmp_path, whole[:length]))


def test_the_length_is_checked_before_samples_are_read(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as stream:  # a hole of 100 MB takes no room
        stream.write(riff((b"fmt ", layout()), (b"data", b""), sizes={b"data": 100 << 20}))
        stream.truncate((100 << 20) + 44)
    assert problem(str(path)).status == "too_large"


@pytest.mark.parametrize("cell", [None, "", " NA ", float("nan"), "no/such.wav", "a\0b.wav", "/", "x" * 5000])
def test_a_cell_that_names_no_file_has_a_reason(cell: Any) -> None:
    problem(cell)


def test_a_series_of_numbers_is_a_signal() -> None:
    found = signal(("1.5", 2, " -3e0 "))
    assert found.samples.tolist() == [1.5, 2.0, -3.0]
    assert (found.rate, found.name) == (1, "")


@pytest.mark.parametrize(("cells", "status", "said"), [
    ((), "empty", "no numbers"),
    (("", None), "empty", "no numbers"),
    (("1", "", "3"), "invalid_syntax", "value 2 of the 3 of the series is blank"),
    (("1", "high"), "invalid_syntax", "'high'"),
    (("1", ">2"), "invalid_syntax", "'>2'"),
    (("1", "1,5"), "invalid_syntax", "'1,5'"),
    (("1", "inf"), "non_finite", "infinite"),
    (("1", "1e300"), "non_finite", "too large"),
])  # fmt: skip
def test_a_series_with_something_else_has_a_reason(cells: Any, status: str, said: str) -> None:
    found = problem(cells)
    assert found.status == status
    assert said in found.reason


def test_equal_samples_are_one_signal_whatever_the_file(tmp_path: Path) -> None:
    found = []
    for name, content in (("a.wav", TONE), ("b.wav", TONE), ("c.wav", -TONE)):
        wavfile.write(tmp_path / name, 8000, content.astype(np.float32))
        found.append(identify(signal(str(tmp_path / name))))
    one, other, different = found
    assert (one.text, one.key, one.leak_keys) == ("a.wav", other.key, (one.key,))
    assert different.key != one.key


@pytest.mark.parametrize("options", [{"rate": 10}, {"rate": 10**6}, {"longest": 0}, {"longest": float("nan")}])
def test_impossible_options_are_refused(options: Any) -> None:
    with pytest.raises(InputError, match="should be"):
        SignalReader(**options)
