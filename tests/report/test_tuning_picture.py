"""The picture and the table of a search."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from molkit.report.figures import drawn, save_pictures
from molkit.report.tuning import tuning_picture, tuning_table
from molkit.tuning.found import Found
from molkit.tuning.goal import Goal
from molkit.tuning.study import Trial

VALUES = [1.0, 1.2, None, 0.8, 0.9, None]
TRIALS = [Trial("forest", place, "pruned" if value is None else "complete", value, 3, {}, 0.1, "")
          for place, value in enumerate(VALUES)]  # fmt: skip
FOREST = Found("forest", "RMSE", 4, 2, 0, 1.0, 0.8, {"trees": 90, "columns_per_split": 0.12345},
               {"columns_per_split": 0.7, "trees": 0.3})  # fmt: skip
NOTHING = Found("boosting", "RMSE", 0, 0, 0, None, None, {}, {})


@pytest.mark.parametrize("metric", ["RMSE", "Spearman"])
def test_the_picture_shows_the_best_so_far_and_what_mattered(metric: str) -> None:
    figure = Figure()
    tuning_picture([FOREST], TRIALS, Goal(("regression",), (metric,), (1.0,))).draw(figure)
    history, importance = figure.axes
    (line,) = history.lines
    values = np.array([value for value in VALUES if value is not None])
    best = (np.maximum if metric == "Spearman" else np.minimum).accumulate(values)
    np.testing.assert_array_equal(line.get_ydata(), [*best, best[-1]])
    np.testing.assert_array_equal(history.collections[0].get_offsets(), np.c_[[0, 1, 3, 4], values])
    np.testing.assert_array_equal(history.collections[1].get_offsets()[:, 0], [2, 5])
    assert {round(bar.get_width(), 2) for bar in importance.patches} == {0.7, 0.3}


def test_it_is_a_whole_file_and_the_same_again(tmp_path: Path) -> None:
    picture = tuning_picture([FOREST, NOTHING], TRIALS, Goal(("regression",), ("RMSE",), (1.0,)))
    paths = save_pictures(tmp_path / "m", [picture])
    assert [path.name for path in paths] == ["m-tuning.png", "m-tuning.svg"]
    assert ET.parse(paths[1]).getroot().tag.endswith("svg")
    assert paths[1].read_bytes() == drawn(picture, "svg")


def test_the_table_has_a_line_for_each_learner() -> None:
    head, forest, nothing = tuning_table([FOREST, NOTHING]).splitlines()
    assert head.split()[0] == "learner"
    assert "RMSE by default" in head
    assert forest.split()[:6] == ["forest", "4", "2", "0", "1", "0.8"]
    assert forest.endswith("trees 90, columns_per_split 0.123")
    assert nothing.endswith("the default ones")
