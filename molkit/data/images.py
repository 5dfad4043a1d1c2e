"""Image cells to pixels: PNG, JPEG, TIFF and DICOM files, and rows of arrays in .npz files.

What a header declares is checked before anything is decoded, and nothing but pixels is taken from a file.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.data.grey_levels import Limits, eight_bits, prepared_pixels, window_limits
from molkit.data.image_limits import MOST_BYTES, MOST_FRAMES, MOST_PIXELS, size_problem
from molkit.data.missing import missing_file, said_of
from molkit.types import Identity, Problem

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"} | dict.fromkeys(
    (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"
)
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom")
# What a data set without a preamble begins with: group 2 or 8, in either order of bytes (PS3.10, 7.1).
_FIRST_GROUPS = (b"\2\0", b"\x08\0", b"\0\2", b"\0\x08")
_ARRAY_ROW = re.compile(r"(?P<file>.+\.npz)#(?P<array>[^/#]+)/(?P<row>\d+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels with the name of where they are from, which holds no folder."""

    name: str
    pixels: np.ndarray = field(repr=False)  # uint8 [C, size, size]


@dataclass(frozen=True)
class ImageReader:
    """Reads a path, or `FILE.npz#ARRAY/ROW`, as `size` x `size` pixels of 1 (grey) or 3 (red, green, blue) channels.

    Grey levels deeper than eight bits are cut to a window: `centre` and `width` in the file's units if `width` is
    above 0, else the window that a DICOM file states, else all but the outer half per cent. An image keeps its
    aspect and is padded with black. `frame` (0-based) chooses among pages and frames. `equalise` spreads the
    histogram evenly; `smooth` is the standard deviation of a Gaussian in pixels of the result.
    """

    size: int = 64
    channels: int = 1
    frame: int = 0
    centre: float = 0.0
    width: float = 0.0
    equalise: bool = False
    smooth: float = 0.0

    def __post_init__(self) -> None:
        limits = {"size": (1, 1024), "frame": (0, MOST_FRAMES), "smooth": (0, 100), "width": (0, 1e9)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} should be from {low} to {high:g}, got {getattr(self, name)}")
        if self.channels not in (1, 3):
            raise ValueError(f"channels should be 1 (grey) or 3 (colour), got {self.channels}")

    @property
    def limits(self) -> Limits | None:
        """What becomes black and white, if it was told."""
        return window_limits(self.centre, self.width) if self.width else None

    def __call__(self, cell: Any) -> Image | Problem:
        """The image, or why there is none."""
        text = cell.strip() if isinstance(cell, str) else ""
        if not text:
            return Problem("empty", "there is no path of an image in this cell.")
        try:
            with _quiet():
                found = self._decoded(text)
                if isinstance(found, Problem):
                    return found
                pixels = prepared_pixels(found, self.size, self.channels, self.equalise, self.smooth)
        except MemoryError:
            return Problem("too_large", "the image needs more memory than there is; use a smaller one.")
        except Exception:  # decoders of damaged files raise nearly everything, in words that may name a patient
            return Problem("invalid_syntax", "the image is damaged or cut off; export it again.")
        return Image(_name(text), pixels)

    def _decoded(self, text: str) -> Drawn | Problem:
        """Eight-bit grey or colour levels at their full size."""
        row = _ARRAY_ROW.fullmatch(text)
        if row and not Path(text).exists():
            from molkit.data.image_arrays import array_row

            levels = array_row(Path(row["file"]), row["array"], int(row["row"]))
            return levels if isinstance(levels, Problem) else eight_bits(levels, self.limits)
        content = _content(Path(text))
        if isinstance(content, Problem):
            return content
        kind = _kind(Path(text), content)
        if isinstance(kind, Problem):
            return kind
        if kind == "DICOM":
            from molkit.data.dicom import dicom_image

            return dicom_image(content, self.frame, self.limits)
        return _raster(content, kind, self.frame, self.limits)


def identify(item: Image) -> Identity:
    """An image is known by its pixels; equal pixels are one image."""
    shape = repr(item.pixels.shape).encode()
    key = hashlib.sha256(shape + np.ascontiguousarray(item.pixels).tobytes()).hexdigest()
    return Identity(item.name, key, (key,))


