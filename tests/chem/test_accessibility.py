"""Synthetic accessibility against the values that RDKit keeps beside its code, QED against its parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem, RDConfig
from rdkit.Chem import QED

from molkit.chem.accessibility import load_scorer, qed, synthetic_accessibility

STORED = Path(RDConfig.RDContribDir) / "SA_Score" / "data" / "zim.100.txt"


def test_scores_are_those_stored_with_the_method() -> None:
    rows = [line.split("\t") for line in STORED.read_text().splitlines()[1:] if line.strip()]
    assert len(rows) > 50
    for smiles, _, score in rows:
        assert synthetic_accessibility(Chem.MolFromSmiles(smiles)) == pytest.approx(float(score), abs=1e-3)


def test_a_polycycle_is_harder_to_make_than_ethanol() -> None:
    penicillin = Chem.MolFromSmiles("CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O")
    assert 1 <= synthetic_accessibility(Chem.MolFromSmiles("CCO")) < synthetic_accessibility(penicillin) <= 10


def test_qed_is_the_weighted_geometric_mean_of_desirabilities(nci: list[Chem.Mol]) -> None:
    import math

    for mol in nci[:50]:
        values = QED.properties(mol)
        degrees = [QED.ads(value, QED.adsParameters[name]) for name, value in values._asdict().items()]
        weights = list(QED.WEIGHT_MEAN)
        mean = math.exp(sum(w * math.log(d) for w, d in zip(weights, degrees, strict=True)) / sum(weights))
        assert qed(mol) == pytest.approx(mean)


def test_an_rdkit_without_the_score_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_scorer.cache_clear()
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(OSError, match=r"sascorer\.py"):
        synthetic_accessibility(Chem.MolFromSmiles("CCO"))
