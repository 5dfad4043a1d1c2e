"""Pictures of a model's scores, drawn without a display."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molkit.data.write import atomic_path
from molkit.types import Target


def parity_plot(path: Path, target: Target, y: np.ndarray, p: np.ndarray, overwrite: bool = False) -> Path:
    """Predicted against measured values [n] of the test part; the suffix of `path` (.png, .svg) is the format."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = ~np.isnan(y)
    y, p = y[rows], p[rows]
    unit = f" ({'log10 ' if target.log else ''}{target.unit})" if target.unit or target.log else ""
    figure = Figure(figsize=(5, 5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    low, high = float(min(y.min(), p.min())), float(max(y.max(), p.max()))
    margin = 0.04 * (high - low or 1)
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color="0.6", linewidth=1, label="predicted = measured")
    axes.scatter(y, p, s=16, alpha=0.7, edgecolors="none", label=f"{len(y)} test compounds")
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set_xlabel(f"measured {target.name}{unit}")
    axes.set_ylabel(f"predicted {target.name}{unit}")
    axes.set_title(f"RMSE {np.sqrt(np.mean((y - p) ** 2)):.2f}, compounds the model has not seen", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    with atomic_path(path, overwrite) as unfinished:
        figure.savefig(unfinished, format=path.suffix.lstrip("."), metadata=_NO_DATE if path.suffix == ".svg" else None)
    return path


_NO_DATE = {"Date": None}  # equal runs give equal files
