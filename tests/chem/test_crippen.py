"""logP and refractivity against RDKit, bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem, RDConfig
from rdkit.Chem import rdMolDescriptors

from molkit.chem import crippen
from molkit.chem.outline import outline
from molkit.chem.requirements import _weakened


def test_shares_are_those_of_rdkit(drugs: list[Chem.Mol], nci: list[Chem.Mol], odd: list[Chem.Mol]) -> None:
    for mol in [*drugs, *nci[::4], *odd, *map(Chem.AddHs, odd), *drugs]:
        seen = outline(mol)
        assert crippen.shares(seen) == list(rdMolDescriptors._CalcCrippenContribs(Chem.AddHs(mol)))
        assert crippen.log_p(seen) == rdMolDescriptors.CalcCrippenDescriptors(mol, force=True)[0]


def test_a_known_molecule_is_not_asked_about_again(drugs: list[Chem.Mol], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [outline(mol) for mol in drugs if mol.GetNumAtoms() < 50]
    expected = [crippen.shares(one) for one in seen if one.plain]
    monkeypatch.setattr(crippen, "_asked", None)
    assert [crippen.shares(one) for one in seen if one.plain] == expected


def test_without_room_nothing_is_kept_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = outline(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))
    expected = crippen.shares(seen)
    monkeypatch.setattr(crippen, "_SHARES", {})
    monkeypatch.setattr(crippen, "_ROOM", 0)
    assert crippen.shares(seen) == expected
    assert crippen._SHARES == {}


def test_no_pattern_looks_further_than_the_surroundings() -> None:
    """RDKit's own list: one bond from an atom, two from an oxygen, for a hydrogen from the atom that it is on."""
    lines = (Path(RDConfig.RDDataDir) / "Crippen.txt").read_text(encoding="latin-1").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    patterns = [Chem.MolFromSmarts(row[1]) for row in rows if len(row) > 1 and row[1].strip()]
    assert len(patterns) > 100
    for pattern in patterns:
        atoms = [atom.GetSmarts().strip("[]") for atom in pattern.GetAtoms()]
        assert [_weakened(f"[{atom}]") for atom in atoms] == [f"[{atom}]" for atom in atoms]
        reach = int(Chem.GetDistanceMatrix(pattern)[0].max())
        if atoms[0] == "#1":
            reach, atoms = reach - 1, atoms[1:]
        assert reach <= (2 if atoms and atoms[0].startswith(("O", "#8")) else 1), atoms
