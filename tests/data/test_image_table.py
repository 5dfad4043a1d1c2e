"""Folders and arrays of images as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Drawn

from molkit.data.image_table import class_task, is_images, longest_side, open_images
from molkit.data.images import Image, ImageReader
from molkit.data.table import read_table
from molkit.errors import InputError


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"?")


def test_a_folder_for_each_class_gives_every_file_its_label(tmp_path: Path) -> None:
    touched(
        tmp_path,
        "sick/b.png",
        "sick/more/a.dcm",
        "well/c.jpg",
        "well/notes.txt",
        "loose.png",
        "well/.hidden",
        ".git/x.png",
    )
    source = open_images(tmp_path)
    table = read_table(source)
    names = [str(Path(path).relative_to(tmp_path)) for path in table.columns["image"]]
    labels = dict(zip(names, table.columns["label"], strict=True))
    sick = {"sick/b.png": "sick", "sick/more/a.dcm": "sick"}
    assert labels == {"loose.png": "", **sick, "well/c.jpg": "well", "well/notes.txt": "well"}
    assert source.smiles is None
    assert source.row_count == len(table) == 5
    notes = " ".join(source.notes)
    assert "5 files in 2 classes" in notes
    assert "sick 2, well 2" in notes
    assert "1 files lie in no class folder" in notes
    assert "2 hidden files" in notes


def test_one_hidden_file_is_a_file(tmp_path: Path) -> None:
    for name in ("a.png", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    source = open_images(tmp_path)
    assert "1 hidden file is left out." in source.notes
    assert [read_table(source).file(1), next(source.pieces(1)).file(1)] == ["a.png", "a.png"]


def test_pieces_have_their_rows_and_no_more(tmp_path: Path) -> None:
    touched(tmp_path, *(f"{number}.png" for number in range(7)))
    pieces = list(open_images(tmp_path).pieces(3))
    assert [(piece.first_row, len(piece)) for piece in pieces] == [(1, 3), (4, 3), (7, 1)]
    assert [Path(path).name for piece in pieces for path in piece.columns["image"]] == [f"{n}.png" for n in range(7)]
    assert pieces[0].names == ("image",)


def test_arrays_give_images_labels_and_the_split(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    images = {part: np.full((n, 4, 4), n, np.uint8) for part, n in (("train", 3), ("val", 1), ("test", 2))}
    labels = {part: np.arange(len(values))[:, None] for part, values in images.items()}
    np.savez(
        path, **{f"{part}_images": v for part, v in images.items()}, **{f"{p}_labels": v for p, v in labels.items()}
    )
    table = read_table(open_images(path))
    assert table.columns["label"] == ["0", "1", "2", "0", "0", "1"]
    assert table.columns["split"] == ["train"] * 3 + ["valid"] + ["test"] * 2
    for cell, level in zip(table.columns["image"], [3, 3, 3, 1, 2, 2], strict=True):
        found = ImageReader(size=4)(cell)
        assert isinstance(found, Image)
        assert (found.pixels == level).all()


def test_several_labels_are_several_columns_and_none_is_none(tmp_path: Path) -> None:
    images = np.zeros((2, 4, 4), np.uint8)
    np.savez(tmp_path / "a.npz", train_images=images, train_labels=np.array([[0, 1], [1, 1]]))
    assert read_table(open_images(tmp_path / "a.npz")).columns["label_1"] == ["1", "1"]
    np.savez(tmp_path / "b.npz", test_images=images)
    assert open_images(tmp_path / "b.npz").names == ("image", "split")


def test_what_holds_no_images_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04?")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    np.savez(tmp_path / "unequal.npz", test_images=np.zeros((2, 4, 4), np.uint8), test_labels=np.zeros((3, 1)))
    for name, words in {
        "empty": "no files",
        "bad.npz": "not a readable",
        "other.npz": "arrays x",
        "unequal.npz": "shape",
    }.items():
        with pytest.raises(InputError, match=words):
            open_images(tmp_path / name)
    assert not is_images(tmp_path / "empty")
    assert is_images(tmp_path / "other.npz")
    touched(tmp_path, "deep/down/a.DCM")
    assert is_images(tmp_path / "deep")


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["0", "1", "2"], "multiclass"),
        (["ill", "well"], "binary"),
        (["0.5", "1.0", "2.0"], None),
        (["same"], None),
        (["ill", "", "well"], "binary"),
    ],
)
def test_labels_of_images_are_classes_unless_they_are_measured(
    labels: list[str], task: str | None, tmp_path: Path
) -> None:
    touched(tmp_path, *(f"{label}/{n}.png" if label else f"{n}.png" for n, label in enumerate(labels)))
    assert class_task(open_images(tmp_path)) == task


def test_the_longest_side_is_told_from_headers_of_png_and_arrays(tmp_path: Path) -> None:
    for name, shape in (("a.png", (9, 20)), ("b.png", (31, 5))):
        Drawn.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / name)
    np.savez(tmp_path / "c.npz", train_images=np.zeros((3, 12, 40), np.uint8))
    files = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert longest_side(files) == 31
    assert longest_side([*files, f"{tmp_path}/c.npz#train_images/2"]) == 40
    touched(tmp_path, "d.dcm")
    assert longest_side([*files, str(tmp_path / "d.dcm")]) is None
    assert longest_side([str(tmp_path / "none.png"), ""]) is None
    assert longest_side([]) is None
