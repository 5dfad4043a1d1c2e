"""Graph attention against a plain loop over atoms and heads."""

from __future__ import annotations

import pytest
import torch
from rdkit import Chem
from torch import Tensor
from torch.nn import functional

from molkit.features.graph import GraphFeaturizer
from molkit.nn.atom_batch import AtomBatch
from molkit.nn.gat import GraphAttention

WIDTH, HEADS = 12, 3


def heard(layer: torch.nn.Module, atoms: Tensor, bonds: Tensor, edges: list[list[int]]) -> Tensor:
    """Equation 7 of Brody et al. with bonds: what each atom hears, head by head."""
    sent, own, by_bond = layer.lin_l(atoms), layer.lin_r(atoms), layer.lin_edge(bonds)
    result = torch.zeros(len(atoms), WIDTH)
    for target in range(len(atoms)):
        incoming = [place for place, edge in enumerate(edges) if edge[1] == target]
        for head in range(HEADS):
            part = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
            sources = [edges[place][0] for place in incoming]
            joined = functional.leaky_relu(sent[sources][:, part] + own[target, part] + by_bond[incoming][:, part], 0.2)
            shares = torch.softmax(joined @ layer.att[0, head], dim=0)
            result[target, part] = shares @ sent[sources][:, part]
    return result + layer.bias


def looped(model: GraphAttention, batch: AtomBatch) -> Tensor:
    atoms = model.atom_input(batch.atom_fields)[batch.atom_kind]
    bonds = model.bond_input(batch.bond_fields)[batch.bond_kind]
    for layer, norm in zip(model.layers, model.norms, strict=True):
        atoms = atoms + torch.relu(norm(heard(layer, atoms, bonds, batch.edges.T.tolist())))
    return atoms.mean(dim=0)


def test_vectors_equal_a_loop_over_atoms(varied: list[Chem.Mol]) -> None:
    torch.manual_seed(1)
    model = GraphAttention(width=WIDTH, depth=2, heads=HEADS).eval()
    mols = varied[::3]
    with torch.no_grad():
        found = model(model.batch(GraphFeaturizer()(mols)))
        expected = torch.stack([looped(model, model.batch(GraphFeaturizer()([mol]))) for mol in mols])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_width_that_the_heads_cannot_share_is_refused() -> None:
    with pytest.raises(ValueError, match="4 heads"):
        GraphAttention(width=30)
