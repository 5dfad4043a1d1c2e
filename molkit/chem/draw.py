"""Structures as pictures and as drawn mol blocks."""

from __future__ import annotations

from typing import Any

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D


def drawn_block(mol: Chem.Mol) -> str:
    """MDL mol block with 2-D coordinates."""
    copy = Chem.Mol(mol)
    rdDepictor.Compute2DCoords(copy)
    return str(Chem.MolToMolBlock(copy))


def svg(mol: Chem.Mol, width: int = 220, height: int = 150) -> str:
    """A drawing as an SVG element without declaration; it holds paths only, no text from the user."""
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    drawer.DrawMolecule(mol)
    drawer.FinishDrawing()
    return str(drawer.GetDrawingText()).partition("?>")[2].strip()
