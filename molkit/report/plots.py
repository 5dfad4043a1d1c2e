"""Pictures of a model's scores, drawn without a display; equal numbers give equal files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.write import atomic_path
from molkit.evaluation.calibration import is_probability, reliability
from molkit.evaluation.metrics import find_metric
from molkit.evaluation.ranking import curve
from molkit.evaluation.scores import score_target
from molkit.types import Target

FORMATS = ("png", "svg")
_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "0.55"  # told apart by all kinds of eyes (Okabe & Ito)
_MANY_POINTS = 2000  # more are an image inside an SVG, which would else be too large to open
_METADATA = {"png": {"Software": None}, "svg": {"Date": None}}
_STYLE = {"svg.hashsalt": "molkit", "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False,
          "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 8}  # fmt: skip

History = Sequence[Any]  # name, training losses, validation losses (or nothing), per epoch
Draw = Callable[..., None]


def model_plots(
    stem: Path,
    target: Target,
    y: np.ndarray,
    p: np.ndarray,
    overwrite: bool = False,
    formats: Sequence[str] = FORMATS,
    histories: Sequence[History] | None = None,
) -> list[Path]:
    """Every picture that suits a target, as `<stem>-parity.png` and so on, for labels and predictions [n].

    Numbers: parity and residuals. Two classes: roc, pr and calibration (where there are both classes, and for
    the last where predictions are probabilities). With `histories`, the losses over training. Rows without a
    label or prediction are left out; under 2 rows nothing is drawn.
    """
    rows = np.isfinite(y) & np.isfinite(p)
    y, p = np.asarray(y, float)[rows], np.asarray(p, float)[rows]
    paths = []
    for name, draw in _pictures(target, y, p).items():
        paths += _save(stem, name, formats, overwrite, partial(draw, target=target, y=y, p=p))
    known = [history for history in histories or () if len(history[1])]
    if known:
        paths += _save(stem, "training", formats, overwrite, lambda figure: _training(figure, known))
    return paths


def file_name(text: str) -> str:
    """A target's name as part of a file name: nothing that could leave the folder.

    >>> file_name("../IC50 (nM)")
    '___IC50__nM_'
    """
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:60]


def _pictures(target: Target, y: np.ndarray, p: np.ndarray) -> dict[str, Draw]:
    if len(y) < 2:
        return {}
    if target.kind == "regression":
        return {"parity": _parity, "residuals": _residuals}
    if target.kind != "binary" or len(np.unique(y)) < 2:
        return {}
    return {"roc": _roc, "pr": _precision_recall} | ({"calibration": _calibration} if is_probability(p) else {})


def _save(stem: Path, name: str, formats: Sequence[str], overwrite: bool, draw: Callable[[Any], None]) -> list[Path]:
    paths = [stem.with_name(f"{stem.name}-{name}.{suffix}") for suffix in formats]
    for path in paths:
        _write(path, overwrite, draw)
    return paths


def _write(path: Path, overwrite: bool, draw: Callable[[Any], None]) -> None:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    suffix = path.suffix.lstrip(".")
    style: Any = {**matplotlib.rcParamsDefault, **_STYLE}  # no matter what a user has set
    with matplotlib.rc_context(style), atomic_path(path, overwrite) as unfinished:
        figure = Figure(figsize=(5, 5), dpi=150, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08))
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(unfinished, format=suffix, metadata=_METADATA.get(suffix))


def _quantity(target: Target) -> str:
    """Name and scale of a target for an axis."""
    scale = f"log10 {target.unit}".strip() if target.log else target.unit
    return f"{_short(target.name)} ({_short(scale)})" if scale else _short(target.name)


def _short(text: str) -> str:
    """Text that matplotlib takes as it is, of a length that fits an axis."""
    plain = "".join(c if c.isprintable() else " " for c in text).replace("$", r"\$")
    return plain if len(plain) <= 40 else plain[:39] + "…"


def _title(target: Target, y: np.ndarray, p: np.ndarray, name: str) -> str:
    """A score with its interval and the number of compounds."""
    metric = find_metric(name, target.kind)
    score = score_target(target.name, "", target.kind, y, p, target.threshold, 0, metrics=[metric])[0]
    interval = "" if score.low is None else f" [{score.low:.2f}, {score.high:.2f}]"
    return f"{name} {'undefined' if score.value is None else f'{score.value:.2f}'}{interval}, n = {score.n:,}"


def _points(axes: Any, x: np.ndarray, y: np.ndarray, **more: Any) -> None:
    many = len(x) > _MANY_POINTS
    size, alpha = (6, 0.3) if many else (16, 0.6)
    axes.scatter(x, y, s=size, alpha=alpha, color=_BLUE, edgecolors="none", rasterized=many, **more)


def _parity(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    low, high = float(min(y.min(), p.min())), float(max(y.max(), p.max()))
    margin = 0.04 * (high - low or 1)
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color=_GREY, linewidth=1, label="predicted = measured", zorder=0)
    _points(axes, y, p)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set(xlabel=f"measured {_quantity(target)}", ylabel=f"predicted {_quantity(target)}")
    axes.set_title(_title(target, y, p, "RMSE"))
    axes.legend(loc="upper left")


def _residuals(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    figure.set_size_inches(6, 4.2)
    axes, side = figure.subplots(1, 2, sharey=True, width_ratios=(4, 1))
    error = p - y
    for place in (axes, side):
        place.axhline(0, color=_GREY, linewidth=1, zorder=0)
        place.axhline(error.mean(), color=_ORANGE, linewidth=1.2, linestyle="--", label=f"mean {error.mean():+.2f}")
    _points(axes, p, error)
    side.hist(error, bins=min(40, max(8, len(error) // 8)), orientation="horizontal", color=_BLUE, alpha=0.6)
    axes.margins(y=0.12)  # leaves room for the legend
    axes.set(xlabel=f"predicted {_quantity(target)}", ylabel="predicted - measured")
    side.set_xlabel("compounds")
    axes.set_title(_title(target, y, p, "MAE"))
    axes.legend(loc="upper right")


def _roc(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    hits, rows = curve(y, p, np.ones(len(y)))
    misses = rows - hits
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--", label="chance")
    axes.plot(np.r_[0, misses / misses[-1]], np.r_[0, hits / hits[-1]], color=_BLUE, linewidth=1.8)
    called = p >= target.threshold
    axes.plot(
        called[y < 0.5].mean(), called[y > 0.5].mean(),
        "o", color=_ORANGE, label=f"threshold {target.threshold:.3g}", clip_on=False,
    )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(xlabel="share of negatives called positive", ylabel="share of positives found")
    axes.set_title(f"{_short(target.name)}: {_title(target, y, p, 'ROC-AUC')}")
    axes.legend(loc="lower right")


def _precision_recall(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    hits, rows = curve(y, p, np.ones(len(y)))
    precision, recall = hits / rows, hits / hits[-1]
    base = float(y.mean())
    axes.axhline(base, color=_GREY, linewidth=1, linestyle="--", label=f"base rate {base:.3g}")
    axes.step(np.r_[0, recall], np.r_[precision[0], precision], where="pre", color=_BLUE, linewidth=1.8)
    called = p >= target.threshold
    if called.any():
        axes.plot(
            called[y > 0.5].mean(), y[called].mean(),
            "o", color=_ORANGE, label=f"threshold {target.threshold:.3g}", clip_on=False,
        )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
    axes.set(xlabel="share of positives found (recall)", ylabel="share of calls that are right (precision)")
    axes.set_title(f"{_short(target.name)}: {_title(target, y, p, 'PR-AUC')}")
    axes.legend(loc="best")


def _calibration(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    figure.set_size_inches(5, 5.8)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
    bins = reliability(y, p)
    predicted, observed = np.array([b.predicted for b in bins]), np.array([b.observed for b in bins])
    ends = np.array([_wilson(b.observed, b.n) for b in bins]).T
    bars = np.maximum(0, np.stack([observed - ends[0], ends[1] - observed]))
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--")
    axes.errorbar(
        predicted, observed, yerr=bars, fmt="o-", color=_BLUE, linewidth=1.2, markersize=4, elinewidth=1, clip_on=False
    )
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_ylabel(f"share of positives in {len(bins)} bins of equal size, 95 % interval")
    axes.set_title(f"{_short(target.name)}: {_title(target, y, p, 'calibration error')}")
    edges = np.linspace(0, 1, 41)
    below.hist([p[y < 0.5], p[y > 0.5]], bins=edges, stacked=True, color=[_BLUE, _ORANGE],
               label=["negative", "positive"])  # fmt: skip
    below.set(xlabel="predicted probability", ylabel="compounds")
    below.legend(loc="best", ncols=2)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n (Wilson, J. Am. Stat. Assoc. 1927, 22, 209).

    >>> [round(end, 3) for end in _wilson(0.5, 10)]
    [0.237, 0.763]
    """
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return middle - half, middle + half


def _training(figure: Any, histories: Sequence[History]) -> None:
    figure.set_size_inches(6, 4.2)
    axes = figure.add_subplot()
    for place, (name, train, *valid) in enumerate(histories):
        color = f"C{place % 10}"
        axes.plot(np.arange(1, len(train) + 1), train, color=color, linewidth=1.3, label=_short(name))
        if valid and valid[0] is not None and len(valid[0]):
            axes.plot(np.arange(1, len(valid[0]) + 1), valid[0], color=color, linewidth=1.3, linestyle="--")
    dashed = any(len(history) > 2 and history[2] is not None and len(history[2]) for history in histories)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.set_title("training (solid) and validation (dashed) loss" if dashed else "training loss")
    axes.legend(loc="upper right", ncols=1 + (len(histories) > 6))
