"""Rows of packed columns, cut out and joined by array arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from molkit.types import Column, Graphs, Steps, Values

Columns = Mapping[str, Column]  # "drug/graph" -> column


def ranges(starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """The numbers start..stop-1 of every pair, one after the other.

    >>> ranges(np.array([5, 0]), np.array([7, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    lengths = stops - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + lengths, lengths)


def by_appearance(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each distinct value, or row, first comes, in that order; and which of them each is, int64 [n].

    >>> [found.tolist() for found in by_appearance(np.array([7, 3, 7, 5]))]
    [[0, 1, 3], [0, 1, 0, 2]]
    """
    axis = 0 if rows.ndim > 1 else None  # values alone are sorted many times faster than rows
    _, first, inverse = np.unique(rows, axis=axis, return_index=True, return_inverse=True)
    return np.sort(first), np.argsort(np.argsort(first))[inverse.reshape(-1)].astype(np.int64)


def take_graphs(graphs: Graphs, rows: np.ndarray) -> Graphs:
    """The graphs `rows` [B], in that order, packed again."""
    atoms_from, atoms_to = graphs.atom_offsets[rows], graphs.atom_offsets[rows + 1]
    edges_from, edges_to = graphs.edge_offsets[rows], graphs.edge_offsets[rows + 1]
    atom_offsets = np.concatenate([[0], np.cumsum(atoms_to - atoms_from)])
    edge_offsets = np.concatenate([[0], np.cumsum(edges_to - edges_from)])
    atoms, edges = ranges(atoms_from, atoms_to), ranges(edges_from, edges_to)
    shift = np.repeat(atom_offsets[:-1] - atoms_from, edges_to - edges_from)
    return replace(
        graphs,
        atoms=graphs.atoms[atoms],
        bonds=graphs.bonds[edges],
        edges=(graphs.edges[:, edges] + shift).astype(np.int32),
        atom_offsets=atom_offsets,
        edge_offsets=edge_offsets,
    )


def join_graphs(parts: Sequence[Graphs]) -> Graphs:
    """Several packed columns as one, with one table of classes."""
    atom_classes, atoms = _join_codes([(part.atom_classes, part.atoms) for part in parts])
    bond_classes, bonds = _join_codes([(part.bond_classes, part.bonds) for part in parts])
    atom_counts = np.array([part.atom_offsets[-1] for part in parts])
    edge_counts = np.array([part.edge_offsets[-1] for part in parts])
    first_atom = np.cumsum(atom_counts) - atom_counts
    first_edge = np.cumsum(edge_counts) - edge_counts
    return Graphs(
        atoms=atoms,
        bonds=bonds,
        edges=np.concatenate([p.edges + start for p, start in zip(parts, first_atom, strict=True)], axis=1).astype(
            np.int32
        ),
        atom_offsets=_join_offsets([p.atom_offsets for p in parts], first_atom),
        edge_offsets=_join_offsets([p.edge_offsets for p in parts], first_edge),
        atom_classes=atom_classes,
        bond_classes=bond_classes,
    )


def _join_offsets(offsets: list[np.ndarray], first: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], *(o[1:] + start for o, start in zip(offsets, first, strict=True))]).astype(np.int64)


def _join_codes(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    classes, place = np.unique(np.concatenate([table for table, _ in parts]), axis=0, return_inverse=True)
    sizes = np.cumsum([0] + [len(table) for table, _ in parts])
    codes = [place[start + codes] for start, (_, codes) in zip(sizes, parts, strict=False)]
    return classes, np.concatenate(codes).astype(np.int32)


def take_steps(steps: Steps, rows: np.ndarray) -> Steps:
    """The sequences `rows` [B], in that order, packed again."""
    return cut_steps(steps, steps.offsets[rows], steps.offsets[rows + 1])


def cut_steps(steps: Steps, starts: np.ndarray, stops: np.ndarray) -> Steps:
    """The steps from `starts` [B] to before `stops` [B] as B sequences."""
    return Steps(steps.values[ranges(starts, stops)], np.concatenate([[0], np.cumsum(stops - starts)]))


def join_steps(parts: Sequence[Steps]) -> Steps:
    """Several packed columns of sequences as one."""
    counts = np.array([part.offsets[-1] for part in parts])
    offsets = _join_offsets([part.offsets for part in parts], np.cumsum(counts) - counts)
    return Steps(np.concatenate([part.values for part in parts]), offsets)


def take_values(values: Values, rows: np.ndarray) -> Values:
    """The values `rows` [B] of any packed column, in that order."""
    if isinstance(values, Graphs):
        return take_graphs(values, rows)
    return take_steps(values, rows) if isinstance(values, Steps) else values[rows]


def join_values(parts: Sequence[Values]) -> Values:
    """Packed values of several chunks as one."""
    if isinstance(parts[0], Graphs):
        return join_graphs([part for part in parts if isinstance(part, Graphs)])
    if isinstance(parts[0], Steps):
        return join_steps([part for part in parts if isinstance(part, Steps)])
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    return np.concatenate([part for part in arrays if len(part)] or arrays[:1])  # no rows may have no known shape


def take(columns: Columns, rows: np.ndarray) -> dict[str, Column]:
    """The rows of every column; values are shared, not copied."""
    return {key: Column(column.values, column.index[rows]) for key, column in columns.items()}


def dense(column: Column) -> np.ndarray:
    """The values of an array column, one row per row of the table."""
    if not isinstance(column.values, np.ndarray):
        raise TypeError(f"expected an array column, got packed {type(column.values).__name__.lower()}")
    return column.values[column.index]
