"""A model of images through the commands: folders, arrays, tables of paths, one image, files that are no images."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from trained import folder, read_csv, run, write_csv

import molkit

SIDE = 20
RNG = np.random.default_rng(0)


def drawn(label: int) -> np.ndarray:
    """Noise with a white square, at the left of class 0 and at the right of class 1."""
    pixels = RNG.integers(0, 60, (SIDE, SIDE)).astype(np.uint8)
    row, column = RNG.integers(2, 12), (2, 12)[label]
    pixels[row : row + 6, column : column + 6] = 255
    return pixels


IMAGES = np.stack([drawn(number % 2) for number in range(60)])
LABELS = np.arange(60) % 2


@pytest.fixture(scope="module")
def images() -> Path:
    """A folder with a folder for each class."""
    made = folder() / "squares"
    for number, (pixels, label) in enumerate(zip(IMAGES, LABELS, strict=True)):
        place = made / ("left", "right")[label] / f"{number:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)
    return made


@pytest.fixture(scope="module")
def model(images: Path) -> Path:
    path = folder() / "squares.molkit"
    ran = run("train", images, "-o", path, "--learner", "cnn", "--epochs", 6, "--fold-models", 2, "--augment", "image",
              "--workers", 1, "--no-plot")  # fmt: skip
    assert (ran.code, ran.clean) == (0, True), ran.err
    return path


def predicted(model: Path, source: Path, out: Path, *more: object) -> list[dict[str, str]]:
    ran = run("predict", model, source, "-o", out, "--workers", 1, *more)
    assert (ran.code, ran.clean) == (0, True), ran.err
    return read_csv(out)


def test_a_model_file_says_how_images_were_read_and_changed(model: Path) -> None:
    content = molkit.load(model).bundle.model
    assert content["inputs"]["image"]["options"]["size"] == SIDE  # no more pixels than there are
    assert content["plan"]["augment"] == ["image"]
    notes = " ".join(content["notes"])
    assert "Augmentation image (cnn)" in notes
    assert "Images of one patient cannot be told apart here" in notes
    assert content["targets"][0]["classes"] == ["left", "right"]


def test_the_page_of_a_model_of_images_shows_none_and_says_why(model: Path) -> None:
    text = model.with_suffix(".html").read_text()
    assert "Not shown, as the model file holds nothing of what was learned from" in text
    assert "data:image/png" not in text


def test_folders_arrays_tables_and_single_images_are_predicted_alike(
    model: Path, images: Path, tmp_path: Path
) -> None:  # fmt: skip
    rows = predicted(model, images, tmp_path / "folder.csv")
    by_name = {Path(row["image"]).name: row for row in rows}
    np.savez(tmp_path / "few.npz", test_images=IMAGES, test_labels=LABELS)
    array = predicted(model, tmp_path / "few.npz", tmp_path / "array.csv")
    table = write_csv(images / "table.csv", [{"image": f"{row['label']}/{Path(row['image']).name}"} for row in rows])
    paths = predicted(model, table, tmp_path / "table-out.csv")
    table.unlink()
    expected = [float(by_name[f"{number:02}.png"]["label_pred"]) for number in range(len(IMAGES))]
    assert [float(row["label_pred"]) for row in array] == pytest.approx(expected, rel=1e-5)
    assert [row["label_pred"] for row in paths] == [row["label_pred"] for row in rows]
    assert sum(row["label_label"] == row["label"] for row in rows) > 50
    ran = run("predict", model, images / "left" / "00.png", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["label_pred"] == pytest.approx(expected[0], rel=1e-5)


def test_files_that_are_not_learned_from_are_named(images: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(images, tmp_path / "some")
    (folder / "left" / "99.png").write_text("no image")
    ran = run("train", folder, "-o", tmp_path / "m.molkit", "--learner", "forest", "--workers", 1, "--no-plot")
    assert ran.code == 0, ran.err
    assert "1 row was left out:\n  left/99.png: the file is no PNG" in ran.err


def test_one_image_that_is_none_has_a_reason(model: Path, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    ran = run("predict", model, tmp_path / "scan.png")
    assert ran.clean
    assert ran.code != 0
    assert "damaged or cut off" in ran.err


def test_files_that_are_no_images_are_rows_with_a_reason_and_a_page_shows_the_others(
    model: Path, images: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "a.png").write_bytes((images / "right" / "01.png").read_bytes())
    (odd / "b.png").write_bytes((images / "right" / "01.png").read_bytes()[:200])
    (odd / "c.dcm").write_bytes(b"nothing of the kind")
    (odd / "d.txt").write_text("notes")
    (odd / "e.png").write_bytes(b"")
    pages = [Image.fromarray(IMAGES[0]), Image.fromarray(IMAGES[1])]
    pages[0].save(odd / "f.tiff", save_all=True, append_images=pages[1:])
    rows = predicted(model, odd, tmp_path / "out.csv", "--html")
    assert [Path(row["image"]).name[0] for row in rows] == list("abcdef")
    assert [row["status"] == "ok" for row in rows] == [True, False, False, False, False, True]
    assert all(bool(row["reason"]) == (row["status"] != "ok") for row in rows)
    assert rows[5]["note"] == "has 2 pages, of which one is read"
    text = (tmp_path / "out.html").read_text()
    found = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        for data in re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    ]
    assert sorted(one.shape for one in found) == sorted([(SIDE, SIDE)] * 2 + [(SIDE, SIDE, 3)] * 2)
    assert "what speaks for right" in text


def test_a_model_of_images_is_evaluated(model: Path, images: Path, tmp_path: Path) -> None:
    ran = run("evaluate", model, images, "--workers", 1)
    assert (ran.code, ran.clean) == (0, True), ran.err
    assert "60 " in ran.out
    assert "MCC" in ran.out


def test_patients_are_kept_together_by_a_column_of_groups(images: Path, tmp_path: Path) -> None:
    files = sorted(images.rglob("*.png"))
    rows = [{"path": str(file), "patient": f"p{int(file.stem) // 4}", "label": file.parent.name} for file in files]
    table = write_csv(tmp_path / "scans.csv", rows)
    ran = run("train", table, "--input", "scan:image=path", "--target", "label", "--task", "binary", "--group",
              "patient", "--split", "group", "-o", tmp_path / "m.molkit", "--learner", "boosting", "--fold-models", 2,
              "--workers", 1, "--no-plot", "--no-html")  # fmt: skip
    assert (ran.code, ran.clean) == (0, True), ran.err
    content = molkit.load(tmp_path / "m.molkit").bundle.model
    assert "Images of one patient" not in " ".join(content["notes"])


def test_images_and_paths_without_what_is_needed_to_learn(images: Path, tmp_path: Path) -> None:
    paths = sorted((images / "left").iterdir())[:3]
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.txt").write_text("a")
    one = tmp_path / "one" / "left"
    one.mkdir(parents=True)
    for path in paths:
        (one / path.name).write_bytes(path.read_bytes())
    table = write_csv(tmp_path / "t.csv", [{"path": str(path), "finding": "ill"} for path in paths])
    for source, more, said in (
        (one, (), "There is no target; the columns are 'image'"),
        (one.parent, (), "only one class: every measured value is 'left'"),
        (table, ("--input", "image=path", "--target", "finding"), "only one class: every measured value is 'ill'"),
        (table, ("--target", "finding"), "no SMILES column was found"),
        (table, ("--target", "finding"), "--input image=path"),
        (tmp_path / "empty", (), "is a folder, empty"),
        (tmp_path / "texts", (), "in which no file is called as images are"),
    ):
        ran = run("train", source, *more, "-o", tmp_path / "no.molkit")
        assert (ran.code, ran.clean) == (2, True)
        assert said in ran.err
