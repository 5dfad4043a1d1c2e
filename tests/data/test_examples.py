"""The embedded examples hold what scikit-learn and pydicom hold."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits

from molkit.data.examples import EXAMPLES, write_example
from molkit.errors import InputError, MolkitError


def test_digits_are_images_in_a_folder_per_class(tmp_path: Path) -> None:
    files = write_example("digits", tmp_path / "made" / "digits")
    digits = load_digits()
    assert len(files) == len(digits.target) == 1797
    assert {path.parent.name for path in files} == set("0123456789")
    for path in files[::50]:
        number = int(path.stem.partition("_")[2])
        assert path.parent.name == str(digits.target[number])
        with Image.open(path) as image:
            pixels = np.asarray(image)
        assert (pixels.shape, pixels.dtype) == ((8, 8), np.uint8)
        np.testing.assert_array_equal(np.round(pixels * (16 / 255)), digits.images[number])


def test_breast_cancer_is_a_table(tmp_path: Path) -> None:
    (path,) = write_example("breast_cancer", tmp_path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    expected = load_breast_cancer()
    assert [row["diagnosis"] for row in rows] == [expected.target_names[target] for target in expected.target]
    assert (len(rows), sum(row["diagnosis"] == "malignant" for row in rows)) == (569, 212)
    assert list(rows[0]) == [*(name.replace(" ", "_") for name in expected.feature_names), "diagnosis"]
    values = np.array([[float(cell) for cell in list(row.values())[:-1]] for row in rows])
    np.testing.assert_array_equal(values, expected.data)


def test_dicom_files_are_those_of_pydicom(tmp_path: Path) -> None:
    from pydicom.data import get_testdata_file

    files = write_example("dicom", tmp_path / "dicom")
    assert {"CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "rtplan.dcm"} <= {path.name for path in files}
    assert all(path.suffix == ".dcm" for path in files)
    own = get_testdata_file("CT_small.dcm", download=False)
    assert (tmp_path / "dicom" / "CT_small.dcm").read_bytes() == Path(str(own)).read_bytes()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="new or empty folder"):
        write_example("breast_cancer", tmp_path)
    with pytest.raises(InputError, match="new or empty folder"):
        write_example("breast_cancer", tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> None:
        (folder / "some.png").write_bytes(b"1")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(EXAMPLES, "digits", type(EXAMPLES["digits"])("", full))
    with pytest.raises(MolkitError, match="the disk is full"):
        write_example("digits", tmp_path / "digits")
    assert os.listdir(tmp_path) == []


def test_an_unknown_example_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'digits'"):
        write_example("digit", tmp_path)
