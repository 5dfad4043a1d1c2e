"""molkit.chem.quiet silences RDKit inside, and only inside."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molkit.chem.quiet import QUIET


def test_logs_are_blocked_inside_and_restored_outside(capfd: pytest.CaptureFixture[str]) -> None:
    with QUIET:
        with QUIET:
            Chem.MolFromSmiles("C1CC")
        Chem.MolFromSmiles("C1CC")
    assert capfd.readouterr().err == ""
    Chem.MolFromSmiles("C1CC")
    assert "unclosed ring" in capfd.readouterr().err


def test_logs_are_restored_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="planned"), QUIET:
        raise ValueError("planned")
    Chem.MolFromSmiles("C1CC")
    assert capfd.readouterr().err
