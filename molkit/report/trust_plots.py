"""Pictures of how far a model's predictions can be trusted, and of data; each is a function over plain values.

`molkit.report.figures.save_pictures(stem, [coverage_plot(...), ...])` writes them as files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from molkit.evaluation.conformal import IntervalScores
from molkit.evaluation.share import wilson
from molkit.report.figures import BLUE, GREEN, GREY, ORANGE, Picture, points, short

_MOST_BINS = 40


def coverage_plot(
    bins: Sequence[tuple[str, int, int, float]], level: float = 0.9, of: str = "similarity to the training rows"
) -> Picture:
    """Coverage of intervals in bins, with its 95 % interval (Wilson), and their mean width below.

    `bins` are (label, n rows, rows covered, mean width) in order; bins without rows stay empty. `level` is the
    share that the intervals promise, `of` what the rows are binned by.
    """
    return Picture("coverage", f"share of intervals that hold the measured value, by {of}",
                   partial(_coverage, bins=tuple(bins), level=level, of=of))  # fmt: skip


def coverage_of(scores: IntervalScores) -> Picture:
    """The same of the intervals of one target, all of them last."""
    bins = [(found.label, found.n, found.covered, found.width)
            for found in (*scores.bins, scores.overall)]  # fmt: skip
    return coverage_plot(bins, scores.level)


def levels_plot(levels: Sequence[tuple[float, float, int]], name: str = "levels") -> Picture:
    """Promised against observed coverage: (promised, observed, n rows) for each of several levels, all in 0 to 1."""
    return Picture(name, "promised against observed coverage of intervals", partial(_levels, levels=tuple(levels)))


def learning_curve_plot(
    sizes: Sequence[int],
    error: Sequence[float],
    spread: Sequence[float] | None = None,
    noise: float | None = None,
    baseline: float | None = None,
    metric: str = "RMSE",
) -> Picture:
    """Mean error of models fitted on `sizes` compounds, ± `spread`, all [n].

    `noise` is the spread of repeated measurements, below which no model can be seen to get; `baseline` the error of
    predicting the mean. The axis of sizes is logarithmic.
    """
    sd = np.zeros(len(sizes)) if spread is None else np.asarray(spread, float)
    return Picture("learning-curve", f"{metric} against the number of compounds learned from",
                   partial(_learning, sizes=np.asarray(sizes, float), error=np.asarray(error, float), spread=sd,
                           lines=(("repeated measurements", noise), ("training mean", baseline)),
                           metric=metric))  # fmt: skip


def histogram_plot(
    values: np.ndarray, label: str, marks: Mapping[str, float] | None = None, name: str = "histogram", of: str = "rows"
) -> Picture:
    """How many `of` have which value [n] (what is not finite is left out); `marks` are lines with their names.

    Where some values are far out, the bins reach from the 0.1th to the 99.9th percentile; the last ones hold the rest.
    """
    finite = np.asarray(values, float)
    return Picture(name, f"distribution of {label}",
                   partial(_histogram, values=finite[np.isfinite(finite)], label=label, marks=dict(marks or {}),
                           of=of))  # fmt: skip


def bars_plot(counts: Mapping[str, int], name: str, says: str, of: str = "rows") -> Picture:
    """Counts by name as horizontal bars, the first on top."""
    return Picture(name, says, partial(_bars, counts=dict(counts), of=of))


def error_by_similarity_plot(
    similarity: np.ndarray, error: np.ndarray, edge: float | None = None, out: float | None = None, unit: str = ""
) -> Picture:
    """Absolute errors [n] against similarity to the nearest training compound [n], and their median in ten bins.

    `edge` and `out` are the similarities under which a compound counts as at the edge of and outside the domain.
    """
    x, y = np.asarray(similarity, float), np.abs(np.asarray(error, float))
    rows = np.isfinite(x) & np.isfinite(y)
    return Picture("error-by-similarity", "absolute error against the similarity to what is nearest in training",
                   partial(_by_similarity, x=x[rows], y=y[rows], limits={"out": out, "edge": edge},
                           unit=unit))  # fmt: skip


def _coverage(figure: Any, bins: Sequence[tuple[str, int, int, float]], level: float, of: str) -> None:
    figure.set_size_inches(max(6.0, 1.0 + 0.95 * len(bins)), 5)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    places = [place for place, (_, n, _, _) in enumerate(bins) if n]
    shares = np.array([bins[place][2] / bins[place][1] for place in places])
    ends = np.array([wilson(share, bins[place][1]) for share, place in zip(shares, places, strict=True)]).reshape(-1, 2)
    axes.axhline(level, color=GREY, linewidth=1, linestyle="--", label=f"promised: {level:.0%}")
    reach = np.maximum(0, np.stack([shares - ends[:, 0], ends[:, 1] - shares]))
    axes.errorbar(places, shares, yerr=reach, fmt="o", color=BLUE, elinewidth=1.2, label="observed, 95 % interval")
    low = min([level, *ends[:, 0]]) - 0.05
    axes.set(ylim=(max(0.0, low), 1.02), ylabel="share of values within")
    axes.set_title("coverage of the intervals")
    axes.legend(loc="lower right")
    widths = [width if np.isfinite(width) else np.nan for _, _, _, width in bins]  # an endless one has no bar
    below.bar(places, [widths[place] for place in places], color=BLUE, alpha=0.6, width=0.6)
    below.set(xlabel=short(of), ylabel="mean width", xlim=(-0.6, len(bins) - 0.4))
    below.set_xticks(range(len(bins)), [f"{short(label)}\nn = {n:,}" for label, n, _, _ in bins])


def _levels(figure: Any, levels: Sequence[tuple[float, float, int]]) -> None:
    axes = figure.add_subplot()
    promised, observed = (np.array([level[place] for level in levels], float) for place in (0, 1))
    ends = np.array([wilson(share, n) for _, share, n in levels]).reshape(-1, 2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="observed = promised")
    axes.fill_between(promised, ends[:, 0], ends[:, 1], color=BLUE, alpha=0.2, linewidth=0, label="95 % interval")
    axes.plot(promised, observed, "o-", color=BLUE, markersize=4, linewidth=1.3)
    axes.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    axes.set(xlabel="promised coverage", ylabel="observed coverage")
    axes.legend(loc="upper left")


def _learning(
    figure: Any,
    sizes: np.ndarray,
    error: np.ndarray,
    spread: np.ndarray,
    lines: Sequence[tuple[str, float | None]],
    metric: str,
) -> None:
    figure.set_size_inches(6, 4.2)
    axes = figure.add_subplot()
    axes.errorbar(sizes, error, yerr=spread, fmt="o-", color=BLUE, elinewidth=1, capsize=2, label="model")
    for (label, value), color, dashes in zip(lines, (GREEN, GREY), (":", "--"), strict=True):
        if value is not None and np.isfinite(value):
            axes.axhline(value, color=color, linewidth=1.3, linestyle=dashes, label=f"{label}: {value:.3g}")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="compounds learned from", ylabel=metric)
    axes.set_ylim(0, 1.3 * axes.get_ylim()[1])  # leaves room for the legend
    axes.legend(loc="upper right")


def _histogram(figure: Any, values: np.ndarray, label: str, marks: Mapping[str, float], of: str) -> None:
    figure.set_size_inches(5, 3.2)
    axes = figure.add_subplot()
    if len(values):
        low, high = np.quantile(values, [0.001, 0.999])
        wide = np.ptp(values) > 2 * (high - low) > 0
        shown = np.clip(values, low, high) if wide else values
        axes.hist(shown, bins=min(_MOST_BINS, max(8, int(np.sqrt(len(values))))), color=BLUE, alpha=0.7)
    for (name, value), color in zip(marks.items(), (ORANGE, GREEN, GREY) * len(marks), strict=False):
        axes.axvline(value, color=color, linewidth=1.3, linestyle="--", label=f"{short(name)}: {value:.3g}")
    axes.set(xlabel=short(label), ylabel=short(of))
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"n = {len(values):,}")
    if marks:
        axes.legend(loc="best")


def _bars(figure: Any, counts: Mapping[str, int], of: str) -> None:
    figure.set_size_inches(5, 0.8 + 0.32 * max(1, len(counts)))
    axes = figure.add_subplot()
    places = range(len(counts))
    bars = axes.barh(places, list(counts.values()), color=BLUE, alpha=0.7, height=0.7)
    axes.bar_label(bars, [f"{count:,}" for count in counts.values()], padding=3, fontsize=8)
    axes.set_yticks(places, [short(name) for name in counts])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(short(of))


def _by_similarity(figure: Any, x: np.ndarray, y: np.ndarray, limits: Mapping[str, float | None], unit: str) -> None:
    figure.set_size_inches(6, 4.2)
    axes = figure.add_subplot()
    points(axes, x, y)
    places = np.clip((x * 10).astype(int), 0, 9)
    filled = [place for place in range(10) if (places == place).sum() >= 3]
    medians = [float(np.median(y[places == place])) for place in filled]
    axes.plot([(place + 0.5) / 10 for place in filled], medians, "o-", color=ORANGE, markersize=4, label="median")
    for (name, limit), dashes in zip(limits.items(), ("--", ":"), strict=True):
        if limit is not None:
            axes.axvline(limit, color=GREY, linewidth=1.2, linestyle=dashes, label=f"{name} below {limit:.2f}")
    axes.set(xlim=(0, 1.01), xlabel="similarity to what is nearest in training (Tanimoto)")
    axes.set_ylabel(f"absolute error ({short(unit)})" if unit else "absolute error")
    axes.set_ylim(bottom=0)
    axes.legend(loc="best")
