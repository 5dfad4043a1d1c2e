"""One batch of packed graphs as torch_geometric's layers take it: atoms, directed bonds, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from molkit.types import Graphs


@dataclass(frozen=True)
class AtomBatch:
    """Tensors of B graphs; B is stored, so that no layer has to infer it."""

    graphs: int  # B
    atom_fields: Tensor  # int64 [classes, F]
    bond_fields: Tensor  # int64 [classes, F']
    atom_kind: Tensor  # int64 [N], rows of atom_fields
    bond_kind: Tensor  # int64 [E], rows of bond_fields
    edges: Tensor  # int64 [2, E], from atom, to atom
    graph: Tensor  # int64 [N], the graph of each atom, ascending


def atom_batch(graphs: Graphs) -> AtomBatch:
    """Tensors of all graphs of a packed column."""
    arrays = (
        graphs.atom_classes,
        graphs.bond_classes,
        graphs.atoms,
        graphs.bonds,
        graphs.edges,
        np.repeat(np.arange(len(graphs)), np.diff(graphs.atom_offsets)),
    )
    return AtomBatch(len(graphs), *(torch.from_numpy(array.astype(np.int64)) for array in arrays))


def rows(table: Tensor, index: Tensor) -> Tensor:
    """The listed rows of a table [classes, width]."""
    return functional.embedding(index, table)


def graph_sums(atoms: Tensor, batch: AtomBatch) -> Tensor:
    """Sum over the atoms of each graph: [N, width] to [B, width]."""
    return atoms.new_zeros(batch.graphs, atoms.shape[1]).index_add(0, batch.graph, atoms)


def graph_means(atoms: Tensor, batch: AtomBatch) -> Tensor:
    """Mean over the atoms of each graph: [N, width] to [B, width]."""
    counts = torch.bincount(batch.graph, minlength=batch.graphs)
    return graph_sums(atoms, batch) / counts[:, None]
