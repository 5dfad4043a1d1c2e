"""Directed message passing (Yang et al., J. Chem. Inf. Model. 2019, 59, 3370)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS
from molkit.nn.atom_batch import rows
from molkit.nn.dropout import Dropout
from molkit.nn.graph_batch import GraphBatch, graph_batch
from molkit.nn.product import product
from molkit.types import Graphs

_PADDED_TO = 256


class FieldEmbedding(nn.Module):
    """A linear layer on concatenated one-hot fields, computed as a sum of looked-up rows."""

    def __init__(self, sizes: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(sum(sizes), width))
        starts = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)
        # as nn.Linear would start for the number of inputs that are one at a time
        bound = len(sizes) ** -0.5
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, fields: Tensor) -> Tensor:
        """Class table int64 [classes, F] to [classes, width]."""
        return functional.embedding_bag(fields + self.starts, self.weight, mode="sum")


class DirectedMessagePassing(nn.Module):
    """Hidden states live on directed bonds; a bond never hears its own reverse.

    h0 = relu(W_i [atom, bond]);  h <- relu(h0 + W_h sum of incoming h);
    atom = relu(W_o [atom, sum of arriving h]);  molecule = mean over atoms.
    """

    feature = "graph"
    reduced = True  # may compute in bfloat16

    def __init__(self, width: int = 320, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width, self.depth = width, depth
        self.atom_input = FieldEmbedding(ATOM_FIELDS, width)
        self.bond_input = FieldEmbedding(BOND_FIELDS, width)
        self.hidden = nn.Linear(width, width, bias=False)
        self.atom_output = FieldEmbedding(ATOM_FIELDS, width)
        self.output = nn.Linear(width, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(graphs: Graphs) -> GraphBatch:
        """What `forward` takes, from a packed column."""
        return graph_batch(graphs)

    @staticmethod
    def padded_batch(graphs: Graphs) -> GraphBatch:
        """The same in few different shapes, for predicting."""
        return graph_batch(graphs, _PADDED_TO)

    def forward(self, batch: GraphBatch) -> Tensor:
        """Vectors [B, width]."""
        return self._readout(self._bond_states(batch), batch)

    def _bond_states(self, batch: GraphBatch) -> Tensor:
        atoms, bonds = self.atom_input(batch.atom_fields), self.bond_input(batch.bond_fields)
        kinds = atoms[batch.edge_kinds[:, 0]] + bonds[batch.edge_kinds[:, 1]]
        if self.depth == 1:
            return rows(functional.relu(kinds), batch.edge_kind)
        # a product of a sum is a sum of products, and there are few kinds and states to multiply
        messages = product(self.hidden, functional.relu(kinds))
        start = rows(kinds, batch.state_kind)
        states = self.dropout(_sums(messages, batch.state_messages, batch.state_offsets).add_(start).relu_())
        if self.depth == 2:
            return rows(states, batch.edge_state)
        messages = product(self.hidden, states)
        start = rows(kinds, batch.edge_kind)
        hidden = self.dropout(_sums(messages, batch.message_states, batch.message_offsets).add_(start).relu_())
        for _ in range(self.depth - 3):
            incoming = _sums(hidden, batch.messages, batch.message_offsets)
            hidden = self.dropout(product(self.hidden, incoming).add_(start).relu_())
        return hidden

    def _readout(self, hidden: Tensor, batch: GraphBatch) -> Tensor:
        arriving = _sums(hidden, batch.arrivals, batch.arrival_offsets)
        own = rows(self.atom_output(batch.atom_fields), batch.atom_kind)
        atoms = self.dropout(product(self.output, arriving).add_(own).relu_())
        return _sums(atoms, batch.members, batch.atom_offsets) / batch.atom_counts


def _sums(values: Tensor, listed: Tensor, offsets: Tensor) -> Tensor:
    """Sum of the listed rows of `values` for every list; lists may be empty."""
    return functional.embedding_bag(listed, values, offsets, mode="sum")
