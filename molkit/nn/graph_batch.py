"""One batch of packed graphs as tensors, with the row lists that message passing sums over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from molkit.data.batching import ranges
from molkit.types import Graphs


@dataclass(frozen=True)
class GraphBatch:
    """Tensors of B graphs; every sum in the network is a sum over prepared rows.

    Edge class t stands for the pair (class of the first atom, class of the bond); a drug-like batch has
    about a hundred, so the input layer is computed once per class.
    """

    atom_fields: Tensor  # int64 [classes, F], fields of each atom class in use
    bond_fields: Tensor  # int64 [classes, F']
    edge_kinds: Tensor  # int64 [kinds, 2], rows of atom_fields and bond_fields
    edge_kind: Tensor  # int64 [E]
    atom_kind: Tensor  # int64 [N]
    messages: Tensor  # int64 [M], edges that flow into each edge, reverse left out
    message_offsets: Tensor  # int64 [E]
    arrivals: Tensor  # int64 [E], edges that end in each atom
    arrival_offsets: Tensor  # int64 [N]
    atom_offsets: Tensor  # int64 [B], first atom of each graph
    atom_counts: Tensor  # float32 [B, 1]


def graph_batch(graphs: Graphs) -> GraphBatch:
    """Tensors of all graphs of a packed column."""
    source, target = graphs.edges.astype(np.int64)
    atoms = len(graphs.atoms)
    arrivals = np.argsort(target, kind="stable")
    incoming = np.bincount(target, minlength=atoms)
    first = np.cumsum(incoming) - incoming
    # the edges into the source of each edge, then without the edge that came from its target
    lists = arrivals[ranges(first[source], first[source] + incoming[source])]
    owner = np.repeat(np.arange(len(source)), incoming[source])
    keep = lists != owner ^ 1
    counts = incoming[source] - 1
    width = len(graphs.bond_classes)
    kinds, edge_kind = np.unique(graphs.atoms[source].astype(np.int64) * width + graphs.bonds, return_inverse=True)
    arrays = (
        graphs.atom_classes.astype(np.int64),
        graphs.bond_classes.astype(np.int64),
        np.stack(np.divmod(kinds, width), axis=1),
        edge_kind,
        graphs.atoms.astype(np.int64),
        lists[keep],
        np.cumsum(counts) - counts,
        arrivals,
        first,
        graphs.atom_offsets[:-1],
        np.diff(graphs.atom_offsets).astype(np.float32)[:, None],
    )
    return GraphBatch(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
