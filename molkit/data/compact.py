"""Packed features in few bytes, and exactly back.

A drug-like molecule takes about 20 bytes as a graph, 35 as a fingerprint and 20 as a sequence. What is stored is
written as differences that mostly fit a byte, and deflated. No value is rounded: reading gives equal arrays of equal
types.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from molkit.errors import InputError
from molkit.types import Graphs, Steps, Values

MOST_BYTES = 1 << 28  # of one unpacked piece; a chunk of 500 molecules takes a few megabytes
_SPARSE = 0.5  # arrays with a smaller share of values other than zero are stored by place


def features_to_bytes(value: Values) -> bytes:
    """A packed feature as bytes; equal features give equal bytes.

    Raises ValueError for graphs that do not keep the promises of `Graphs`.
    """
    from safetensors.numpy import save

    if isinstance(value, Graphs):
        arrays = _graph_arrays(value)
    elif isinstance(value, Steps):
        arrays = _step_arrays(value)
    elif value.ndim == 2 and np.count_nonzero(_raw(value)) < _SPARSE * value.size:
        arrays = _sparse_arrays(value)
    else:
        arrays = {"dense": value}
    return zlib.compress(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}), 6)


def features_from_bytes(data: bytes) -> Values:
    """The feature that `features_to_bytes` was given; raises InputError for what is too large or no such bytes."""
    from safetensors.numpy import load

    arrays = load(_inflated(data))
    if "dense" in arrays:
        return arrays["dense"]
    if "lengths" in arrays:
        return _steps(arrays)
    return _graphs(arrays) if "atoms" in arrays else _from_sparse(arrays)


def json_to_bytes(value: Any) -> bytes:
    """A JSON value, deflated."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 6)


def json_from_bytes(data: bytes) -> Any:
    """The value that `json_to_bytes` was given."""
    return json.loads(_inflated(data))


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise InputError(f"packed features are damaged ({error})") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise InputError(f"packed features are damaged or unpack to more than {MOST_BYTES >> 20} MB")
    return text


def _smallest(values: np.ndarray, *others: np.ndarray) -> Any:
    """The smallest unsigned type that holds all of some numbers."""
    return np.min_scalar_type(max((int(part.max(initial=0)) for part in (values, *others)), default=0))


def _graph_arrays(graphs: Graphs) -> dict[str, np.ndarray]:
    """Atoms and bonds as codes of the smallest type; a bond is the step to its first atom from the last bond's
    first atom, and the step from there to its second, both round the type's range. The way back is implied."""
    counts, bonds = np.diff(graphs.atom_offsets), np.diff(graphs.edge_offsets) // 2
    first = np.repeat(graphs.atom_offsets[:-1], bonds)
    ends = graphs.edges[:, 0::2] - first
    _check_promises(graphs, ends, np.repeat(counts, bonds))
    kind = _smallest(ends)
    begin, end = ends.astype(kind)
    return {
        "atom_counts": counts.astype(_smallest(counts)),
        "bond_counts": bonds.astype(_smallest(bonds)),
        "atoms": graphs.atoms.astype(_smallest(graphs.atoms)),
        "bonds": graphs.bonds[0::2].astype(_smallest(graphs.bonds)),
        "begin_steps": np.diff(begin, prepend=kind.type(0)),
        "end_steps": end - begin,
        "atom_classes": graphs.atom_classes,
        "bond_classes": graphs.bond_classes,
    }


def _check_promises(graphs: Graphs, ends: np.ndarray, counts: np.ndarray) -> None:
    ways = graphs.edges[:, 0::2], graphs.edges[::-1, 1::2]
    if not np.array_equal(*ways) or not np.array_equal(graphs.bonds[0::2], graphs.bonds[1::2]):
        raise ValueError("expected directed bonds in pairs, 2i + 1 being the reverse of 2i")
    if (ends < 0).any() or (ends >= counts).any():
        raise ValueError("expected bonds between atoms of one molecule")


def _graphs(arrays: Mapping[str, np.ndarray]) -> Graphs:
    counts, bonds = arrays["atom_counts"].astype(np.int64), arrays["bond_counts"].astype(np.int64)
    atom_offsets = np.concatenate([[0], np.cumsum(counts)])
    kind = arrays["begin_steps"].dtype
    begin = np.cumsum(arrays["begin_steps"], dtype=kind)
    first = np.repeat(atom_offsets[:-1], bonds)
    edges = np.empty((2, 2 * len(begin)), np.int32)
    edges[0, 0::2] = edges[1, 1::2] = begin + first
    edges[1, 0::2] = edges[0, 1::2] = begin + arrays["end_steps"] + first
    return Graphs(
        atoms=arrays["atoms"].astype(np.int32),
        bonds=np.repeat(arrays["bonds"].astype(np.int32), 2),
        edges=edges,
        atom_offsets=atom_offsets,
        edge_offsets=np.concatenate([[0], np.cumsum(2 * bonds)]),
        atom_classes=arrays["atom_classes"],
        bond_classes=arrays["bond_classes"],
    )


def _step_arrays(steps: Steps) -> dict[str, np.ndarray]:
    """Lengths, and ids in the smallest type; other values as they are."""
    lengths = np.diff(steps.offsets)
    ids = steps.values.dtype == np.int32 and steps.values.min(initial=0) >= 0
    values = {"ids": steps.values.astype(_smallest(steps.values))} if ids else {"steps": steps.values}
    return {"lengths": lengths.astype(_smallest(lengths)), **values}


def _steps(arrays: Mapping[str, np.ndarray]) -> Steps:
    values = arrays["ids"].astype(np.int32) if "ids" in arrays else arrays["steps"]
    return Steps(values, np.concatenate([[0], np.cumsum(arrays["lengths"].astype(np.int64))]))


def _raw(values: np.ndarray) -> np.ndarray:
    """The bits of every value: a negative zero and every NaN are to come back as they were."""
    return values.view(f"u{values.dtype.itemsize}")


def _sparse_arrays(values: np.ndarray) -> dict[str, np.ndarray]:
    """Places of the values other than zero, as steps within a row in two bytes that are stored apart."""
    rows, places = np.nonzero(_raw(values))
    counts = np.bincount(rows, minlength=len(values))
    steps = np.diff(places, prepend=0)
    begins = (np.cumsum(counts) - counts)[counts > 0]
    steps[begins] = places[begins]
    return {
        "width": np.array([values.shape[1]], np.int64),
        "counts": counts.astype(_smallest(counts)),
        "low_steps": (steps & 255).astype(np.uint8),
        "high_steps": (steps >> 8).astype(_smallest(steps >> 8)),
        "values": values[rows, places],
    }


def _from_sparse(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    counts = arrays["counts"].astype(np.int64)
    steps = arrays["low_steps"] + (arrays["high_steps"].astype(np.int64) << 8)
    width = int(arrays["width"][0])
    if len(counts) * width * arrays["values"].itemsize > MOST_BYTES:
        raise InputError(f"packed features unpack to more than {MOST_BYTES >> 20} MB")
    totals = np.cumsum(steps)
    begins = np.cumsum(counts) - counts
    before = np.concatenate([[0], totals])[begins]  # the sum of all steps before the row
    places = totals - np.repeat(before, counts) + np.repeat(np.arange(len(counts)) * width, counts)
    values = np.zeros(len(counts) * width, arrays["values"].dtype)
    values[places] = arrays["values"]
    return values.reshape(len(counts), width)
