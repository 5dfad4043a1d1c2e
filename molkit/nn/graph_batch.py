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

    Edge kind t stands for the pair (class of the first atom, class of the bond); a drug-like batch has about
    a hundred. Edge state d stands for an edge kind and the kinds that flow into it, which is all that an edge
    knows after one round of messages: about a seventh of the edges differ in it. What depends on kind or
    state alone is computed once for each.
    """

    atom_fields: Tensor  # int64 [classes, F], fields of each atom class in use
    bond_fields: Tensor  # int64 [classes, F']
    edge_kinds: Tensor  # int64 [kinds, 2], rows of atom_fields and bond_fields
    edge_kind: Tensor  # int64 [E]
    state_kind: Tensor  # int64 [D], the edge kind of each state
    state_messages: Tensor  # int64 [S], edge kinds that flow into each state
    state_offsets: Tensor  # int64 [D]
    edge_state: Tensor  # int64 [E]
    atom_kind: Tensor  # int64 [N]
    messages: Tensor  # int64 [M], edges that flow into each edge, reverse left out
    message_states: Tensor  # int64 [M], the states of those edges
    message_offsets: Tensor  # int64 [E]
    arrivals: Tensor  # int64 [E], edges that end in each atom
    arrival_offsets: Tensor  # int64 [N]
    members: Tensor  # int64 [N], the atoms, without those that only pad
    atom_offsets: Tensor  # int64 [B], first atom of each graph
    atom_counts: Tensor  # float32 [B, 1]


def graph_batch(graphs: Graphs, multiple: int = 1) -> GraphBatch:
    """Tensors of all graphs of a packed column.

    N, E and D are padded to multiples of `multiple` (kinds of 64) by atoms, edges and states that nothing hears:
    matrix libraries keep code and memory for every shape that they have met.
    """
    source, target = graphs.edges.astype(np.int64)
    atoms = len(graphs.atoms)
    arrivals = np.argsort(target, kind="stable")
    incoming = np.bincount(target, minlength=atoms)
    first = _before(incoming)
    # the edges into the source of each edge, then without the edge that came from its target
    lists = arrivals[ranges(first[source], first[source] + incoming[source])]
    owner = np.repeat(np.arange(len(source)), incoming[source])
    messages = lists[lists != owner ^ 1]
    counts = incoming[source] - 1
    width = len(graphs.bond_classes)
    kinds, edge_kind = np.unique(graphs.atoms[source].astype(np.int64) * width + graphs.bonds, return_inverse=True)
    examples, edge_state = _states(edge_kind, edge_kind[messages], counts)
    begins = _before(counts)
    flowing = edge_kind[messages[ranges(begins[examples], begins[examples] + counts[examples])]]
    of_state = np.repeat(np.arange(len(examples)), counts[examples])
    arrays = (
        graphs.atom_classes.astype(np.int64),
        graphs.bond_classes.astype(np.int64),
        np.pad(np.stack(np.divmod(kinds, width), axis=1), ((0, -len(kinds) % min(multiple, 64)), (0, 0))),
        _padded(edge_kind, multiple),
        _padded(edge_kind[examples], multiple),
        flowing[np.lexsort((flowing, of_state))],  # in one order, whichever edge stands for the state
        _padded(_before(counts[examples]), multiple, len(flowing)),
        _padded(edge_state, multiple),
        _padded(graphs.atoms.astype(np.int64), multiple),
        messages,
        edge_state[messages],
        _padded(begins, multiple, len(messages)),
        arrivals,
        _padded(first, multiple, len(arrivals)),
        np.arange(atoms),
        graphs.atom_offsets[:-1],
        np.diff(graphs.atom_offsets).astype(np.float32)[:, None],
    )
    return GraphBatch(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))


def _before(counts: np.ndarray) -> np.ndarray:
    return np.cumsum(counts) - counts


def _padded(numbers: np.ndarray, multiple: int, value: int = 0) -> np.ndarray:
    return np.pad(numbers, (0, -len(numbers) % multiple), constant_values=value)


def _states(edge_kind: np.ndarray, incoming: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An edge for each distinct state [D], and the state of each edge [E].

    `incoming` lists the kinds that flow into each edge, `counts` says how many. Edges are compared by a 64-bit sum
    of hashed kinds, which does not depend on their order; two of 10,000 states are alike by chance once in 10^11.
    """
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_hashed(incoming))])
    ends = np.cumsum(counts)
    marks = sums[ends] - sums[ends - counts] + _hashed(-1 - edge_kind)
    _, examples, edge_state = np.unique(marks, return_index=True, return_inverse=True)
    return examples, edge_state


def _hashed(numbers: np.ndarray) -> np.ndarray:
    """SplitMix64 of each number (Steele, Lea and Flood, OOPSLA 2014), uint64."""
    mixed = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
