"""Images as the rows of a table: a folder with a folder for each class, a folder of images, or an .npz of MedMNIST."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.image_arrays import array_shapes
from molkit.data.table import Source, Table
from molkit.errors import InputError

IMAGE, LABEL, SPLIT = "image", "label", "split"
# Arrays of MedMNIST v2 (Yang et al., Scientific Data 2023, 10, 41) and the part of a split that each is.
_PARTS = {"train": "train", "val": "valid", "test": "test"}
_NO_IMAGES = ("thumbs.db", "desktop.ini")  # what systems leave in folders

_PNG_HEADER = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_FRACTION = re.compile(r"-?\d*\.\d*[1-9]\d*")
_LOOKED_AT = 100  # images whose sides are looked at

Cells = Callable[[int, int], dict[str, list[Any]]]  # from a row to before another, the columns


def is_images(path: Path | str) -> bool:
    """Whether to read this by `open_images`: an .npz file, or a folder in which some file is called as images are."""
    path = Path(path)
    if path.is_dir():
        from molkit.data.images import is_image_path

        return any(is_image_path(file.name) for file in _files(path)[0])
    return path.suffix.lower() == ".npz" and path.is_file()


def open_images(path: Path | str) -> Source:
    """The images of a folder or .npz file as a table with a column of paths.

    A folder with folders gives the columns image and label, the label being the name of the folder directly
    in it; a file beside these has no label. A folder without folders gives the column image. Every file is a row,
    those that are no images as well, which the reader refuses one by one; only hidden files are left out, and
    counted in the notes. A file with arrays such as train_images and train_labels gives image, label (or label_0,
    label_1, ...) and split. Raises InputError if there are no images.
    """
    path = Path(path).absolute()
    return _folder(path) if path.is_dir() else _arrays(path)


def class_task(source: Source) -> str | None:
    """The task of the labels of images, binary or multiclass; None for one label, or numbers that are not whole."""
    pieces = source.pieces(source.row_count or 1) if LABEL in source.names else iter(())
    labels = {label for piece in pieces for label in piece.columns[LABEL] if label}
    if len(labels) < 2 or any(_FRACTION.fullmatch(label) for label in labels):
        return None
    return "binary" if len(labels) == 2 else "multiclass"


def absolute_cells(cells: Sequence[Any], folder: Path) -> list[Any]:
    """Paths relative to `folder` made absolute, also before `#ARRAY/ROW`; blank and absolute cells stay.

    >>> absolute_cells(["a.png", "", "/b.png", "c.npz#images/3"], Path("/data"))
    ['/data/a.png', '', '/b.png', '/data/c.npz#images/3']
    """
    base = folder.absolute()
    return [str(base / cell.strip()) if isinstance(cell, str) and cell.strip() else cell for cell in cells]


def longest_side(cells: Sequence[Any]) -> int | None:
    """The longest side in pixels among a sample of images, from headers; None if they are not all PNG or of arrays."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    sides = [_longer_side(text) for text in texts[:: max(1, len(texts) // _LOOKED_AT)]]
    known = [side for side in sides if side is not None]
    return max(known) if known and len(known) == len(sides) else None


def _longer_side(cell: str) -> int | None:
    file, mark, row = cell.rpartition("#")
    try:
        if mark:
            return max(_shapes(Path(file))[row.partition("/")[0]][1:3])
        if not Path(cell).is_file():  # what is no plain file may never end
            return None
        with Path(cell).open("rb") as stream:
            header = stream.read(24)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return max(struct.unpack(">II", header[16:])) if header.startswith(_PNG_HEADER) and len(header) == 24 else None


_shapes = lru_cache(maxsize=2)(array_shapes)  # of the file that the cells before were of


def _source(
    path: Path, names: Sequence[str], notes: Sequence[str], rows: int, cells: Cells, files: Sequence[str] = ()
) -> Source:
    def pieces(size: int) -> Iterator[Table]:
        for start in range(0, rows, size):
            stop = min(start + size, rows)
            yield Table(tuple(names), cells(start, stop), start + 1, files=list(files[start:stop]))

    return Source(path, "images", tuple(names), None, tuple(notes), rows, pieces)


