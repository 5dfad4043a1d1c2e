"""What is kept of a long stream of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.report import thinned as module
from molkit.report.thinned import Thinned


def test_a_long_stream_is_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_VALUES", 100)
    kept = Thinned()
    for start in range(0, 10_000, 37):
        kept.add(np.arange(start, min(10_000, start + 37), dtype=float))
        assert len(kept.all) <= 137
    steps = np.diff(kept.all)
    assert set(steps) == {steps[0]}
    assert kept.all[0] == 0
    assert kept.all[-1] > 10_000 - 2 * steps[0]
