"""The autoencoder that tells, beside predictions, how unlike its library a structure is."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from molkit.bundle import read_bundle
from molkit.data.prepared import is_prepared
from molkit.domain import NOVELTY_EDGE, NOVELTY_OUT
from molkit.engine.novelty import check_tells_novelty
from molkit.errors import InputError
from molkit.pipeline.opened import Model


def open_novelty(
    path: PathLike[str] | str | None, models: Sequence[Model], library: Path | None = None
) -> Model | None:
    """An autoencoder's file, checked, or none; raises BundleError for no model file.

    Raises InputError for one that tells no novelty of molecules, models that do not read one molecule in a row, and a
    prepared library.
    """
    if path is None:
        return None
    opened = Model(Path(path), read_bundle(Path(path)))
    check_tells_novelty(opened.bundle, str(opened.path))
    for model in models:
        if [one.kind for one in model.inputs].count("smiles") != 1:
            read = " and ".join(f"{one.name} ({one.kind})" for one in model.inputs)
            raise InputError(
                f"--novelty: is told of one molecule in each row, and {model.path} reads {read}; leave it out"
            )
    if library is not None and is_prepared(library):
        raise InputError(
            f"--novelty: {library} is a prepared library, which holds no tokens of structures; predict the table that "
            "it was made of"
        )
    return opened


def novelty_notes(opened: Model | None) -> list[str]:
    """What is told of the columns `novelty` and `in_library`."""
    if opened is None:
        return []
    count = opened.bundle.model["training"]["n"]
    return [
        f"novelty: how unlike the {count:,} molecules that {opened.path.name} was trained on a structure is, 0 to 1; "
        f"in_library is in up to {NOVELTY_EDGE}, out above {NOVELTY_OUT}."
    ]
