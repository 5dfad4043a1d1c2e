"""How the structures of a prepared library are read, and which features are kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from molkit.chem.policy import Policy, policy_from_dict
from molkit.config import RunConfig
from molkit.data.prepared import READINGS
from molkit.engine.shortcuts import shortcuts_from_dict
from molkit.engine.workers import Job
from molkit.errors import InputError
from molkit.pipeline.dataset import feature_options
from molkit.pipeline.stream import needed_features, open_models

FEATURES = ("drug/fingerprint", "drug/graph")  # that every library has


@dataclass(frozen=True)
class Recipe:
    """How structures are read, and what is kept of them."""

    policy: Policy
    options: dict[str, dict[str, Any]]
    features: tuple[str, ...] = FEATURES
    readings: tuple[str, ...] = READINGS

    def stored(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "policy": asdict(self.policy),
            "options": self.options,
            "features": list(self.features),
            "readings": list(self.readings),
        }

    def job(self) -> Job:
        """What the workers do."""
        arguments = (asdict(self.policy), self.features, self.options, self.readings)
        return Job("molkit.engine.prepare:load_preparer", arguments, "molkit.engine.prepare:prepare_chunk")


def choose_recipe(models: Sequence[Path], mixtures: str = "reject", exact: bool = False) -> Recipe:
    """What the models need; without models graphs and fingerprints, drawn and as stereoisomers.

    Stereoisomers are left out if every model's own check lets it read structures as drawn, unless `exact`. Raises
    InputError if the models read structures differently.
    """
    if not models:
        config = RunConfig(targets=("",), mixtures=mixtures)
        return Recipe(Policy(mixtures=mixtures), feature_options(config))
    opened = open_models(models)
    contents = [model.bundle.model for model in opened]
    for model, content in zip(opened[1:], contents[1:], strict=True):
        for key in ("policy", "featurizers"):
            if content[key] != contents[0][key]:
                raise InputError(
                    f"{model.path}: reads structures unlike {opened[0].path.name} ({key}: {content[key]} and "
                    f"{contents[0][key]}); prepare a library for each"
                )
    needed = {key for model in opened for key in needed_features(model.bundle)}
    as_drawn = all(shortcuts_from_dict(content.get("shortcuts", {})).as_drawn for content in contents)
    return Recipe(
        policy_from_dict(contents[0]["policy"]),
        contents[0]["featurizers"],
        tuple(sorted({*FEATURES, *needed})),
        READINGS[:1] if as_drawn and not exact else READINGS,
    )
