"""QED against RDKit to the last bit, and against its parts."""

from __future__ import annotations

import math

import pytest
from rdkit import Chem
from rdkit.Chem import QED

from molkit.chem.drug_likeness import qed, qed_properties
from molkit.chem.outline import outline
from molkit.chem.rules import rule_properties


def test_properties_and_score_are_those_of_rdkit(drugs: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    for mol in [*drugs, *nci[::10]]:
        assert qed_properties(outline(mol), rule_properties(mol)) == QED.properties(mol)
        assert qed(mol) == QED.qed(mol)


def test_odd_molecules_have_the_score_of_rdkit(odd: list[Chem.Mol]) -> None:
    for mol in [*odd, *map(Chem.AddHs, odd)]:
        assert qed(mol) == QED.qed(mol)


def test_qed_is_the_weighted_geometric_mean_of_desirabilities(nci: list[Chem.Mol]) -> None:
    for mol in nci[:50]:
        values = QED.properties(mol)
        degrees = [QED.ads(value, QED.adsParameters[name]) for name, value in values._asdict().items()]
        weights = list(QED.WEIGHT_MEAN)
        mean = math.exp(sum(w * math.log(d) for w, d in zip(weights, degrees, strict=True)) / sum(weights))
        assert qed(mol) == pytest.approx(mean)
