"""Scores per drug or protein against scoring each one's rows."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.evaluation.entities import EntityScore, break_down, per_entity
from molkit.evaluation.metrics import find_metric


def test_each_entity_is_scored_on_its_own_rows() -> None:
    rng = np.random.default_rng(0)
    groups = [f"target {i}" for i in rng.integers(0, 7, 200)]
    y, p = rng.normal(size=(2, 200))
    y[::9], p[::13] = np.nan, np.inf
    metric = find_metric("concordance index")
    found = per_entity(metric, y, p, groups)
    assert {score.entity for score in found} == set(groups)
    assert [score.n for score in found] == sorted((score.n for score in found), reverse=True)
    for score in found:
        own = np.array([g == score.entity for g in groups]) & np.isfinite(y) & np.isfinite(p)
        assert (score.n, score.value) == (own.sum(), pytest.approx(metric.function(y[own], p[own])))


def test_an_entity_without_a_score_keeps_its_line() -> None:
    y, p = np.array([1.0, 1.0, np.nan]), np.array([0.2, 0.3, 0.4])
    assert per_entity(find_metric("concordance index"), y, p, ["a", "a", "b"]) == [
        EntityScore("a", 2, None),
        EntityScore("b", 0, None),
    ]


def test_classes_are_cut_at_the_threshold() -> None:
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.4, 0.4, 0.2])
    found = per_entity(find_metric("recall"), y, p, ["a", "a", "b"], np.array([0.3, 0.3, 0.1]))
    assert [score.value for score in found] == [1, 1]


def test_a_breakdown_names_the_worst_of_those_with_rows_enough() -> None:
    groups = np.repeat([0, 1, 2, 3], [12, 12, 12, 3])
    y = np.arange(39.0)
    p = y + np.array([1.0, -3.0, 2.0, 50.0])[groups]
    found = break_down("pKd", "protein", find_metric("RMSE"), y, p, groups, [f"P{g}" for g in groups])
    assert found is not None
    assert (found.entities, found.counted, found.mean, found.median) == (4, 3, 2.0, 2.0)
    assert found.worst == (("P1", 12, 3.0), ("P2", 12, 2.0), ("P0", 12, 1.0))
    assert break_down("pKd", "protein", find_metric("RMSE"), y, p, np.arange(39), ["x"] * 39) is None


def test_of_a_score_that_should_be_high_the_lowest_are_worst() -> None:
    groups, y = np.repeat([0, 1], 20), np.tile([0.0, 1.0], 20)
    p = np.where(groups == 0, y, 1 - y)
    found = break_down("t", "drug", find_metric("ROC-AUC", "binary"), y, p, groups, ["good"] * 20 + ["bad"] * 20)
    assert found is not None
    assert [name for name, _, _ in found.worst] == ["bad", "good"]
