"""Pictures: which there are, that they can be opened, that equal numbers give equal files."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from molkit.errors import InputError
from molkit.report import figures
from molkit.report.plots import file_name, model_pictures, model_plots
from molkit.types import Target

RNG = np.random.default_rng(0)
Y = RNG.normal(size=60)
P = Y + RNG.normal(0, 0.4, 60)
LABELS = (Y > 0.3).astype(float)
CHANCES = 1 / (1 + np.exp(-3 * (P - 0.3)))
NUMBER = Target("IC50 of $x_1$ <&> a name that is far longer than any axis can hold", "regression", "nM", log=True)
CLASS = Target("active", "binary", classes=("no", "yes"), threshold=0.4)


def names(paths: list[Path]) -> set[str]:
    return {path.name.removeprefix("m-") for path in paths}


def text_of(path: Path) -> str:
    """The comments in an SVG hold the text that its paths draw."""
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "y", "p", "expected"),
    [
        (NUMBER, Y, P, {"parity", "residuals"}),
        (CLASS, LABELS, CHANCES, {"roc", "pr", "calibration"}),
        (CLASS, LABELS, P, {"roc", "pr"}),  # no probabilities
        (CLASS, np.ones(60), CHANCES, set()),
        (NUMBER, np.full(60, np.nan), P, set()),
        (NUMBER, Y[:1], P[:1], set()),
        (NUMBER, np.ones(60), np.ones(60), {"parity", "residuals"}),
        (NUMBER, np.r_[Y[:30], [np.nan] * 30], np.r_[[np.inf] * 10, P[10:]], {"parity", "residuals"}),
        (Target("kind", "multiclass", classes=("a", "b", "c")), LABELS + 0.0, np.eye(60, 3), {"confusion"}),
        (Target("kind", "multiclass", classes=("a", "b")), LABELS + 0.0, np.arange(60.0) % 3, set()),  # "c" is called
    ],
)  # fmt: skip
def test_each_target_gets_the_pictures_that_suit_it(
    target: Target, y: np.ndarray, p: np.ndarray, expected: set[str], tmp_path: Path
) -> None:
    paths = model_plots(tmp_path / "m", target, y, p)
    assert names(paths) == {f"{name}.{suffix}" for name in expected for suffix in ("png", "svg")}
    assert set(tmp_path.iterdir()) == set(paths)
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                picture.verify()
                assert min(picture.size) > 500
        else:
            assert ET.parse(path).getroot().tag.endswith("svg")


def test_the_titles_say_score_interval_and_number(tmp_path: Path) -> None:
    model_plots(tmp_path / "m", NUMBER, Y, P, formats=("svg",))
    rmse = np.sqrt(np.mean((Y - P) ** 2))
    assert f"<!-- RMSE {rmse:.2f} [" in text_of(tmp_path / "m-parity.svg")
    assert "n = 60 -->" in text_of(tmp_path / "m-parity.svg")
    assert "log10 nM" in text_of(tmp_path / "m-parity.svg")
    model_plots(tmp_path / "m", CLASS, LABELS, CHANCES, formats=("svg",))
    assert f"<!-- base rate {LABELS.mean():.3g} -->" in text_of(tmp_path / "m-pr.svg")
    assert "<!-- threshold 0.4 -->" in text_of(tmp_path / "m-roc.svg")


def test_training_curves_are_drawn_when_there_are_any(tmp_path: Path) -> None:
    losses = [("dmpnn 1", [3.0, 2.0, 1.0], [3.5, 2.6, 2.5]), ("gin 1", [2.0, 1.5], []), ("gin 2", [2.0, 1.4])]
    paths = model_plots(tmp_path / "m", CLASS, np.ones(60), CHANCES, histories=losses)
    assert names(paths) == {"training.png", "training.svg"}
    assert "training (solid) and validation (dashed) loss" in text_of(paths[1])
    assert model_plots(tmp_path / "n", CLASS, np.ones(60), CHANCES, histories=[("trees", [], [])]) == []


def test_letters_without_a_font_are_no_warning(tmp_path: Path) -> None:
    """Warnings are errors here; a user would see the paths of this program's files."""
    target = Target("\u6eb6\u89e3\u5ea6", "binary", classes=("no", "yes"), threshold=0.4)
    assert model_plots(tmp_path / "m", target, LABELS, CHANCES, formats=("png",))


def test_a_title_names_the_positive_class_on_its_own_line() -> None:
    for picture in model_pictures(CLASS, LABELS, CHANCES):
        figure = Figure()
        picture.draw(figure)
        assert figure.axes[0].get_title().splitlines()[0] == "active = yes"


def test_a_name_of_wide_letters_fits_a_file_name() -> None:
    assert len(file_name("\U00020000" * 100).encode()) <= 60


def test_equal_numbers_are_equal_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        model_plots(tmp_path / folder / "m", NUMBER, Y, P)
        model_plots(tmp_path / folder / "m", CLASS, LABELS, CHANCES, formats=("svg",))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_many_points_do_not_make_a_huge_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=figures.MANY_POINTS + 1)
    for path in model_plots(tmp_path / "m", NUMBER, y, y, formats=("svg",)):
        assert path.stat().st_size < 400_000


def test_a_picture_is_never_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "m-parity.png"
    path.write_text("precious")
    with pytest.raises(InputError, match="--overwrite"):
        model_plots(tmp_path / "m", NUMBER, Y, P)
    assert path.read_text() == "precious"
    model_plots(tmp_path / "m", NUMBER, Y, P, overwrite=True)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_users_own_style_changes_nothing(tmp_path: Path) -> None:
    import matplotlib

    plain = model_plots(tmp_path / "a", NUMBER, Y, P, formats=("png",))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        styled = model_plots(tmp_path / "b", NUMBER, Y, P, formats=("png",))
        assert [path.read_bytes() for path in styled] == [path.read_bytes() for path in plain]
        assert matplotlib.rcParams["font.size"] == 30
