"""Shortcuts are taken where the model's own check allows them and the processor gains by them."""

from __future__ import annotations

import pytest

from molkit.engine import shortcuts
from molkit.engine.shortcuts import LIMITS, Shortcuts, shortcuts_from_dict


@pytest.mark.parametrize("able", [True, False])
def test_limits_and_processor_decide(able: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts, "multiplies_bfloat16", lambda: able)
    under = {name: {"change": limit, "compounds": 300} for name, limit in LIMITS.items()}
    over = {name: {"change": 1.01 * limit, "compounds": 300} for name, limit in LIMITS.items()}
    assert shortcuts_from_dict(under) == Shortcuts(bfloat16=able, as_drawn=True)
    assert shortcuts_from_dict(over) == Shortcuts()
    assert shortcuts_from_dict({}) == Shortcuts()  # a file of before the check


def test_a_model_of_trees_asks_no_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> bool:
        raise AssertionError

    monkeypatch.setattr(shortcuts, "multiplies_bfloat16", asked)
    assert shortcuts_from_dict({"as_drawn": {"change": 0.01}}) == Shortcuts(as_drawn=True)
