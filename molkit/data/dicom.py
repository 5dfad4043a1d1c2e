"""The pixels of DICOM files: one frame, in modality units, through a window, black and white as they are seen.

Only the elements named here are read. Formulas are those of DICOM PS3.3, C.11.1 (rescale) and C.11.2 (window).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.data.grey_levels import Limits, eight_bits, scaled, window_limits
from molkit.data.image_limits import MOST_BYTES, MOST_FRAMES, size_problem
from molkit.types import Problem

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

_DEFLATED = b"1.2.840.10008.1.2.1.99"
# Everything a picture needs and nothing that tells whose it is.
_ELEMENTS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SmallestImagePixelValue",
    "RescaleIntercept", "RescaleSlope", "ModalityLUTSequence", "WindowCenter", "WindowWidth", "VOILUTFunction",
    "VOILUTSequence", "BurnedInAnnotation", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelData", "FloatPixelData", "DoubleFloatPixelData",
    *(f"{colour}PaletteColorLookupTableDescriptor" for colour in ("Red", "Green", "Blue")),
    *(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
)  # fmt: skip
_REQUIRED = ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation")


def dicom_image(content: bytes, frame: int, limits: Limits | None) -> Drawn | Problem:
    """A frame (0-based) as eight-bit grey or colour levels; `limits` overrule the window that the file states.

    Raises whatever pydicom and the decoders raise for a damaged file.
    """
    dataset = _dataset(content)
    if isinstance(dataset, Problem):
        return dataset
    problem = _header_problem(dataset, frame) or _frame_problem(dataset, frame)
    if problem:
        return problem
    from pydicom.pixels.processing import apply_color_lut
    from pydicom.pixels.utils import pixel_array

    try:
        levels = pixel_array(dataset, index=frame)
    except RuntimeError:  # every decoder was tried: a frame of 12 bits, or a damaged one
        return Problem("unsupported", "no decoder reads the compressed frame; save the image without compression.")
    palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    if palette:
        levels = apply_color_lut(levels, dataset)[:, :, :3]
    if levels.ndim == 3:
        bits = 8 * levels.dtype.itemsize if palette else int(dataset.BitsStored)
        return eight_bits(levels if bits == 8 else scaled(levels, 0, 2.0**bits - 1))
    image = _grey(_in_units(levels, dataset, frame), dataset, frame, limits)
    if dataset.PhotometricInterpretation == "MONOCHROME1" and not isinstance(image, Problem):
        return eight_bits(255 - np.asarray(image))  # its smallest value is white
    return image


def dicom_remarks(content: bytes) -> tuple[str, ...]:
    """Sentences about annotation burned into the pixels, and frames."""
    dataset = _dataset(content)
    if isinstance(dataset, Problem) or "Rows" not in dataset:
        return ()
    burned = str(dataset.get("BurnedInAnnotation", "") or "").upper()
    said = {"YES": "yes; text in the pixels may name the patient", "NO": "no"}.get(burned, "not stated")
    frames = _frames(dataset)
    more = (f"has {frames} frames, of which one is read.",) if frames > 1 else ()
    return (f"burned-in annotation: {said}.", *more)


def _dataset(content: bytes) -> Any:
    """The elements that are needed, as a pydicom data set with a transfer syntax, or a Problem."""
    try:
        import pydicom
        from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
    except ModuleNotFoundError:
        return Problem("unsupported", "DICOM files are read with pydicom, which is not here: install molkit[medical].")
    if _inflates_too_far(content):
        return Problem("too_large", f"the DICOM file inflates to more than {MOST_BYTES // 1_000_000} MB.")
    try:
        dataset = pydicom.dcmread(io.BytesIO(content), force=True, specific_tags=list(_ELEMENTS))
    except RecursionError:
        return Problem("too_large", "the DICOM file nests sequences too deeply; export it again without them.")
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return dataset


def _inflates_too_far(content: bytes) -> bool:
    """Whether a deflated file has more content than is allowed; pydicom would inflate all of it at once."""
    if content[128:132] != b"DICM" or _DEFLATED not in content[:2048]:
        return False
    start = 144 + struct.unpack_from("<I", content, 140)[0]  # after the group of file meta information, PS3.10, 7.1
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflater.decompress(content[start:], MOST_BYTES)
    return bool(inflater.unconsumed_tail)


def _frames(dataset: Any) -> int:
    return int(dataset.get("NumberOfFrames", 1) or 1)


def _header_problem(dataset: Any, frame: int) -> Problem | None:
    """Why the image cannot be read, as far as its header tells."""
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return Problem("unsupported", "the DICOM file holds no image, or is damaged; leave it out.")
    missing = [name for name in _REQUIRED if name not in dataset]
    if missing:
        return Problem("invalid_syntax", f"the DICOM file does not state {' and '.join(missing)}; export it again.")
    if problem := size_problem(int(dataset.Columns), int(dataset.Rows), int(dataset.get("SamplesPerPixel", 1) or 1)):
        return problem
    bits, frames = int(dataset.BitsAllocated), _frames(dataset)
    if bits not in (1, 8, 16, 32, 64):
        return Problem("unsupported", f"the DICOM file has {bits} bits a pixel; 1, 8, 16, 32 or 64 are read.")
    if frames > MOST_FRAMES:
        return Problem("too_large", f"the DICOM file declares {frames:,} frames; at most {MOST_FRAMES:,} are read.")
    if not 0 <= frame < frames:
        return Problem("unsupported", f"the file has {frames} frames, counted from 0; choose another than {frame}.")
    return None


def _frame_problem(dataset: Any, frame: int) -> Problem | None:
    """Why a compressed frame is not decoded: no decoder is installed, or its own header states another size."""
    from pydicom.encaps import get_frame
    from pydicom.pixels.decoders.base import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_transfer_syntax or not syntax.is_encapsulated:
        return None
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        return Problem("unsupported", f"images compressed as {syntax.name} are not read; save it without compression.")
    tables = tuple(dataset.get(name) for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"))
    found = get_frame(
        dataset.PixelData, frame, number_of_frames=_frames(dataset), extended_offsets=tables if all(tables) else None
    )
    size = coded_size(found)
    if size is not None and size != (int(dataset.Columns), int(dataset.Rows)):
        said = f"the compressed frame has {size[0]} x {size[1]} pixels, its DICOM header other sizes; export it again."
        return Problem("invalid_syntax", said)
    return None


def coded_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height as the header of a JPEG or JPEG 2000 stream states them; None for other streams.

    JPEG: ITU-T T.81, B.2.2 (frame header); JPEG 2000: ITU-T T.800, A.5.1 (SIZ).
    """
    start = frame.find(b"\xff\x4f\xff\x51", 0, 4096)
    if start >= 0:
        right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
        return right - left, bottom - top
    if not frame.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">2H", frame, place + 5)
            return width, height
        place += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", frame, place + 2)[0]
    return None


