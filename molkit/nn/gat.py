"""Graph attention that depends on both atoms and their bond (GATv2: Brody, Alon and Yahav, ICLR 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS
from molkit.nn.atom_batch import AtomBatch, atom_batch, graph_means, rows
from molkit.nn.dmpnn import FieldEmbedding
from molkit.nn.dropout import Dropout
from molkit.types import Graphs


class GraphAttention(nn.Module):
    """x <- x + relu(sum over neighbours of share * W x');  molecule = mean over atoms.

    The shares add up to one per head; they are the softmax of a . leaky(W x' + V x + U bond). An atom keeps
    itself by the first term, so atoms without bonds need no bond to themselves.
    """

    feature = "graph"

    def __init__(self, width: int = 320, depth: int = 3, dropout: float = 0.0, heads: int = 4) -> None:
        from torch_geometric.nn import GATv2Conv  # takes seconds to import

        super().__init__()
        if width % heads:
            raise ValueError(f"expected a width that {heads} heads can share, got {width}")
        self.width = width
        self.atom_input = FieldEmbedding(ATOM_FIELDS, width)
        self.bond_input = FieldEmbedding(BOND_FIELDS, width)
        self.layers = nn.ModuleList(
            GATv2Conv(width, width // heads, heads, edge_dim=width, add_self_loops=False) for _ in range(depth)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(graphs: Graphs) -> AtomBatch:
        """What `forward` takes, from a packed column."""
        return atom_batch(graphs)

    def forward(self, batch: AtomBatch) -> Tensor:
        """Vectors [B, width]."""
        atoms = rows(self.atom_input(batch.atom_fields), batch.atom_kind)
        bonds = rows(self.bond_input(batch.bond_fields), batch.bond_kind)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            atoms = atoms + self.dropout(torch.relu(norm(layer(atoms, batch.edges, bonds))))
        return graph_means(atoms, batch)
