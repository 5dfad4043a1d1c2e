"""DICOM files written by pydicom: units, windows, frames, and nothing but pixels."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGBaseline8Bit

from molkit.data import dicom
from molkit.data.dicom import coded_size
from molkit.data.images import Image, ImageReader, image_remarks
from molkit.types import Problem

STORED = np.arange(400).reshape(20, 20)


def written(path: Path, pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> str:
    dataset = pydicom.Dataset()
    dataset.PatientName = "Canary^Carla"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are wrong on purpose
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return str(path)


def read(cell: str, **options: Any) -> np.ndarray:
    found = ImageReader(**{"size": 20, **options})(cell)
    assert isinstance(found, Image), found
    return found.pixels[0]


def refused(cell: str, **options: Any) -> Problem:
    found = ImageReader(**{"size": 20, **options})(cell)
    assert isinstance(found, Problem)
    return found


def test_eight_bits_are_read_as_they_are_and_monochrome1_is_turned(tmp_path: Path) -> None:
    pixels = (STORED % 256).astype(np.uint8)
    np.testing.assert_array_equal(read(written(tmp_path / "a.dcm", pixels)), pixels)
    path = written(tmp_path / "b.dcm", pixels, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read(path), 255 - pixels)


def test_values_are_rescaled_and_go_through_the_window(tmp_path: Path) -> None:
    stated = {"RescaleSlope": 2, "RescaleIntercept": -1024, "WindowCenter": [-700, 5], "WindowWidth": [401, 9]}
    path = written(tmp_path / "a.dcm", STORED.astype(np.uint16), **stated)
    units = 2.0 * STORED - 1024
    linear = ((units - (-700 - 0.5)) / 400 + 0.5).clip(0, 1) * 255  # PS3.3, equation C.11-1
    np.testing.assert_allclose(read(path), linear, atol=0.51)
    told = ((units - (-500 - 0.5)) / 99 + 0.5).clip(0, 1) * 255
    np.testing.assert_allclose(read(path, centre=-500.0, width=100.0), told, atol=0.51)


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "SIGMOID"])
def test_other_functions_of_the_window(function: str, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.dcm", STORED.astype(np.int16), WindowCenter=200, WindowWidth=100, VOILUTFunction=function
    )
    share = ((STORED - 200) / 100 + 0.5).clip(0, 1) if function != "SIGMOID" else 1 / (1 + np.exp(-(STORED - 200) / 25))
    np.testing.assert_allclose(read(path), 255 * share, atol=0.51)


def test_without_a_window_nearly_all_values_are_seen(tmp_path: Path) -> None:
    signed = (STORED - 200).astype(np.int16)
    low, high = np.percentile(signed, (0.5, 99.5))
    np.testing.assert_allclose(
        read(written(tmp_path / "a.dcm", signed)), ((signed - low) / (high - low)).clip(0, 1) * 255, atol=0.51
    )


def test_frames_are_counted_from_0(tmp_path: Path) -> None:
    frames = np.stack([STORED % 256, 255 - STORED % 256]).astype(np.uint8)
    path = written(tmp_path / "a.dcm", frames, NumberOfFrames=2)
    np.testing.assert_array_equal(read(path, frame=1), frames[1])
    assert refused(path, frame=2).status == "unsupported"
    assert any("2 frames" in text for text in image_remarks(path))


def test_a_frame_has_its_own_units(tmp_path: Path) -> None:
    group = pydicom.Dataset()
    group.PixelValueTransformationSequence = [pydicom.Dataset()]
    group.PixelValueTransformationSequence[0].RescaleSlope = 3
    group.PixelValueTransformationSequence[0].RescaleIntercept = 7
    frames = np.stack([STORED, STORED]).astype(np.uint16)
    path = written(
        tmp_path / "a.dcm", frames, NumberOfFrames=2, PerFrameFunctionalGroupsSequence=[pydicom.Dataset(), group]
    )
    window = {"centre": 400.0, "width": 256.0}
    expected = (3.0 * STORED + 7 - (400 - 128)).clip(0, 255)
    np.testing.assert_allclose(read(path, frame=1, **window), expected, atol=0.51)


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ({"Rows": 60_000, "Columns": 60_000}, "too_large"),
        ({"NumberOfFrames": 2**31 - 1}, "too_large"),
        ({"Rows": 0}, "invalid_syntax"),
        ({"Rows": 21}, "invalid_syntax"),
        ({"BitsAllocated": 7}, "unsupported"),
        ({"RescaleSlope": "1e39"}, "non_finite"),
    ],
)
def test_a_header_that_cannot_be_is_refused(elements: dict[str, Any], status: str, tmp_path: Path) -> None:
    assert refused(written(tmp_path / "a.dcm", STORED.astype(np.uint16), **elements)).status == status


def test_a_file_without_an_image_or_of_nested_sequences_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    written(path, STORED.astype(np.uint8))
    dataset = pydicom.dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)
    assert "holds no image" in refused(str(path)).reason
    start = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"  # an item, and in it a sequence, both of undefined length
    path.write_bytes(bytes(128) + b"DICM" + (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + start) * 3000)
    refused(str(path))


def test_a_deflated_file_is_read_and_not_inflated_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = (STORED % 256).astype(np.uint8)
    path = written(tmp_path / "a.dcm", pixels, DeflatedExplicitVRLittleEndian)
    np.testing.assert_array_equal(read(path), pixels)
    monkeypatch.setattr(dicom, "MOST_BYTES", 300)
    assert refused(path).status == "too_large"


def test_a_compressed_frame_must_have_the_size_that_its_header_says(tmp_path: Path) -> None:
    content = io.BytesIO()
    Pillow.fromarray(np.full((20, 20), 77, np.uint8)).save(content, "JPEG")
    frame = encapsulate([content.getvalue()])
    path = written(tmp_path / "a.dcm", np.zeros((20, 20), np.uint8), JPEGBaseline8Bit, PixelData=frame)
    assert np.abs(read(path).astype(int) - 77).max() <= 1
    path = written(tmp_path / "b.dcm", np.zeros((8, 8), np.uint8), JPEGBaseline8Bit, PixelData=frame)
    assert "20 x 20" in refused(path).reason


@pytest.mark.parametrize("more", [{"format": "JPEG"}, {"format": "JPEG", "progressive": True}, {"format": "JPEG2000"}])
def test_the_size_is_found_in_the_header_of_a_stream(more: dict[str, Any]) -> None:
    content = io.BytesIO()
    Pillow.fromarray(np.zeros((30, 50), np.uint8)).save(content, **more)
    assert coded_size(content.getvalue()) == (50, 30)
    assert coded_size(b"\xff\xd8\xff\xe0") is None
    assert coded_size(b"") is None


def test_nothing_but_pixels_is_taken_from_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.dcm", STORED.astype(np.uint16), BurnedInAnnotation="YES")
    assert b"Canary" in Path(path).read_bytes()
    assert "PatientName" not in dicom._dataset(Path(path).read_bytes())
    assert image_remarks(path) == ("burned-in annotation: yes; text in the pixels may name the patient.",)
