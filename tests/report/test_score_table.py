"""The printed table of scores: nothing lost, nothing wider than a terminal, what is missing said."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.evaluation.metrics import shown_metrics
from molkit.evaluation.scores import Score, average_scores, score_target
from molkit.report.text import score_table

METHODS = ("molkit", "boosting", "forest", "dmpnn", "nearest compound", "training mean")


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    rng = np.random.default_rng(0)
    found = []
    for target in ("NR-AR", "NR-ER"):
        y = (rng.random(80) < 0.3).astype(float)
        for method in METHODS:
            p = np.full(80, 0.2) if method == "training mean" else 0.6 * y + 0.4 * rng.random(80)
            if method == "forest":
                p[:2] = np.nan
            found += score_target(target, method, "binary", y, p, 0.5, 0)
    return found


def test_every_score_and_method_is_shown_on_lines_that_fit(scores: list[Score]) -> None:
    text = score_table([*scores, *average_scores(scores)])
    assert max(map(len, text.splitlines())) <= 120
    for score in scores:
        if score.value is not None:
            assert f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]" in text
    for name in (
        *METHODS,
        *(metric.name for metric in shown_metrics("binary")),
        "average over targets",
        "chance",
        "at most",
    ):
        assert name in text


def test_failures_and_undefined_scores_are_told(scores: list[Score]) -> None:
    text = score_table(scores)
    assert "forest: 2 measured rows have no prediction" in text
    assert "precision, training mean: needs a predicted positive" in text
    assert "undefined" in text


def test_numbers_have_their_unit_and_series_their_size() -> None:
    rng = np.random.default_rng(0)
    y, keys = rng.normal(size=40), ["a"] * 10 + ["b"] * 10 + [""] * 20
    text = score_table(score_target("IC50", "m", "regression", y, y, 0.5, 0, "log10 nM", series=keys))
    assert text.startswith("IC50 (log10 nM): 40 compounds; value [95 % interval]\n")
    assert "pair order: 20 compounds" in text


def test_a_score_without_an_interval_is_still_a_score() -> None:
    text = score_table(score_target("t", "m", "regression", np.array([1.0]), np.array([1.5]), 0.5, 0))
    assert "RMSE  0.500" in " ".join(text.replace("chance", "").split("\n")) or "0.500" in text
    assert "[0.5" not in text
