"""Drawings: well-formed, free of the user's text, and true to the structure."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from rdkit import Chem

from molkit.chem.draw import drawn_block, svg

DRAWN = ["C[C@H](N)C(=O)O", "F/C=C\\F", "c1ccc2[nH]ccc2c1", "C[C@H]1CC[C@@H](C)CC1", "[2H]C([2H])O", "C[N+](C)(C)C"]


@pytest.mark.parametrize("smiles", DRAWN)
def test_a_drawn_block_reads_back_as_the_same_structure(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    block = drawn_block(mol)
    again = Chem.MolFromMolBlock(block)
    assert Chem.MolToSmiles(again) == Chem.MolToSmiles(mol)
    assert mol.GetNumConformers() == 0
    places = again.GetConformer().GetPositions()[:, :2]
    nearest = min(abs(complex(*(a - b))) for i, a in enumerate(places) for b in places[:i])
    assert nearest > 0.5


@pytest.mark.parametrize("smiles", [*DRAWN, "C", "[Na+].[Cl-]"])
def test_a_drawing_is_one_svg_element_of_the_size_asked_for(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    drawing = svg(mol, 300, 200)
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "0 0 300 200"
    assert drawing.startswith("<svg")
    assert root.findall(".//{http://www.w3.org/2000/svg}path")
    assert mol.GetNumConformers() == 0


def test_text_of_the_user_never_enters_a_drawing() -> None:
    mol = Chem.MolFromSmiles("CCO")
    mol.SetProp("_Name", "<script>alert(1)</script>")
    for atom in mol.GetAtoms():
        atom.SetProp("note", "<b>x</b>")
    elements = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg(mol)).iter()}
    assert not elements & {"script", "b", "text", "image", "a", "foreignObject"}
    assert "alert" not in svg(mol)
