"""Reading images: exact pixels where they can be told, a reason for everything else."""

from __future__ import annotations

import json
import os
import re
import struct
import tarfile
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from molkit.data.images import Image, ImageReader, identify, image_remarks
from molkit.types import STATUSES, Problem

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 20), np.uint8)
COLOUR = RNG.integers(0, 256, (20, 20, 3), np.uint8)


def saved(path: Path, pixels: np.ndarray, **more: object) -> str:
    Pillow.fromarray(pixels).save(path, **more)
    return str(path)


def read(cell: str, **options: object) -> np.ndarray:
    found = ImageReader(**{"size": 20, **options})(cell)  # type: ignore[arg-type]
    assert isinstance(found, Image), found
    return found.pixels


def refused(cell: object, **options: object) -> Problem:
    found = ImageReader(**{"size": 20, **options})(cell)  # type: ignore[arg-type]
    assert isinstance(found, Problem), found
    assert found.status in STATUSES
    assert found.reason[0].islower()
    assert found.reason.endswith(".")
    return found


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_an_image_of_the_right_size_is_read_as_it_is(suffix: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(saved(tmp_path / f"a.{suffix}", GREY)), GREY[None])
    colour = read(saved(tmp_path / f"b.{suffix}", COLOUR), channels=3)
    np.testing.assert_array_equal(colour, COLOUR.transpose(2, 0, 1))


def test_colours_become_grey_by_their_brightness_and_transparency_is_dropped(tmp_path: Path) -> None:
    expected = COLOUR @ [0.299, 0.587, 0.114]  # ITU-R BT.601
    assert np.abs(read(saved(tmp_path / "a.png", COLOUR))[0] - expected).max() <= 1
    clear = np.dstack([COLOUR, RNG.integers(0, 256, (20, 20), np.uint8)])
    np.testing.assert_array_equal(
        read(saved(tmp_path / "b.png", clear), channels=3), read(str(tmp_path / "a.png"), channels=3)
    )
    palette = Pillow.fromarray(np.arange(4, dtype=np.uint8).reshape(2, 2)).convert("P")
    palette.save(tmp_path / "c.png", transparency=b"\0\1\2\3")
    np.testing.assert_array_equal(read(str(tmp_path / "c.png"), size=2)[0], [[0, 1], [2, 3]])


def test_the_aspect_is_kept_and_the_rest_is_black(tmp_path: Path) -> None:
    wide = read(saved(tmp_path / "a.png", np.full((10, 40), 200, np.uint8)))[0]
    assert (wide[7:12] == 200).all()
    assert wide[:7].max() == wide[12:].max() == 0
    thin = read(saved(tmp_path / "b.png", np.full((300, 1), 9, np.uint8)))[0]
    assert (thin > 0).sum() == 20


def test_halving_takes_means_and_skips_nothing(tmp_path: Path) -> None:
    dots = np.zeros((40, 40), np.uint8)
    dots[::4, ::4] = 240
    assert abs(read(saved(tmp_path / "a.png", dots)).mean() - dots.mean()) < 1


def test_deep_grey_levels_are_cut_to_the_window_or_to_what_holds_nearly_all(tmp_path: Path) -> None:
    deep = RNG.integers(0, 60_000, (20, 20)).astype(np.uint16)
    path = saved(tmp_path / "a.png", deep)
    low, high = np.percentile(deep, (0.5, 99.5))
    np.testing.assert_allclose(read(path)[0], np.clip((deep - low) / (high - low), 0, 1) * 255, atol=0.51)
    told = np.clip((deep - 30_000.0) / 9_999, 0, 1) * 255  # from centre - width / 2 to centre + width / 2 - 1
    np.testing.assert_allclose(read(path, centre=35_000.0, width=10_000.0)[0], told, atol=0.51)


def test_an_image_is_turned_as_its_tag_says(tmp_path: Path) -> None:
    tags = Pillow.Exif()
    tags[0x0112] = 6  # "rotate 90 clockwise to display": EXIF 2.3
    path = saved(tmp_path / "a.png", GREY, exif=tags)
    np.testing.assert_array_equal(read(path)[0], np.rot90(GREY, -1))


