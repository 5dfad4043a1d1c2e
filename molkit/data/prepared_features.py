"""The features of a prepared library: as workers made them, chunk by chunk, and any slice of rows read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from molkit.data.batching import join_values, take_values
from molkit.data.compact import features_from_bytes, features_to_bytes, json_from_bytes, json_to_bytes
from molkit.data.prepared import CHUNK, PreparedLibrary, checked_bytes
from molkit.errors import InputError
from molkit.types import Problem, Values

T = TypeVar("T")


@dataclass(frozen=True)
class PartFeatures:
    """Rows of one part with their features: value i belongs to row `rows[i]`, isomers of a row follow each other."""

    size: int
    first_row: int  # 1-based, of the library
    rows: np.ndarray  # int64 [n], counted from first_row
    values: dict[str, Values]
    problems: dict[int, Problem]
    notes: dict[int, tuple[str, ...]]  # what standardising did
    undefined: tuple[int, ...]  # rows with undefined stereocentres
    smiles_std: dict[int, str]


def read_features(
    library: PreparedLibrary,
    part: int,
    keys: Sequence[str],
    reading: str = "drawn",
    start: int = 0,
    stop: int | None = None,
) -> PartFeatures:
    """The features `keys` of the rows start to stop - 1 of part number `part`, counted from 0 within it.

    A whole chunk (start a multiple of 500, stop 500 more or the end) gives the arrays that reading its structures
    gave, bit by bit; other slices are cut and joined. The last part that was read stays in memory. Raises
    InputError if the part was changed, or if the library has no such feature or reading.
    """
    found = library.parts[part]
    stop = found.rows if stop is None else min(stop, found.rows)
    _check_has(library, keys, reading)
    pieces = _pieces(found.path(library.folder, "safetensors"), found.sha256["safetensors"])
    chunks = [
        _cut(_chunk(pieces, chunk, reading, keys, min(CHUNK, found.rows - chunk * CHUNK)), chunk * CHUNK, start, stop)
        for chunk in range(start // CHUNK, -(-stop // CHUNK))
    ]
    return _joined(chunks, found.first_row + start, max(stop - start, 0), keys)


def _check_has(library: PreparedLibrary, keys: Sequence[str], reading: str) -> None:
    missing = [*(key.split("/")[-1] for key in keys if key not in library.features)]
    missing += [reading] if reading not in library.readings else []
    if missing:
        raise InputError(
            f"{library.folder}: was prepared without {', '.join(missing)}; prepare it with --model and the model's file"
        )


@lru_cache(maxsize=1)
def _pieces(path: Path, sha256: str) -> dict[str, np.ndarray]:
    from safetensors.numpy import load

    return load(checked_bytes(path, sha256))


def _chunk(pieces: Mapping[str, np.ndarray], chunk: int, reading: str, keys: Sequence[str], size: int) -> PartFeatures:
    texts = json_from_bytes(pieces[f"{chunk}/texts"].tobytes())
    said = json_from_bytes(pieces[f"{chunk}/{reading}"].tobytes())
    values: dict[str, Values] = {}
    if said["rows"]:
        values = {key: features_from_bytes(pieces[f"{chunk}/{reading}/{key}"].tobytes()) for key in keys}
    return PartFeatures(
        size=size,
        first_row=1,
        rows=np.array(said["rows"], np.int64),
        values=values,
        problems={int(row): Problem(*problem) for row, problem in said["problems"].items()},
        notes={int(row): tuple(notes) for row, notes in texts["notes"].items()},
        undefined=tuple(texts["undefined"]),
        smiles_std={int(row): smiles for row, smiles in texts["smiles"].items()},
    )


def _cut(chunk: PartFeatures, begin: int, start: int, stop: int) -> PartFeatures:
    """The rows of a chunk that lie in a slice; `begin` is the place of the chunk in the part."""
    low, high = max(start - begin, 0), min(stop - begin, chunk.size)
    if (low, high) == (0, chunk.size):
        return chunk
    kept = np.flatnonzero((chunk.rows >= low) & (chunk.rows < high))
    values = {key: take_values(value, kept) for key, value in chunk.values.items() if len(kept)}
    return PartFeatures(
        size=high - low,
        first_row=1,
        rows=chunk.rows[kept] - low,
        values=values,
        problems=_between(chunk.problems, low, high),
        notes=_between(chunk.notes, low, high),
        undefined=tuple(row - low for row in chunk.undefined if low <= row < high),
        smiles_std=_between(chunk.smiles_std, low, high),
    )


def _between(by_row: Mapping[int, T], low: int, high: int) -> dict[int, T]:
    return {row - low: value for row, value in by_row.items() if low <= row < high}


def _joined(chunks: Sequence[PartFeatures], first_row: int, size: int, keys: Sequence[str]) -> PartFeatures:
    begins = np.cumsum([0, *(chunk.size for chunk in chunks)]).tolist()
    placed = list(zip(begins, chunks, strict=False))
    filled = [chunk for chunk in chunks if len(chunk.rows)]
    values = {key: join_values([chunk.values[key] for chunk in filled]) for key in keys if len(filled) > 1}
    if len(filled) == 1:
        values = filled[0].values
    return PartFeatures(
        size=size,
        first_row=first_row,
        rows=np.concatenate([np.empty(0, np.int64), *(chunk.rows + begin for begin, chunk in placed)]),
        values=values,
        problems={begin + row: text for begin, chunk in placed for row, text in chunk.problems.items()},
        notes={begin + row: text for begin, chunk in placed for row, text in chunk.notes.items()},
        undefined=tuple(begin + row for begin, chunk in placed for row in chunk.undefined),
        smiles_std={begin + row: text for begin, chunk in placed for row, text in chunk.smiles_std.items()},
    )


@dataclass(frozen=True)
class Reading:
    """What one way of reading stereo gave for a chunk: value i belongs to row `rows[i]`, counted within the chunk."""

    rows: Sequence[int]
    values: Mapping[str, Values]
    problems: Mapping[int, Problem]


@dataclass(frozen=True)
class ChunkTexts:
    """What is said of the readable rows of a chunk, counted within it."""

    smiles_std: Mapping[int, str]
    notes: Mapping[int, Sequence[str]]
    undefined: Sequence[int]  # rows with undefined stereocentres


def chunk_pieces(texts: ChunkTexts, readings: Mapping[str, Reading]) -> dict[str, bytes]:
    """A chunk as named pieces of bytes; those of a part's chunks stand in one file, the chunk's number before each."""
    said = {"smiles": texts.smiles_std, "notes": texts.notes, "undefined": list(texts.undefined)}
    pieces = {"texts": json_to_bytes(said)}
    for name, reading in readings.items():
        problems = {row: (found.status, found.reason, found.position) for row, found in reading.problems.items()}
        pieces[name] = json_to_bytes({"rows": list(reading.rows), "problems": problems})
        pieces |= {f"{name}/{key}": features_to_bytes(value) for key, value in reading.values.items()}
    return pieces