def _files(folder: Path) -> tuple[list[Path], int]:
    """Files at any depth in the order of their paths, and how many hidden ones were left out."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    seen = [file for file in files if not _is_hidden(file.relative_to(folder))]
    return seen, len(files) - len(seen)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.name.lower() in _NO_IMAGES


def _folder(folder: Path) -> Source:
    files, hidden = _files(folder)
    if not files:
        raise InputError(f"{folder}: the folder holds no files; expected images, or a folder of images for each class.")
    inside = [file.relative_to(folder) for file in files]
    labels = [path.parts[0] if len(path.parts) > 1 else "" for path in inside]
    counts = {label: labels.count(label) for label in dict.fromkeys(labels) if label}
    notes = [f"Folder with {len(files):,} files; each is a row."]
    if counts:
        notes = [f"Folder with {len(files):,} files in {len(counts)} classes; each is a row: "
                 + ", ".join(f"{label} {count:,}" for label, count in list(counts.items())[:20]) + "."]  # fmt: skip
        notes += [f"{labels.count(''):,} files lie in no class folder and have no label."] * ("" in labels)
    notes += [f"{hidden:,} hidden {'file is' if hidden == 1 else 'files are'} left out."] * bool(hidden)

    def cells(start: int, stop: int) -> dict[str, list[Any]]:
        paths = [str(file) for file in files[start:stop]]
        return {IMAGE: paths, LABEL: labels[start:stop]} if counts else {IMAGE: paths}

    names = (IMAGE, LABEL) if counts else (IMAGE,)
    return _source(folder, names, notes, len(files), cells, [path.as_posix() for path in inside])


def _arrays(path: Path) -> Source:
    try:
        shapes = array_shapes(path)
        parts = [part for part in _PARTS if f"{part}_images" in shapes]
        labels = _labels(path, parts, shapes)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: is not a readable .npz file of images: {error}") from None
    if not parts:
        found = ", ".join(shapes) or "none"
        raise InputError(f"{path}: has the arrays {found}; expected train_images, val_images or test_images.")
    images = [f"{path}#{part}_images/{row}" for part in parts for row in range(shapes[f"{part}_images"][0])]
    split = [_PARTS[part] for part in parts for _ in range(shapes[f"{part}_images"][0])]
    columns: dict[str, list[Any]] = {IMAGE: images, **labels, SPLIT: split}
    size = " x ".join(map(str, shapes[f"{parts[0]}_images"][1:]))
    counts = ", ".join(f"{_PARTS[part]} {shapes[f'{part}_images'][0]:,}" for part in parts)
    note = f"Arrays of {len(images):,} images of {size} pixels: {counts}."

    def cells(start: int, stop: int) -> dict[str, list[Any]]:
        return {name: values[start:stop] for name, values in columns.items()}

    return _source(path, tuple(columns), (note,), len(images), cells)


def _labels(path: Path, parts: Sequence[str], shapes: dict[str, tuple[int, ...]]) -> dict[str, list[Any]]:
    """Columns of labels as text, none if a part has no labels; raises ValueError where they do not fit the images."""
    if not all(f"{part}_labels" in shapes for part in parts):
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        found = [arrays[f"{part}_labels"].reshape(shapes[f"{part}_labels"][0], -1) for part in parts]
    for part, labels in zip(parts, found, strict=True):
        if len(labels) != shapes[f"{part}_images"][0] or labels.shape[1] != found[0].shape[1]:
            raise ValueError(f"{part}_labels has the shape {labels.shape}, {part}_images {shapes[f'{part}_images']}")
    names = [LABEL] if not parts or found[0].shape[1] == 1 else [f"{LABEL}_{k}" for k in range(found[0].shape[1])]
    return {name: [str(value) for labels in found for value in labels[:, k].tolist()] for k, name in enumerate(names)}
