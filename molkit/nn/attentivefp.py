"""Attentive FP (Xiong et al., J. Med. Chem. 2020, 63, 8749): gated attention over atoms, then over the molecule."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS
from molkit.nn.atom_batch import AtomBatch, atom_batch, graph_sums, rows
from molkit.nn.dmpnn import FieldEmbedding
from molkit.nn.dropout import Dropout
from molkit.types import Graphs


class AttentiveFingerprint(nn.Module):
    """Atoms hear their neighbours through attention and a gated unit, `depth` times; the first time with bonds.

    The molecule starts as the sum of its atoms and hears them in the same way, `timesteps` times. Layers of
    torch_geometric; its complete model infers the number of graphs from the atoms and ends in one output.
    """

    feature = "graph"

    def __init__(self, width: int = 200, depth: int = 2, dropout: float = 0.0, timesteps: int = 2) -> None:
        from torch_geometric.nn import GATConv  # takes seconds to import
        from torch_geometric.nn.models.attentive_fp import GATEConv

        super().__init__()

        def attention() -> nn.Module:
            return GATConv(width, width, add_self_loops=False, negative_slope=0.01)

        self.width, self.timesteps = width, timesteps
        self.atom_input = FieldEmbedding(ATOM_FIELDS, width)
        self.bond_input = FieldEmbedding(BOND_FIELDS, width)
        self.first_attention = GATEConv(width, width, edge_dim=width)
        self.attentions = nn.ModuleList(attention() for _ in range(depth - 1))
        self.gates = nn.ModuleList(nn.GRUCell(width, width) for _ in range(depth))
        self.molecule_attention = attention()
        self.molecule_gate = nn.GRUCell(width, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(graphs: Graphs) -> AtomBatch:
        """What `forward` takes, from a packed column."""
        return atom_batch(graphs)

    def forward(self, batch: AtomBatch) -> Tensor:
        """Vectors [B, width]."""
        return self._molecules(self._atoms(batch), batch)

    def _atoms(self, batch: AtomBatch) -> Tensor:
        atoms = functional.leaky_relu(rows(self.atom_input(batch.atom_fields), batch.atom_kind))
        bonds = rows(self.bond_input(batch.bond_fields), batch.bond_kind)
        heard = self.first_attention(atoms, batch.edges, bonds)
        for gate, attention in zip(self.gates, [*self.attentions, None], strict=True):
            atoms = torch.relu(gate(self.dropout(functional.elu(heard)), atoms))
            if attention is not None:
                heard = attention(atoms, batch.edges)
        return atoms

    def _molecules(self, atoms: Tensor, batch: AtomBatch) -> Tensor:
        membership = torch.stack([torch.arange(len(atoms)), batch.graph])
        molecules = torch.relu(graph_sums(atoms, batch))
        for _ in range(self.timesteps):
            heard = functional.elu(self.molecule_attention((atoms, molecules), membership))
            molecules = torch.relu(self.molecule_gate(self.dropout(heard), molecules))
        return molecules
