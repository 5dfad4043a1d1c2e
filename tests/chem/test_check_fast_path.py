"""scripts/check_fast_path.py counts every line and notices a difference."""

from __future__ import annotations

from types import ModuleType

import pytest
from loaded import load

import molkit.chem.standardise as standardise


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load("scripts/check_fast_path.py")


TEXTS = ["CCO", "c1ccccc1", "CC(=O)[O-].[Na+]", "C[Mg]Br", "C1CC", "[CH3:1]C"]


def test_every_line_is_counted(script: ModuleType) -> None:
    counts, different = script.check(TEXTS)
    assert different == []
    assert counts == {
        "fast": 2,
        "full": 2,
        "full, but nothing was done": 1,
        "full, unsupported": 1,
        "problem invalid_syntax": 1,
    }


def test_a_difference_is_noticed(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "needs_full_policy", lambda text, mol: False)
    counts, different = script.check(["CC(=O)[O-].[Na+]", "C[Mg]Br", "CCO"])
    assert counts["fast"] == 3
    assert len(different) == 2
    assert standardise.needs_full_policy("CC(=O)[O-]", None)
