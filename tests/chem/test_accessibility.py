"""Synthetic accessibility against the values that RDKit keeps beside its code."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem, RDConfig

from molkit.chem.accessibility import load_scorer, synthetic_accessibility

STORED = Path(RDConfig.RDContribDir) / "SA_Score" / "data" / "zim.100.txt"


def test_scores_are_those_stored_with_the_method() -> None:
    rows = [line.split("\t") for line in STORED.read_text().splitlines()[1:] if line.strip()]
    assert len(rows) > 50
    for smiles, _, score in rows:
        assert synthetic_accessibility(Chem.MolFromSmiles(smiles)) == pytest.approx(float(score), abs=1e-3)


def test_a_polycycle_is_harder_to_make_than_ethanol() -> None:
    penicillin = Chem.MolFromSmiles("CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O")
    assert 1 <= synthetic_accessibility(Chem.MolFromSmiles("CCO")) < synthetic_accessibility(penicillin) <= 10


def test_an_rdkit_without_the_score_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_scorer.cache_clear()
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(OSError, match=r"sascorer\.py"):
        synthetic_accessibility(Chem.MolFromSmiles("CCO"))
