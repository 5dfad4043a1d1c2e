"""Whether a prepared library can be used by this molkit, and by a model."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from molkit.chem.policy import policy_from_dict
from molkit.data.prepared import PreparedLibrary, open_prepared
from molkit.engine.shortcuts import allowed_shortcuts
from molkit.errors import InputError


def installed_versions() -> dict[str, str]:
    """What the features of a library depend on."""
    return {name: importlib.metadata.version(name) for name in ("molkit", "rdkit")}


def open_checked(folder: str | Path) -> tuple[PreparedLibrary, tuple[str, ...]]:
    """A prepared library and what is to be told of it: that another version of RDKit read its structures.

    Raises InputError for a newer format, a structure policy that this molkit does not know, or a damaged manifest.
    """
    library = open_prepared(folder)
    try:
        policy_from_dict(dict(library.policy))
    except InputError as error:
        raise InputError(f"{library.folder}: {error}") from None
    here = installed_versions()["rdkit"]
    made = library.versions.get("rdkit", "unknown")
    if made == here:
        return library, ()
    return library, (
        f"The library was prepared with RDKit {made} and this is {here}; structures and features are those of {made}.",
    )


def check_fits(
    library: PreparedLibrary,
    label: str,
    policy: Mapping[str, Any],
    options: Mapping[str, Mapping[str, Any]],
    keys: Sequence[str],
    reading: str,
) -> None:
    """Raise InputError, naming what differs, if a model (`label`) would have read the structures in another way.

    `policy`, `options` and `keys` are the model's structure policy, featurizer options and features; limits of time
    and size may differ.
    """
    differences = [f"its {key} is {library.policy.get(key)!r}, the model's {policy.get(key)!r}"
                   for key in policy_differences(library.policy, policy, reading)]  # fmt: skip
    for kind in sorted({key.split("/")[-1] for key in keys}):
        stored, wanted = dict(library.options.get(kind, {})), dict(options.get(kind, {}))
        if stored != wanted:
            differences.append(f"its {kind} has {stored or 'the default options'}, the model's {wanted or 'those'}")
    lacking = [key.split("/")[-1] for key in keys if key not in library.features]
    lacking += [] if reading in library.readings else [f"stereo read as {reading}"]
    if lacking:
        differences.append(f"it lacks {', '.join(lacking)}")
    if differences:
        choices = f"--model {label}" + (" --exact" if reading == "isomers" else "")
        raise InputError(
            f"{library.folder}: was not prepared for {label}: {'; '.join(differences)}. "
            f"Prepare the table again with {choices}."
        )


def policy_differences(one: Mapping[str, Any], other: Mapping[str, Any], reading: str) -> list[str]:
    """The keys in which two structure policies differ, of those that decide the structures of a reading.

    >>> policy_differences({"mixtures": "reject", "max_isomers": 8}, {"mixtures": "largest"}, "drawn")
    ['mixtures']
    """
    left_out = ("limits", "max_isomers") if reading == "drawn" else ("limits",)
    return [key for key in {**one, **other} if key not in left_out and one.get(key) != other.get(key)]


def needed_reading(content: Mapping[str, Any], exact: bool) -> str:
    """How a model takes stereo: "isomers", or "drawn" if its own check allows it and not `exact`.

    `content` is the model file's model.json.
    """
    allowed = not exact and "as_drawn" in allowed_shortcuts(content.get("shortcuts", {}))
    return "drawn" if allowed or content["policy"]["max_isomers"] == 1 else "isomers"
