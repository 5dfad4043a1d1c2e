"""Pictures of trust and data: the numbers in them are the numbers given, and odd data draws too."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from molkit.evaluation.conformal import score_intervals
from molkit.evaluation.share import wilson
from molkit.report.figures import Picture, drawn, save_pictures
from molkit.report.trust_plots import (
    bars_plot,
    coverage_of,
    coverage_plot,
    error_by_similarity_plot,
    histogram_plot,
    learning_curve_plot,
    levels_plot,
)

RNG = np.random.default_rng(0)
BINS = [("under 0.3", 20, 15, 2.5), ("0.3 to 0.4", 0, 0, 0.0), ("over 0.4", 300, 280, float("inf"))]


def axes(picture: Picture) -> list:
    figure = Figure()
    picture.draw(figure)
    return figure.axes


def all_pictures() -> list[Picture]:
    values = RNG.normal(size=300)
    return [
        coverage_plot(BINS),
        levels_plot([(0.5, 0.45, 100), (0.9, 0.91, 100)]),
        learning_curve_plot([50, 100, 200], [1.2, 1.0, 0.9], [0.1, 0.05, 0.0], 0.4, 1.9),
        learning_curve_plot([50], [1.2]),
        histogram_plot(values, "logS $x_1$ <&>", {"mean": 0.0}),
        histogram_plot(np.array([np.nan]), "nothing"),
        histogram_plot(np.ones(5), "one value", name="same"),
        bars_plot({"in": 3, "out": 0}, "domain", "rows by domain"),
        bars_plot({}, "empty", "nothing"),
        error_by_similarity_plot(RNG.random(300), values, 0.4, 0.3, "log mol/L"),
        error_by_similarity_plot(np.array([]), np.array([])),
    ]


@pytest.mark.parametrize("place", range(11))
def test_each_is_a_whole_file_and_the_same_again(place: int, tmp_path: Path) -> None:
    picture = all_pictures()[place]
    paths = save_pictures(tmp_path / "m", [picture])
    assert [path.name for path in paths] == [f"m-{picture.name}.png", f"m-{picture.name}.svg"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert ET.parse(paths[1]).getroot().tag.endswith("svg")
    assert paths[1].read_bytes() == drawn(picture, "svg")
    assert picture.says


def test_coverage_is_drawn_with_its_interval_and_width() -> None:
    upper, lower = axes(coverage_plot(BINS, 0.8))
    (bars,) = upper.containers
    assert bars.lines[0].get_ydata().tolist() == [15 / 20, 280 / 300]
    ends = [tuple(segment[:, 1]) for segment in bars.lines[2][0].get_segments()]
    assert np.allclose(ends, [wilson(15 / 20, 20), wilson(280 / 300, 300)])
    assert upper.get_lines()[0].get_ydata()[0] == 0.8
    assert lower.patches[0].get_height() == 2.5
    assert [label.get_text().split("\n")[1] for label in lower.get_xticklabels()] == ["n = 20", "n = 0", "n = 300"]


def test_coverage_of_scores_is_that_of_their_bins() -> None:
    y = RNG.normal(size=200)
    scores = score_intervals("t", y, np.zeros(200), np.full(200, -1.0), np.full(200, 1.0), 0.9, RNG.random(200))
    assert scores is not None
    upper, _ = axes(coverage_of(scores))
    shares = upper.containers[0].lines[0].get_ydata()
    assert shares[-1] == pytest.approx(np.mean(np.abs(y) <= 1))
    assert len(shares) == len(scores.bins) + 1


def test_levels_stand_against_what_was_found() -> None:
    (place,) = axes(levels_plot([(0.5, 0.45, 100), (0.9, 0.91, 100)]))
    assert place.get_lines()[1].get_xydata().tolist() == [[0.5, 0.45], [0.9, 0.91]]


def test_a_learning_curve_has_its_floor_and_ceiling() -> None:
    (place,) = axes(learning_curve_plot([50, 100], [1.2, 1.0], [0.1, 0.05], 0.4, 1.9, "MAE"))
    assert sorted(line.get_ydata()[0] for line in place.get_lines() if len(set(line.get_ydata())) == 1) == [0.4, 1.9]
    assert place.get_ylabel() == "MAE"


def test_a_histogram_counts_every_row_and_far_ones_do_not_flatten_it() -> None:
    values = np.r_[RNG.normal(size=4000), 1e9, np.nan]
    (place,) = axes(histogram_plot(values, "x"))
    assert sum(bar.get_height() for bar in place.patches) == 4001
    assert sum(bar.get_height() > 0 for bar in place.patches) > 20


def test_bars_stand_from_top_to_bottom() -> None:
    (place,) = axes(bars_plot({"in": 3, "edge": 2, "out": 1}, "domain", "d"))
    assert [bar.get_width() for bar in place.patches] == [3, 2, 1]
    assert place.yaxis_inverted()


def test_the_median_error_of_a_bin_is_drawn() -> None:
    similarity, error = np.repeat([0.15, 0.95], 5), np.r_[np.arange(5.0), -np.arange(5.0)]
    (place,) = axes(error_by_similarity_plot(similarity, error, out=0.3))
    assert place.get_lines()[0].get_xydata().tolist() == [[0.15, 2.0], [0.95, 2.0]]
    assert place.get_lines()[1].get_xdata()[0] == 0.3
