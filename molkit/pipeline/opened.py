"""Model files that have been read, and what they read of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from molkit.bundle import Bundle, read_bundle
from molkit.chem.policy import policy_from_dict
from molkit.data.image_table import is_images, open_images
from molkit.data.library import open_library
from molkit.data.table import Source, table_from_values
from molkit.engine.columns import targets_from
from molkit.engine.inputs import InputReader
from molkit.errors import InputError
from molkit.features.inputs import Input, inputs_from_dict, of_molecules, read_inputs
from molkit.features.sequence import shortened
from molkit.pipeline.cells import Rows, check_not_told, rows_of, stored_columns, without_found
from molkit.types import Target


@dataclass(frozen=True)
class Model:
    """A model file that has been read and checked."""

    path: Path
    bundle: Bundle = field(repr=False)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What it predicts."""
        return targets_from(self.bundle.model)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it reads of a row."""
        return inputs_from_dict(self.bundle.model["inputs"])

    @property
    def of_molecules(self) -> bool:
        """Whether that is one molecule."""
        return of_molecules(self.inputs)


def open_bundle(path: Path | str) -> Bundle:
    """A model file that predicts; raises BundleError for one that is no model, InputError for an autoencoder."""
    bundle = read_bundle(Path(path))
    if bundle.is_autoencoder:
        raise InputError(f"{path}: is an autoencoder, which predicts nothing; use embed, generate or train --from")
    return bundle


def open_models(models: Iterable[Path | str | Model]) -> tuple[Model, ...]:
    """Model files, checked, those that are open already as they are; raises BundleError for one that is no model."""
    return tuple(model if isinstance(model, Model) else Model(Path(model), open_bundle(model)) for model in models)


def open_scored(models: Sequence[Model], path: Path | str, smiles_column: str | None = None) -> Source:
    """A table, or a folder of tables, with what these models read; it need have structures only for molecules.

    Raises InputError for a column of structures where these have several inputs, or none of molecules.
    """
    if models[0].of_molecules:
        return open_library(path, smiles_column)
    check_not_told(smiles_column, [one.name for one in models[0].inputs])
    if any(one.kind == "image" for one in models[0].inputs) and is_images(path):
        return open_images(path)
    return without_found(open_library(path, require_smiles=False))


def scored_rows(
    models: Sequence[Model],
    names: Sequence[str],
    smiles: str | None,
    folder: Path,
    inputs: Sequence[str] = (),
    fixed: Mapping[str, str] | None = None,
) -> Rows:
    """What models read of a table with columns `names`, in which `smiles` are the structures.

    Raises InputError for models that read other inputs than the first, or columns that are not there.
    """
    own = models[0].inputs
    for model in models[1:]:
        if [(one.name, one.kind) for one in model.inputs] != [(one.name, one.kind) for one in own]:
            raise InputError(f"{model.path} reads other inputs than {models[0].path}; score with one after the other")
    if smiles is not None:  # the one structure of a row is where looking finds it, else where it was in training
        several = sum(one.kind == "smiles" for one in own) > 1
        own = tuple(replace(one, source=smiles) if one.kind == "smiles" and not several
                    and (len(own) == 1 or one.source not in names) else one for one in own)  # fmt: skip
    told = {one.name: one for one in read_inputs(inputs)}
    for name, one in told.items():
        if (name, one.kind) not in [(mine.name, mine.kind) for mine in own]:
            listed = ", ".join(f"{mine.name} ({mine.kind})" for mine in own)
            raise InputError(f"--input {name}: the model reads no {one.kind} of this name; it reads {listed}")
    where = tuple(stored_columns(told[one.name], one) if one.name in told else one for one in own)
    rows = rows_of(where, names, folder, fixed or {})
    for name in rows.fixed:
        _check_fixed(models, rows, name)
    found = [f"{one.name} is read from column {one.source!r}, which looks like structures."
             for one, before in zip(own, models[0].inputs, strict=True)
             if len(own) > 1 and one != before and one.name not in {**told, **rows.fixed}]  # fmt: skip
    return replace(rows, notes=(*found, *rows.notes))


def _check_fixed(models: Sequence[Model], rows: Rows, name: str) -> None:
    """Raise InputError for a cell of all rows that one of the models cannot read."""
    cells = rows.makers[name](table_from_values([""]))
    for model in models:
        one = next(own for own in model.inputs if own.name == name)
        reader = InputReader(one, policy_from_dict(model.bundle.model["policy"]), {})
        for problem in reader.read(cells, lambda _: None, {}, enumerate_stereo=False).problems.values():
            at = "" if problem.position is None else f"character {problem.position}: "
            raise InputError(f"--fix {name}: {shortened(rows.fixed[name])} cannot be read: {at}{problem.reason}")