def image_remarks(path: Path | str) -> tuple[str, ...]:
    """What should be known of an image file beside its pixels, in sentences that identify nobody; () for no image."""
    content = _content(Path(path))
    if isinstance(content, Problem):
        return ()
    kind = _kind(Path(path), content)
    if isinstance(kind, Problem):
        return ()
    try:
        with _quiet():
            if kind == "DICOM":
                from molkit.data.dicom import dicom_remarks

                return dicom_remarks(content)
            from PIL import Image as Pillow

            with Pillow.open(io.BytesIO(content), formats=(kind,)) as image:
                pages = getattr(image, "n_frames", 1)
    except Exception:  # what is wrong with the file is for the reader to say
        return ()
    return (f"has {pages} pages, of which one is read.",) if pages > 1 else ()


def is_image_path(name: str) -> bool:
    """Whether a name ends as images do that molkit reads.

    >>> [is_image_path(name) for name in ("scan.DCM", "a.png", "notes.txt")]
    [True, True, False]
    """
    return name.lower().endswith(_SUFFIXES)


def _content(path: Path) -> bytes | Problem:
    """The bytes of a file of allowed size; a decoder that reads from memory cannot be told to read more."""
    try:
        if problem := missing_file(path):
            return problem
        if path.stat().st_size > MOST_BYTES:
            return Problem("too_large", f"the file has more than {MOST_BYTES // 1_000_000} MB; use a smaller one.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        return Problem("invalid_syntax", f"the file cannot be read: {said_of(error)}; check the path.")
    return content or Problem("empty", "the file has no content; copy or export it again.")


def _kind(path: Path, content: bytes) -> str | Problem:
    """ "DICOM" or Pillow's name of the format, by content; old DICOM files have no signature but their name."""
    if content[128:132] == b"DICM":
        return "DICOM"
    for signature, kind in _SIGNATURES.items():
        if content.startswith(signature):
            return kind
    suffix = path.suffix.lower()
    named = suffix in (".dcm", ".dicom", ".ima") and content.lstrip()[:1] != b"<"
    if named or (not suffix and content.startswith(_FIRST_GROUPS)):
        return "DICOM"
    looks = "a web page or drawing" if content.lstrip()[:1] == b"<" else "something else"
    return Problem("unsupported", f"the file is no PNG, JPEG, TIFF or DICOM image but {looks}; convert it to one.")


def _raster(content: bytes, kind: str, frame: int, limits: Limits | None) -> Drawn | Problem:
    """A page of a PNG, JPEG or TIFF file, turned as its EXIF tag says; transparency is dropped."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    try:
        with Pillow.open(io.BytesIO(content), formats=(kind,)) as checked:
            problem = size_problem(*checked.size)
            if kind == "PNG" and not problem:
                checked.verify()  # checksums, which decoding alone does not look at
    except Pillow.DecompressionBombError:  # Pillow's own limit, above that of molkit
        problem = Problem("too_large", f"the image has more than {MOST_PIXELS:,} pixels; make it smaller.")
    if problem:
        return problem
    with Pillow.open(io.BytesIO(content), formats=(kind,)) as image:
        try:
            image.seek(frame)
        except EOFError:
            return Problem("unsupported", f"the file has no page {frame}, counted from 0; choose another frame.")
        if problem := size_problem(*image.size):  # of this page
            return problem
        image.load()
        turned = ImageOps.exif_transpose(image)
    if turned.mode in ("I", "F") or turned.mode.startswith("I;"):
        return eight_bits(np.asarray(turned), limits)
    if turned.mode == "P":
        turned = turned.convert("RGBA")
    grey = turned.mode in ("1", "L", "LA", "La")
    drawn = turned.convert("L" if grey else "RGB")
    return eight_bits(np.asarray(drawn), limits) if grey and limits else drawn


@contextmanager
def _quiet() -> Iterator[None]:
    """Decoders warn of what is checked here, or of what does not concern pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _name(text: str) -> str:
    """What a cell names, without folders.

    >>> _name("scans/17.png"), _name("sets/chest.npz#train_images/3")
    ('17.png', 'chest.npz#train_images/3')
    """
    file, mark, row = text.rpartition("#") if _ARRAY_ROW.fullmatch(text) else (text, "", "")
    return re.split(r"[/\\]", file)[-1] + mark + row
