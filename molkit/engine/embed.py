"""One chunk of cells to vectors: what the encoders of a model file make of each row, without its heads."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.bundle import Bundle
from molkit.chem.policy import policy_from_dict
from molkit.data.batching import Columns, take_values
from molkit.engine.columns import NOVELTY
from molkit.engine.inputs import InputReader, ReadRows, read_rows
from molkit.engine.jobs import Cells, Tick
from molkit.engine.novelty import novelty_from_bundle, tells_novelty, written_novelty
from molkit.engine.scorer import fold_model, read_unchanged
from molkit.engine.structures import new_featurizers, status_columns
from molkit.features.inputs import Input, called, feature_options, inputs_from_dict
from molkit.learners.encoding import Encoding, NetworkEncoding
from molkit.learners.novelty import Novelty
from molkit.types import Problem

VECTOR, STRUCTURE = "vector (base64)", "smiles_std"


@dataclass(frozen=True)
class Wanted:
    """Which networks of a model file encode: fold models `folds`, from 0, of its learner number `learner`."""

    learner: int = 0
    folds: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Embedder:
    """What makes vectors of rows, how these are read, and what tells the novelty of molecules by their vectors."""

    readers: tuple[InputReader, ...]
    encodings: tuple[Encoding, ...]
    novelty: Novelty | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What is read of a row."""
        return tuple(reader.input for reader in self.readers)

    @property
    def names(self) -> list[str]:
        """Names of the D numbers of a vector: the input's with a number, and the fold's before it if there are several.

        They stand in the order of the fold models, each with its inputs in the network's order.
        """
        several = len(self.encodings) > 1
        return [
            f"{f'fold{place}_' if several else ''}{name}_{number}"
            for place, encoding in enumerate(self.encodings, 1)
            for name, width in encoding.widths.items()
            for number in range(1, width + 1)
        ]

    def encode(self, columns: Columns) -> np.ndarray:
        """The vectors of packed rows, float32 [B, D]."""
        return np.concatenate([encoding.encode(columns) for encoding in self.encodings], axis=1)


def load_embedder(path: str, sha256: str, wanted: Wanted) -> Embedder:
    """Set-up of a worker that encodes; raises BundleError if the file's content hash is not `sha256`."""
    return embedder_from_bundle(read_unchanged([path], [sha256])[0], wanted)


def embedder_from_bundle(bundle: Bundle, wanted: Wanted) -> Embedder:
    """What a model file encodes by that is wanted, and the readers that it needs."""
    model, encodings = bundle.model, [encoding_of(bundle, wanted.learner, fold) for fold in wanted.folds]
    policy, readers = policy_from_dict(model["policy"]), []
    for one in inputs_from_dict(model["inputs"]):
        keys = [key for key in encodings[0].needs if key.partition("/")[0] == one.name]
        readers.append(
            InputReader(one, policy, new_featurizers(keys, {**model["featurizers"], **feature_options(one)}))
        )
    own: Any = encodings[0]  # of an autoencoder, if the file tells novelty
    novelty = novelty_from_bundle(bundle, own.autoencoder) if tells_novelty(bundle) else None
    return Embedder(tuple(readers), tuple(encodings), novelty)


def encoding_of(bundle: Bundle, learner: int, fold: int) -> Encoding:
    """The encoders of a fold model of a network in a model file, or the autoencoder that it holds."""
    if bundle.is_autoencoder:
        from molkit.engine.autoencoders import autoencoder_from_bundle
        from molkit.learners.autoencoder_encoding import AutoencoderEncoding

        return AutoencoderEncoding(autoencoder_from_bundle(bundle), next(iter(bundle.model["inputs"])))
    network: Any = fold_model(bundle, f"learners/{learner}/{fold}", bundle.model["learners"][learner]["name"])
    return NetworkEncoding(network)


def embed_chunk(embedder: Embedder, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """The vector of every row as `vector_text` writes it, its status and reason, and standardised structures.

    Structures are read as drawn, as they are in training.
    """
    read = read_rows(embedder.readers, cells, tick, skip, enumerate_stereo=False)
    problems, texts = dict(read.problems), [None] * read.size
    columns: dict[str, list[Any]] = {VECTOR: texts}
    vectors = _vectors(embedder, read)
    if embedder.novelty is not None:
        columns[NOVELTY] = _novelty(embedder.novelty, embedder.encodings[0].needs[0], read, vectors)
    for row, vector in zip(read.rows.tolist(), vectors, strict=True):
        if np.isfinite(vector).all():
            columns[VECTOR][row] = vector_text(vector)
        else:
            lacking = embedder.encodings[0].lacking
            problems[row] = Problem(lacking.status, f"this {called(embedder.inputs)} {lacking.reason}")
    columns |= _structures(embedder, read, problems)
    return columns | status_columns(read.size, problems, cells.first_row)


def _vectors(embedder: Embedder, read: ReadRows) -> np.ndarray:
    return embedder.encode(read.columns) if len(read.rows) else np.empty((0, 0), np.float32)


def _novelty(novelty: Novelty, key: str, read: ReadRows, vectors: np.ndarray) -> list[Any]:
    """The novelty of each row whose molecule was read."""
    found: list[Any] = [None] * read.size
    if len(read.rows):
        column = read.columns[key]
        shares = written_novelty(novelty, take_values(column.values, column.index), vectors)
        for row, share in zip(read.rows.tolist(), shares.tolist(), strict=True):
            found[row] = share
    return found


def _structures(embedder: Embedder, read: ReadRows, problems: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """The standardised structure of each row of one molecule; no column for other rows."""
    if [one.kind for one in embedder.inputs] != ["smiles"]:
        return {}
    found = read.chunks[embedder.inputs[0].name].structures
    shown = {row: Chem.MolToSmiles(own.mol) for row, own in found.items() if row not in problems}
    return {STRUCTURE: [shown.get(row) for row in range(read.size)]}


def vector_text(vector: np.ndarray) -> str:
    """A vector float32 [D] as text that gives back every bit."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def vectors_from_texts(texts: Sequence[str | None], width: int) -> np.ndarray:
    """Vectors float32 [n, width] from `vector_text`; NaN where there is none."""
    found = np.full((len(texts), width), np.nan, np.float32)
    for row, text in enumerate(texts):
        if text is not None:
            found[row] = np.frombuffer(base64.b64decode(text), "<f4")
    return found
