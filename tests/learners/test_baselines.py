"""The two baselines against plain loops."""

from __future__ import annotations

import numpy as np

from molkit.learners.baselines import mean_baseline, nearest_baseline

LABELS = np.array([[1.0, np.nan], [3.0, 10.0], [np.nan, 20.0], [8.0, 60.0]])


def test_the_mean_is_over_measured_labels() -> None:
    assert mean_baseline(LABELS, 2).tolist() == [[4.0, 30.0], [4.0, 30.0]]


def test_the_nearest_compound_with_a_label_answers() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.integers(0, 4, (50, 4)) / 4  # many ties
    found = nearest_baseline(LABELS, similarity)
    for row in range(50):
        for k in range(2):
            known = [i for i in range(4) if not np.isnan(LABELS[i, k])]
            best = max(known, key=lambda i: (similarity[row, i], -i))
            assert found[row, k] == LABELS[best, k]
