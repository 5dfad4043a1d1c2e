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
    message_kinds: Tensor  # int64 [M], the classes of those edges
    message_offsets: Tensor  # int64 [E]
    arrivals: Tensor  # int64 [E], edges that end in each atom
    arrival_offsets: Tensor  # int64 [N]
    members: Tensor  # int64 [N], the atoms, without those that only pad
    atom_offsets: Tensor  # int64 [B], first atom of each graph
    atom_counts: Tensor  # float32 [B, 1]


def graph_batch(graphs: Graphs, multiple: int = 1) -> GraphBatch:
    """Tensors of all graphs of a packed column.

    N and E are padded to multiples of `multiple` (kinds of 64) by atoms and edges that nothing hears: matrix
    libraries keep code and memory for every shape that they have met.
    """
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
    more_edges, more_atoms = -len(source) % multiple, -atoms % multiple
    arrays = (
        graphs.atom_classes.astype(np.int64),
        graphs.bond_classes.astype(np.int64),
        np.pad(np.stack(np.divmod(kinds, width), axis=1), ((0, -len(kinds) % min(multiple, 64)), (0, 0))),
        np.pad(edge_kind, (0, more_edges)),
        np.pad(graphs.atoms.astype(np.int64), (0, more_atoms)),
        lists[keep],
        edge_kind[lists[keep]],
        np.pad(np.cumsum(counts) - counts, (0, more_edges), constant_values=keep.sum()),
        arrivals,
        np.pad(first, (0, more_atoms), constant_values=len(arrivals)),
        np.arange(atoms),
        graphs.atom_offsets[:-1],
        np.diff(graphs.atom_offsets).astype(np.float32)[:, None],
    )
    return GraphBatch(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
