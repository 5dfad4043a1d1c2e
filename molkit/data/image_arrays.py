"""Rows of image arrays in .npz files, such as those of MedMNIST."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from molkit.types import Problem

# What one array may take in memory; of larger sets, save the images as files.
MOST_ARRAY_BYTES = 1 << 29


def array_row(path: Path, name: str, row: int) -> np.ndarray | Problem:
    """A row of an array [n, H, W] or [n, H, W, 1 or 3] as an image [H, W] or [H, W, 3]."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return Problem("empty", "there is no such .npz file; paths are relative to the folder of the table.")
    array = _array(path, stamp, name)
    if isinstance(array, Problem):
        return array
    if row >= len(array):
        return Problem("empty", f"the array {name} has {len(array)} rows, counted from 0; row {row} is beyond them.")
    image = array[row]
    return image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image


def array_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every array, from the headers alone; raises ValueError, OSError or BadZipFile for a damaged file."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        return {name.removesuffix(".npy"): _header(archive, name)[0] for name in names}


def _header(archive: zipfile.ZipFile, member: str) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array; raises ValueError for one of objects."""
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("an array of Python objects is not read")
    return shape, dtype


@lru_cache(maxsize=2)  # rows come one after the other, from one array or, in a shuffled table, from few
def _array(path: Path, stamp: int, name: str) -> np.ndarray | Problem:
    with zipfile.ZipFile(path) as archive:
        if f"{name}.npy" not in archive.namelist():
            return Problem("empty", f"the .npz file has no array {name}; check the name before the slash.")
        shape, dtype = _header(archive, f"{name}.npy")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)) or 0 in shape[1:]:
        return Problem("unsupported", f"the array {name} has the shape {shape}; expected [n, H, W] or [n, H, W, 3].")
    if dtype.kind not in "buif":
        return Problem("unsupported", f"the array {name} holds {dtype}; expected numbers.")
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > MOST_ARRAY_BYTES:
        return Problem("too_large", f"the array {name} takes more than {MOST_ARRAY_BYTES >> 20} MB; split the file.")
    with np.load(path, allow_pickle=False) as arrays:
        return np.asarray(arrays[name])
