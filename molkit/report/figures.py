"""How molkit draws: pictures as values, drawn without a display, in files or in a page; equal numbers, equal bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.write import atomic_path

FORMATS = ("png", "svg")
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "0.55"  # told apart by all kinds of eyes (Okabe & Ito)
MANY_POINTS = 2000  # more are an image inside an SVG, which would else be too large to open
_METADATA = {"png": {"Software": None}, "svg": {"Date": None}}
_STYLE = {"svg.hashsalt": "molkit", "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False,
          "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 8}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A plot not drawn yet: its name in file names, what it shows in words, and what draws it into a figure."""

    name: str
    says: str
    draw: Callable[[Any], None]


def save_pictures(
    stem: Path, pictures: Sequence[Picture], overwrite: bool = False, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Each picture as `<stem>-<name>.png` and `.svg`; raises InputError for a file that is there already."""
    paths = []
    for picture in pictures:
        for suffix in formats:
            path = stem.with_name(f"{stem.name}-{picture.name}.{suffix}")
            with atomic_path(path, overwrite) as unfinished:
                unfinished.write_bytes(drawn(picture, suffix))
            paths.append(path)
    return paths


def drawn(picture: Picture, suffix: str = "svg") -> bytes:
    """The contents of a picture's file."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    style: Any = {**matplotlib.rcParamsDefault, **_STYLE}  # no matter what a user has set
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(5, 5), dpi=150, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08))
        FigureCanvasAgg(figure)
        picture.draw(figure)
        content = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)  # a box stands for such a letter
            figure.savefig(content, format=suffix, metadata=_METADATA.get(suffix))
    return content.getvalue()


def short(text: str) -> str:
    """Text that matplotlib takes as it is, of a length that fits an axis."""
    plain = "".join(c if c.isprintable() else " " for c in text).replace("$", r"\$")
    return plain if len(plain) <= 40 else plain[:39] + "…"


def points(axes: Any, x: np.ndarray, y: np.ndarray, **more: Any) -> None:
    """Dots, small and pale where they are many."""
    many = len(x) > MANY_POINTS
    size, alpha = (6, 0.3) if many else (16, 0.6)
    axes.scatter(x, y, s=size, alpha=alpha, edgecolors="none", rasterized=many, **{"color": BLUE, **more})
