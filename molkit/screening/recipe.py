"""How the structures of a prepared library are read, and which features are kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from molkit.chem.policy import Policy, policy_from_dict
from molkit.config import RunConfig
from molkit.data.prepared import READINGS
from molkit.engine.workers import Job
from molkit.errors import InputError
from molkit.pipeline.opened import Model, open_models
from molkit.pipeline.policies import feature_options
from molkit.pipeline.prepared import needed_reading, policy_differences
from molkit.pipeline.stream import needed_features

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
    readings = [needed_reading(model.bundle.model, exact) for model in opened]
    # The policy of a model that reads isomers says how many there are; to the others that is all the same.
    leading = opened[readings.index("isomers") if "isomers" in readings else 0]
    for model, reading in zip(opened, readings, strict=True):
        _check_alike(model, leading, reading)
    needed = {key for model in opened for key in needed_features(model.bundle)}
    return Recipe(
        policy_from_dict(leading.bundle.model["policy"]),
        leading.bundle.model["featurizers"],
        tuple(sorted({*FEATURES, *needed})),
        READINGS if "isomers" in readings else READINGS[:1],
    )


def _check_alike(model: Model, leading: Model, reading: str) -> None:
    """Raise InputError, naming what differs, if a library for one of the models is of no use to the other."""
    ours, theirs = model.bundle.model, leading.bundle.model
    found = [(key, ours["policy"].get(key), theirs["policy"].get(key))
             for key in policy_differences(ours["policy"], theirs["policy"], reading)]  # fmt: skip
    kinds = sorted({*ours["featurizers"], *theirs["featurizers"]})
    options = [(kind, ours["featurizers"].get(kind, {}), theirs["featurizers"].get(kind, {})) for kind in kinds]
    found += [option for option in options if option[1] != option[2]]
    if found:
        shown = "; ".join(f"{key}: {own!r} and {other!r}" for key, own, other in found)
        raise InputError(
            f"{model.path}: reads structures unlike {leading.path.name} ({shown}); prepare a library for each"
        )
