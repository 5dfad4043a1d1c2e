"""Percentiles among drugs against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import percentileofscore

from molkit.profile.reference import percentile, to_quantiles


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_percentiles_are_those_of_the_drugs(digits: int) -> None:
    """From 101 quantiles, within one step; ties (few digits) count half, as SciPy's mean of weak and strict has it."""
    drugs = np.random.default_rng(digits).normal(0, 2, 4000).round(digits)
    asked = np.unique(np.concatenate([drugs[:50], [-9.0, 9.0]]))
    found = percentile(np.array(to_quantiles(drugs)), asked)
    expected = np.array([percentileofscore(drugs, value, kind="mean") for value in asked])
    np.testing.assert_allclose(found, expected, atol=1.01)
    assert (np.diff(found) >= 0).all()


def test_what_is_not_predicted_has_no_percentile() -> None:
    assert np.isnan(percentile(np.linspace(0, 1, 101), np.array([np.nan]))).all()
