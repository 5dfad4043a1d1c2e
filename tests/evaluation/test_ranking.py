"""Early recognition against RDKit's scoring, and equal scores against the mean over their orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rdkit.ML.Scoring import Scoring

from molkit.evaluation.metrics import METRICS, find_metric
from molkit.evaluation.ranking import average_precision, bedroc, enrichment, enrichment_ceiling, roc_auc

LABELS = st.lists(st.booleans(), min_size=2, max_size=60).map(lambda labels: np.array(labels, float))
FRACTIONS = (0.01, 0.05, 0.1)


def rdkit_bedroc(y: np.ndarray) -> float:
    return float(Scoring.CalcBEDROC([[label] for label in y], 0, 20.0))


def rdkit_enrichment(y: np.ndarray, fraction: float) -> float:
    return float(Scoring.CalcEnrichment([[label] for label in y], 0, [fraction])[0])


@given(LABELS)
def test_early_recognition_is_rdkits(y: np.ndarray) -> None:
    """RDKit takes labels in the order of a ranking without ties."""
    assume(0 < y.sum() < len(y))
    p = -np.arange(len(y)) * 1.0
    assert bedroc(y, p) == pytest.approx(rdkit_bedroc(y), abs=1e-9)
    for fraction in FRACTIONS:
        assert enrichment(y, p, fraction=fraction) == pytest.approx(rdkit_enrichment(y, fraction), abs=1e-9)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=2, max_size=6))
def test_equal_scores_get_the_mean_over_their_orders(rows: list[tuple[bool, int]]) -> None:
    y, p = np.array(rows, float).T
    assume(0 < y.sum() < len(y))
    orders = [np.array(order) for order in permutations(range(len(y)))]
    ranked = [order for order in orders if (np.diff(p[order]) <= 0).all()]
    assert bedroc(y, p) == pytest.approx(np.mean([rdkit_bedroc(y[order]) for order in ranked]), abs=1e-9)
    for fraction in (0.1, 0.4, 0.9):
        mean = np.mean([enrichment(y[order], -np.arange(len(y)) * 1.0, fraction=fraction) for order in ranked])
        assert enrichment(y, p, fraction=fraction) == pytest.approx(mean, abs=1e-9)


@given(LABELS)
def test_the_best_ranking_reaches_the_ceiling(y: np.ndarray) -> None:
    assume(0 < y.sum() < len(y))
    for metric in METRICS["binary"]:
        if metric.ceiling is not None:
            assert metric.function(y, y) == pytest.approx(metric.ceiling(y), abs=1e-9), metric.name
    for fraction in FRACTIONS:
        assert enrichment_ceiling(y, fraction) <= 1 / fraction + 1e-9
    assert bedroc(y, 1 - y) == pytest.approx(0, abs=1e-9)
    assert (roc_auc(y, y), average_precision(y, y)) == (1.0, 1.0)


@pytest.mark.parametrize("y", [np.empty(0), np.zeros(4), np.ones(4)])
def test_one_class_or_nothing_is_undefined(y: np.ndarray) -> None:
    p = np.linspace(0, 1, len(y))
    assert np.isnan([roc_auc(y, p), bedroc(y, p)]).all()
    assert np.isnan(enrichment(y, p, fraction=0.1)) == (not y.any())
    assert np.isnan(find_metric("PR-AUC").function(y, p)) == (not y.any())
