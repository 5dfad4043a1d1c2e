"""A chunk of rows as an autoencoder of health data gives them back. A pure function of the chunk and a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from molkit.bundle import Bundle
from molkit.chem.policy import policy_from_dict
from molkit.data.batching import take_values
from molkit.data.cells import is_blank
from molkit.engine.autoencoders import autoencoder_from_bundle
from molkit.engine.inputs import InputReader, read_rows
from molkit.engine.jobs import Cells, Tick
from molkit.engine.scorer import read_unchanged
from molkit.engine.structures import new_featurizers, status_columns
from molkit.errors import InputError
from molkit.explain.guessing import Guesses, guess_missing
from molkit.explain.reconstruction import LossLevels, reconstructed
from molkit.explain.unusual import MOST, Reference, Unusual, named_values, unusual_values
from molkit.explain.unusual_text import unusual_sentences
from molkit.explain.usual import usual_from
from molkit.features.inputs import Input, feature_options, inputs_from_dict
from molkit.features.tabular import OTHER, TableReader
from molkit.types import Values

USUAL = "usual.safetensors"
STATUS = ("status", "reason")
ANOMALY = ("anomaly", "anomaly_percentile")
ERROR = "reconstruction_error"


@dataclass(frozen=True)
class Reconstructor:
    """An autoencoder of one input, how that is read, and what is usual to it."""

    reader: InputReader
    key: str
    module: Any
    usual: Reference | LossLevels

    @property
    def input(self) -> Input:
        """What it reads."""
        return self.reader.input


def load_reconstructor(path: str, sha256: str | None = None) -> Reconstructor:
    """Set-up of a worker; raises InputError for a model that cannot reconstruct rows."""
    (bundle,) = read_unchanged([path], None if sha256 is None else [sha256])
    return reconstructor_from_bundle(bundle, path)


def reconstructor_from_bundle(bundle: Bundle, path: str) -> Reconstructor:
    """The parts of an autoencoder's file."""
    check_reconstructs(bundle, path)
    model = bundle.model
    one = replace(inputs_from_dict(model["inputs"])[0], source="")
    module = autoencoder_from_bundle(bundle).module
    key = f"{one.name}/{module.feature}"
    featurizers = new_featurizers([key], {**model.get("featurizers", {}), **feature_options(one)})
    reader = InputReader(one, policy_from_dict(model["policy"]), featurizers)
    return Reconstructor(reader, key, module, usual_from(bundle.arrays(USUAL)))


def check_reconstructs(bundle: Bundle, path: str) -> None:
    """Raise InputError for a model that is no autoencoder of one table, signal or image."""
    if not bundle.is_autoencoder:
        raise InputError(f"{path}: predicts, and cannot reconstruct rows; make an autoencoder with `molkit autoencode`")
    if USUAL not in bundle.entries:
        raise InputError(f"{path}: is an autoencoder of molecules; only tables, signals and images are reconstructed")


def output_names(one: Input) -> list[str]:
    """The columns beside each row, in order."""
    if one.kind != "table":
        return [ERROR, *ANOMALY, *STATUS]
    reader = TableReader(**one.options)
    filled = [name for column in reader.columns for name in _filled_names(reader, column)]
    return [*filled, *ANOMALY, *(f"unusual_{place + 1}" for place in range(MOST)), *STATUS]


def _filled_names(reader: TableReader, column: str) -> tuple[str, ...]:
    if column in reader.categories:
        return f"{column}_filled", f"{column}_probability"
    return f"{column}_filled", f"{column}_lo90", f"{column}_hi90"


def reconstruct_chunk(made: Reconstructor, cells: Cells, tick: Tick, skip: Mapping[int, Any]) -> dict[str, list[Any]]:
    """The columns of `output_names` for every row of a chunk."""
    read = read_rows([made.reader], cells, tick, skip, enumerate_stereo=False)
    found: dict[str, list[Any]] = {name: [None] * read.size for name in output_names(made.input)}
    if len(read.rows):
        column = read.columns[made.key]
        values = take_values(column.values, column.index)
        texts = [cells.texts[row] for row in read.rows.tolist()]
        own = _of_table(made, np.asarray(values), texts) if made.input.kind == "table" else _of_shape(made, values)
        for name, given in own.items():
            for row, value in zip(read.rows.tolist(), given, strict=True):
                found[name][row] = value
    return {**found, **status_columns(read.size, read.problems, cells.first_row)}


def _of_shape(made: Reconstructor, values: Values) -> dict[str, list[Any]]:
    assert isinstance(made.usual, LossLevels)
    found = reconstructed(made.module, values)
    shares = made.usual.share(found.losses)
    return {
        ERROR: _shortly(found.errors),
        "anomaly": _shortly(found.losses),
        "anomaly_percentile": _shortly(100 * shares),
    }


def _of_table(made: Reconstructor, values: np.ndarray, texts: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    assert isinstance(made.usual, Reference)
    reader = TableReader(**made.input.options)
    unusual = unusual_values(made.module, values, made.usual)
    guessed = guess_missing(made.module, values, made.usual.widen_missing)
    found: dict[str, list[Any]] = {}
    for place, column in enumerate(reader.columns):
        found |= _filled(reader, column, guessed, [text[place] for text in texts])
    return {
        **found,
        "anomaly": _shortly(unusual.scores),
        "anomaly_percentile": _shortly(100 * unusual.percentiles),
        **_sentences(made, reader, values, texts, unusual),
    }


def _filled(reader: TableReader, column: str, guessed: Guesses, texts: Sequence[Any]) -> dict[str, list[Any]]:
    """A column without blanks, and of the cells that were blank what is known of their value."""
    place, names = reader.places(column), _filled_names(reader, column)
    blank = [is_blank(text) for text in texts]
    if column in reader.categories:
        words, chances = [*reader.categories[column], OTHER], guessed.expected[:, place]
        filled: list[Any] = [words[best] for best in chances.argmax(axis=1).tolist()]
        beside = [_shortly(chances.max(axis=1))]
    else:
        filled, *beside = (_shortly(own[:, place.start]) for own in (guessed.expected, guessed.low, guessed.high))
    whole = [guess if missing else text for guess, missing, text in zip(filled, blank, texts, strict=True)]
    ends = [[value if missing else None for value, missing in zip(own, blank, strict=True)] for own in beside]
    return dict(zip(names, [whole, *ends], strict=True))


def _shortly(values: np.ndarray) -> list[float]:
    """To six digits; a guess has no more."""
    return [float(f"{value:.6g}") for value in values.tolist()]


def _sentences(
    made: Reconstructor, reader: TableReader, values: np.ndarray, texts: Sequence[Sequence[Any]], unusual: Unusual
) -> dict[str, list[Any]]:
    assert isinstance(made.usual, Reference)
    named = named_values(made.module, values, made.usual, unusual)
    told = [unusual_sentences(reader, *own) for own in zip(values, named, texts, strict=True)]
    return {f"unusual_{place + 1}": [own[place] if place < len(own) else None for own in told] for place in range(MOST)}