def _parts(dataset: Any, frame: int) -> Iterator[Any]:
    """Where a multi-frame file states what concerns one frame: its own group, the shared one, then the file."""
    own = (dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame : frame + 1]
    for group in (*own, *(dataset.get("SharedFunctionalGroupsSequence") or [])):
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            yield from group.get(name) or []
    yield dataset


def _stated(dataset: Any, frame: int, name: str) -> float | None:
    """The first number that is stated under this name."""
    for part in _parts(dataset, frame):
        value = part.get(name)
        if value not in (None, ""):
            return float(value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value)
    return None


def _in_units(levels: np.ndarray, dataset: Any, frame: int) -> np.ndarray:
    """Stored values in the units of the modality."""
    from pydicom.pixels.processing import apply_modality_lut

    if dataset.get("ModalityLUTSequence"):
        return apply_modality_lut(levels, dataset)
    slope, intercept = (_stated(dataset, frame, name) for name in ("RescaleSlope", "RescaleIntercept"))
    slope, intercept = 1.0 if slope is None else slope, intercept or 0.0
    if (slope, intercept) != (1.0, 0.0):
        return levels.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    full = levels.dtype == np.uint8 and int(dataset.get("BitsStored", 8)) == 8
    return levels if full else levels.astype(np.float32)


def _grey(levels: np.ndarray, dataset: Any, frame: int, limits: Limits | None) -> Drawn | Problem:
    """Through the window that was told, the file's table or window, or none."""
    from pydicom.pixels.processing import apply_voi

    if limits:
        return eight_bits(levels, limits)
    if dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return eight_bits(scaled(apply_voi(levels.astype(np.int32), dataset), 0, 2.0**bits - 1))
    centre, width = (_stated(dataset, frame, name) for name in ("WindowCenter", "WindowWidth"))
    if centre is None or width is None or width < 1:
        return eight_bits(levels)
    function = next((part.VOILUTFunction for part in _parts(dataset, frame) if part.get("VOILUTFunction")), "LINEAR")
    if function == "SIGMOID":
        curve = 1 / (1 + np.exp(-4 * (levels.astype(np.float64) - centre) / width))
        return eight_bits(scaled(curve, 0, 1))
    exact = (centre - width / 2, centre + width / 2)
    return eight_bits(levels, exact if function == "LINEAR_EXACT" else window_limits(centre, width))