def test_pages_are_chosen_and_told(tmp_path: Path) -> None:
    pages = [Pillow.fromarray(GREY), Pillow.fromarray(255 - GREY)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    path = str(tmp_path / "a.tif")
    np.testing.assert_array_equal(read(path, frame=1)[0], 255 - read(path)[0])
    assert "page 2" in refused(path, frame=2).reason
    assert "2 pages" in image_remarks(path)[0]


def test_equalising_makes_all_grey_levels_as_frequent(tmp_path: Path) -> None:
    dark = (255 * RNG.random((64, 64)) ** 3).astype(np.uint8)
    found = read(saved(tmp_path / "a.png", dark), size=64, equalise=True).ravel()
    shares = [(found <= level).mean() for level in range(255)]
    atoms = np.bincount(dark.ravel()).max() / dark.size
    assert np.abs(np.array(shares) - np.arange(255) / 255).max() < atoms + 0.02
    assert (np.diff(found[np.argsort(dark.ravel())].astype(int)) >= 0).all()
    assert read(saved(tmp_path / "b.png", COLOUR), channels=3, equalise=True).shape == (3, 20, 20)


def test_smoothing_is_gaussian(tmp_path: Path) -> None:
    dot = np.zeros((21, 21), np.uint8)
    dot[10, 10] = 255
    found = read(saved(tmp_path / "a.png", dot), size=21, smooth=1.0)[0].astype(float)
    radius = (np.arange(21) - 10.0) ** 2
    bell = np.exp(-(radius[:, None] + radius) / 2)
    np.testing.assert_allclose(found, 255 * bell / bell.sum(), atol=0.6)


def test_rows_of_arrays_are_images(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez_compressed(
        path, grey=np.stack([GREY, 255 - GREY]), colour=COLOUR[None], flat=np.arange(3), many=GREY[None, :, :, None]
    )
    np.testing.assert_array_equal(read(f"{path}#grey/1")[0], 255 - GREY)
    np.testing.assert_array_equal(read(f"{path}#many/0")[0], GREY)
    np.testing.assert_array_equal(read(f"{path}#colour/0", channels=3), COLOUR.transpose(2, 0, 1))
    for row in ("grey/2", "none/0", "flat/0"):
        assert row.split("/")[0] in refused(f"{path}#{row}").reason
    assert refused(f"{tmp_path}/absent.npz#grey/0").status == "empty"
    np.savez(tmp_path / "bad.npz", things=np.array([object()] * 3, object).reshape(3, 1, 1))
    assert refused(f"{tmp_path}/bad.npz#things/0").status == "invalid_syntax"
    found = ImageReader()(f"{path}#grey/1")
    assert isinstance(found, Image)
    assert found.name == "set.npz#grey/1"


def test_what_is_no_image_is_refused_with_a_reason(tmp_path: Path) -> None:
    for cell in ("", "  ", None, 3.5, str(tmp_path), str(tmp_path / "absent.png"), "a\0b.png"):
        assert refused(cell).status in ("empty", "invalid_syntax")
    for name, content in {"a.png": b"<html></html>", "b.svg": b"<svg/>", "c.gif": b"GIF89a" + bytes(99),
                          "d.dcm": bytes(300), "e.dcm": b"", "f.tif": b"II*\0" + bytes(40)}.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
        refused(str(tmp_path / name))
        assert image_remarks(tmp_path / name) == ()
    (tmp_path / "notes").write_text("a text without an ending\n" * 20)
    assert "is no PNG, JPEG, TIFF or DICOM image" in refused(str(tmp_path / "notes")).reason
    assert refused(str(tmp_path)).reason == "this is the path of a folder; give that of a file in it."
    assert not re.search(r"[A-Z]\w+Error", refused(str(tmp_path / "f.tif")).reason)
    infinite = np.full((20, 20), np.inf, np.float32)
    assert refused(saved(tmp_path / "g.tif", infinite)).status == "non_finite"


def test_a_damaged_file_is_never_read_in_part(tmp_path: Path) -> None:
    whole = Path(saved(tmp_path / "a.png", GREY)).read_bytes()
    for place in range(0, len(whole) - 12, 7):
        (tmp_path / "b.png").write_bytes(whole[:place])
        refused(str(tmp_path / "b.png"))
        (tmp_path / "b.png").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refused(str(tmp_path / "b.png"))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_what_the_header_declares_is_checked_before_decoding(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">2I5B", 9000, 9000, 8, 0, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert refused(str(tmp_path / "a.png")).status == "too_large"
    tags = ((256, 4, 20_000), (257, 4, 20_000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (279, 4, 99))
    entries = b"".join(struct.pack("<2H2I", tag, kind, 1, value) for tag, kind, value in tags)
    (tmp_path / "b.tif").write_bytes(b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(200))
    assert refused(str(tmp_path / "b.tif")).status == "too_large"


def test_equal_pixels_are_one_image_whatever_the_file_is_called(tmp_path: Path) -> None:
    cells = [saved(tmp_path / "one.png", GREY), saved(tmp_path / "two.tif", GREY), saved(tmp_path / "3.png", GREY.T)]
    one, two, three = (identify(ImageReader(size=20)(cell)) for cell in cells)  # type: ignore[arg-type]
    assert one.text == "one.png"
    assert one.key == two.key != three.key
    assert one.leak_keys == (one.key,)


def test_options_survive_json_and_wrong_ones_are_told() -> None:
    reader = ImageReader(size=28, channels=3, centre=-600.0, width=1500.0, smooth=0.5, equalise=True)
    assert ImageReader(**json.loads(json.dumps(asdict(reader)))) == reader
    for wrong in ({"size": 0}, {"channels": 2}, {"smooth": -1.0}, {"width": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ImageReader(**wrong)  # type: ignore[arg-type]


@pytest.mark.shared
def test_every_odd_file_is_read_or_refused(tmp_path: Path) -> None:
    shared = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    if not shared.exists():
        pytest.skip("the shared images are not on this machine")
    with tarfile.open(shared / "datasets/dicom_samples/dicom_samples.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    odd = [path for path in (shared / "robustness/images").iterdir() if not path.name.startswith(("phi_", "check"))]
    read_ones = []
    for path in [*odd, *tmp_path.rglob("*.dcm")]:
        for channels in (1, 3):
            found = ImageReader(channels=channels)(str(path))
            assert isinstance(found, Problem) or found.pixels.shape == (channels, 64, 64), path
        read_ones.append(isinstance(found, Image))
    assert sum(read_ones) >= 80
