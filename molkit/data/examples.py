"""Small data sets that come with molkit's dependencies, written as plain files; nothing is downloaded."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from molkit.data.write import open_writer, write_error
from molkit.errors import InputError, name_hint


@dataclass(frozen=True)
class Example:
    """What is written, in words, and the function that writes it into a new folder."""

    words: str
    write: Callable[[Path], None]


def write_example(name: str, folder: str | Path) -> tuple[Path, ...]:
    """Write an example into a folder that is new or empty; the files, sorted.

    Raises InputError for an unknown name or a folder that holds something, OutputError where nothing can be written.
    """
    if name not in EXAMPLES:
        raise InputError(f"there is no example {name!r}{name_hint(name, EXAMPLES)}")
    folder = Path(folder)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder}: expected a new or empty folder; choose another name, or remove what is there.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".molkit-", ignore_cleanup_errors=True
        ) as unfinished:
            whole = Path(unfinished) / "whole"
            whole.mkdir()
            EXAMPLES[name].write(whole)
            whole.replace(folder)
    except OSError as error:
        raise write_error(folder, error) from None
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _digits(folder: Path) -> None:
    """A folder for each digit with its images; the 17 shades of grey become 256."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (image, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        (folder / str(digit)).mkdir(exist_ok=True)
        grey = np.round(image * (255 / 16)).astype(np.uint8)
        Image.fromarray(grey).save(folder / str(digit) / f"digit_{number:04}.png")


def _breast_cancer(folder: Path) -> None:
    """Names with underscores, the class as a word."""
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer()
    columns = {name.replace(" ", "_"): table.data[:, place].tolist() for place, name in enumerate(table.feature_names)}
    columns["diagnosis"] = [str(table.target_names[target]) for target in table.target]
    with open_writer(folder / "breast_cancer.csv", list(columns)) as writer:
        writer.write(columns)


def _dicom(folder: Path) -> None:
    """The files as pydicom has them, broken ones among them."""
    try:
        import pydicom
    except ModuleNotFoundError:
        raise InputError("the dicom example is in pydicom, which is not here: install molkit[medical]") from None

    for path in sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm")):
        shutil.copyfile(path, folder / path.name)


EXAMPLES: dict[str, Example] = {
    "digits": Example("1,797 handwritten digits of 8 x 8 pixels (PNG), a folder for each of the ten", _digits),
    "breast_cancer": Example("569 tumours as a table: 30 measures of cell nuclei, and the diagnosis", _breast_cancer),
    "dicom": Example("pydicom's own test files: CT, MR, ultrasound, reports, and some that are no image", _dicom),
}
