"""Graph isomorphism network (Xu et al., ICLR 2019) with bonds in its messages (Hu et al., ICLR 2020)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS
from molkit.nn.atom_batch import AtomBatch, atom_batch, graph_means, rows
from molkit.nn.dmpnn import FieldEmbedding
from molkit.nn.dropout import Dropout
from molkit.types import Graphs


class GraphIsomorphism(nn.Module):
    """x <- x + MLP((1 + e) x + sum over neighbours of relu(x' + bond));  molecule = mean over atoms.

    The paper normalises over the batch; here each atom is normalised by itself, so that a molecule has the
    same vector in every company.
    """

    feature = "graph"

    def __init__(self, width: int = 320, depth: int = 3, dropout: float = 0.0) -> None:
        from torch_geometric.nn import GINEConv  # takes seconds to import

        super().__init__()
        self.width = width
        self.atom_input = FieldEmbedding(ATOM_FIELDS, width)
        self.bond_inputs = nn.ModuleList(FieldEmbedding(BOND_FIELDS, width) for _ in range(depth))
        self.layers = nn.ModuleList(GINEConv(_perceptron(width), train_eps=True) for _ in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(graphs: Graphs) -> AtomBatch:
        """What `forward` takes, from a packed column."""
        return atom_batch(graphs)

    def forward(self, batch: AtomBatch) -> Tensor:
        """Vectors [B, width]."""
        atoms = rows(self.atom_input(batch.atom_fields), batch.atom_kind)
        for bond_input, layer, norm in zip(self.bond_inputs, self.layers, self.norms, strict=True):
            bonds = rows(bond_input(batch.bond_fields), batch.bond_kind)
            atoms = atoms + self.dropout(torch.relu(norm(layer(atoms, batch.edges, bonds))))
        return graph_means(atoms, batch)


def _perceptron(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
