"""Pictures of a model's scores; equal numbers give equal files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from molkit.evaluation.calibration import is_probability, reliability
from molkit.evaluation.compare import finite_rows
from molkit.evaluation.confusion import MOST_SHOWN, count_calls
from molkit.evaluation.metrics import find_metric
from molkit.evaluation.ranking import curve
from molkit.evaluation.scores import score_target
from molkit.evaluation.share import wilson
from molkit.report.figures import BLUE, FORMATS, GREY, ORANGE, Picture, points, save_pictures, short
from molkit.types import Target

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
    """The pictures of `model_pictures` as files `<stem>-parity.png` and so on."""
    return save_pictures(stem, model_pictures(target, y, p, histories), overwrite, formats)


def model_pictures(
    target: Target, y: np.ndarray, p: np.ndarray, histories: Sequence[History] | None = None
) -> list[Picture]:
    """Every picture that suits a target, for labels and predictions [n], or [n, C] of several classes.

    Numbers: parity and residuals. Two classes: roc, pr and calibration (where there are both classes, and for
    the last where predictions are probabilities). Several: the confusion matrix. With `histories`, the losses over
    training. Rows without a label or prediction are left out; under 2 rows nothing is drawn.
    """
    rows = np.isfinite(y) & finite_rows(p)
    y, p = np.asarray(y, float)[rows], np.asarray(p, float)[rows]
    found = [
        Picture(name, f"{says}: {target.name}", partial(draw, target=target, y=y, p=p))
        for name, (says, draw) in _suitable(target, y, p).items()
    ]
    known = [history for history in histories or () if len(history[1])]
    return [
        *found,
        *([Picture("training", "losses over training", partial(_training, histories=known))] if known else []),
    ]


def file_name(text: str) -> str:
    """A target's name as part of a file name: nothing that could leave the folder.

    >>> file_name("../IC50 (nM)")
    '___IC50__nM_'
    """
    plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in text)
    return plain.encode()[:60].decode(errors="ignore")  # a name of a file has at most 255 bytes


def _suitable(target: Target, y: np.ndarray, p: np.ndarray) -> dict[str, tuple[str, Draw]]:
    if len(y) < 2:
        return {}
    if target.kind == "regression":
        return {"parity": ("predicted against measured", _parity), "residuals": ("errors", _residuals)}
    if target.kind == "multiclass":
        known = count_calls(target.name, target.classes or (), y, p) is not None
        return {"confusion": ("how each class is called", _confusion)} if known else {}
    if target.kind != "binary" or len(np.unique(y)) < 2:
        return {}
    found = {"roc": ("ROC curve", _roc), "pr": ("precision and recall", _precision_recall)}
    return found | ({"calibration": ("calibration", _calibration)} if is_probability(p) else {})


def _quantity(target: Target) -> str:
    """Name and scale of a target for an axis."""
    scale = f"log10 {target.unit}".strip() if target.log else target.unit
    return f"{short(target.name)} ({short(scale)})" if scale else short(target.name)


def _event(target: Target) -> str:
    """What counts as positive; on a line of its own, as a name may be as wide as the picture."""
    return short(f"{target.name} = {target.classes[1]}" if target.classes else target.name)


def _title(target: Target, y: np.ndarray, p: np.ndarray, name: str) -> str:
    """A score with its interval and the number of compounds."""
    metric = find_metric(name, target.kind)
    score = score_target(target.name, "", target.kind, y, p, target.threshold, 0, metrics=[metric])[0]
    interval = "" if score.low is None else f" [{score.low:.2f}, {score.high:.2f}]"
    return f"{name} {'undefined' if score.value is None else f'{score.value:.2f}'}{interval}, n = {score.n:,}"


def _parity(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    low, high = float(min(y.min(), p.min())), float(max(y.max(), p.max()))
    margin = 0.04 * (high - low or 1)
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color=GREY, linewidth=1, label="predicted = measured", zorder=0)
    points(axes, y, p)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set(xlabel=f"measured {_quantity(target)}", ylabel=f"predicted {_quantity(target)}")
    axes.set_title(_title(target, y, p, "RMSE"))
    axes.legend(loc="upper left")


def _residuals(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    figure.set_size_inches(6, 4.2)
    axes, side = figure.subplots(1, 2, sharey=True, width_ratios=(4, 1))
    error = p - y
    for place in (axes, side):
        place.axhline(0, color=GREY, linewidth=1, zorder=0)
        place.axhline(error.mean(), color=ORANGE, linewidth=1.2, linestyle="--", label=f"mean {error.mean():+.2f}")
    points(axes, p, error)
    side.hist(error, bins=min(40, max(8, len(error) // 8)), orientation="horizontal", color=BLUE, alpha=0.6)
    axes.margins(y=0.12)  # leaves room for the legend
    axes.set(xlabel=f"predicted {_quantity(target)}", ylabel="predicted - measured")
    side.set_xlabel("count")
    axes.set_title(_title(target, y, p, "MAE"))
    axes.legend(loc="upper right")


def _roc(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    hits, rows = curve(y, p, np.ones(len(y)))
    misses = rows - hits
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="chance")
    axes.plot(np.r_[0, misses / misses[-1]], np.r_[0, hits / hits[-1]], color=BLUE, linewidth=1.8)
    called = p >= target.threshold
    axes.plot(
        called[y < 0.5].mean(), called[y > 0.5].mean(),
        "o", color=ORANGE, label=f"threshold {target.threshold:.3g}", clip_on=False,
    )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(xlabel="share of negatives called positive", ylabel="share of positives found")
    axes.set_title(f"{_event(target)}\n{_title(target, y, p, 'ROC-AUC')}")
    axes.legend(loc="lower right")


def _precision_recall(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes = figure.add_subplot()
    hits, rows = curve(y, p, np.ones(len(y)))
    precision, recall = hits / rows, hits / hits[-1]
    base = float(y.mean())
    axes.axhline(base, color=GREY, linewidth=1, linestyle="--", label=f"base rate {base:.3g}")
    axes.step(np.r_[0, recall], np.r_[precision[0], precision], where="pre", color=BLUE, linewidth=1.8)
    called = p >= target.threshold
    if called.any():
        axes.plot(
            called[y > 0.5].mean(), y[called].mean(),
            "o", color=ORANGE, label=f"threshold {target.threshold:.3g}", clip_on=False,
        )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
    axes.set(xlabel="share of positives found (recall)", ylabel="share of calls that are right (precision)")
    axes.set_title(f"{_event(target)}\n{_title(target, y, p, 'PR-AUC')}")
    axes.legend(loc="best")


def _calibration(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    figure.set_size_inches(5, 5.8)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
    bins = reliability(y, p)
    predicted, observed = np.array([b.predicted for b in bins]), np.array([b.observed for b in bins])
    ends = np.array([wilson(b.observed, b.n) for b in bins]).T
    bars = np.maximum(0, np.stack([observed - ends[0], ends[1] - observed]))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.errorbar(
        predicted, observed, yerr=bars, fmt="o-", color=BLUE, linewidth=1.2, markersize=4, elinewidth=1, clip_on=False
    )
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_ylabel(f"share of positives in {len(bins)} bins of equal size, 95 % interval")
    axes.set_title(f"{_event(target)}\n{_title(target, y, p, 'calibration error')}")
    edges = np.linspace(0, 1, 41)
    below.hist([p[y < 0.5], p[y > 0.5]], bins=edges, stacked=True, color=[BLUE, ORANGE],
               label=["negative", "positive"])  # fmt: skip
    below.set(xlabel="predicted probability", ylabel="count")
    below.legend(loc="best", ncols=2)


def _confusion(figure: Any, target: Target, y: np.ndarray, p: np.ndarray) -> None:
    axes, names = figure.add_subplot(), [short(name) for name in target.classes or ()]
    found = count_calls(target.name, names, y, p)
    assert found is not None
    counts = np.array(found.counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    if len(names) <= MOST_SHOWN:
        for row, column in np.ndindex(counts.shape):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=color, fontsize=8)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="called", ylabel="measured")
    axes.set_title(f"{short(target.name)}\n{_title(target, y, p, 'accuracy')}")


def _training(figure: Any, histories: Sequence[History]) -> None:
    figure.set_size_inches(6, 4.2)
    axes = figure.add_subplot()
    for place, (name, train, *valid) in enumerate(histories):
        color = f"C{place % 10}"
        axes.plot(np.arange(1, len(train) + 1), train, color=color, linewidth=1.3, label=short(name))
        if valid and valid[0] is not None and len(valid[0]):
            axes.plot(np.arange(1, len(valid[0]) + 1), valid[0], color=color, linewidth=1.3, linestyle="--")
    dashed = any(len(history) > 2 and history[2] is not None and len(history[2]) for history in histories)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.set_title("training (solid) and validation (dashed) loss" if dashed else "training loss")
    axes.legend(loc="upper right", ncols=1 + (len(histories) > 6))
