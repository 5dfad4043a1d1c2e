"""Model files made ready to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.bundle import Bundle, read_bundle
from molkit.chem.policy import Policy, policy_from_dict
from molkit.data.quantities import exclusive_columns
from molkit.engine.columns import (
    DEFAULT_GROUPS,
    DRAWN,
    Prevalences,
    joint_names,
    nearest_names,
    needs_similarity,
    shared_names,
    targets_from,
)
from molkit.engine.inputs import InputReader
from molkit.engine.shortcuts import Shortcuts, shortcuts_from_dict
from molkit.engine.structures import Featurizers, new_featurizers
from molkit.errors import BundleError, InputError
from molkit.evaluation.recalibrate import calibration_from_dict
from molkit.features.inputs import Input, alike_places, feature_options, inputs_from_dict, sketch_key
from molkit.learners import learner_from_state
from molkit.learners.pretrained import Pretrained
from molkit.learners.protocol import Learner, State
from molkit.learners.stack import Ensemble
from molkit.neighbours import RowIndex, Sketches
from molkit.trust import Trust, trust_from_bundle
from molkit.types import Target

if TYPE_CHECKING:
    from molkit.engine.novelty import NoveltyReader

ENCODER = "encoder"  # the folder, in a model file, of what makes vectors for its learners


@dataclass(frozen=True)
class ModelScorer:
    """A model made ready to predict; `names` are what its own columns are called in the output.

    `judges` says that intervals, verdicts or neighbours are among them. `level` is that of intervals and sets in
    percent; `prevalences` are the shares of the positive class to expect, by target, where they are not those of the
    training rows.
    """

    targets: tuple[Target, ...]
    names: dict[str, str]
    ensemble: Ensemble
    trust: Trust
    judges: bool
    level: int
    prevalences: Mapping[str, float]
    neighbours: RowIndex | None
    inputs: tuple[Input, ...]
    things: tuple[list[str], ...]  # what is shown of those of each input
    ids: list[str] | None  # of the training rows, if they have names
    training_values: np.ndarray
    nearest_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How the inputs of a row are read and featurized for the models that want it so."""

    readers: tuple[InputReader, ...]
    models: tuple[ModelScorer, ...]

    @property
    def policy(self) -> Policy:
        """That of the structures."""
        return self.readers[0].policy

    @property
    def featurizers(self) -> Featurizers:
        """Those of all inputs."""
        return {key: found for reader in self.readers for key, found in reader.featurizers.items()}

    @property
    def molecules(self) -> str | None:
        """The first input of molecules."""
        return next((reader.input.name for reader in self.readers if reader.input.kind == "smiles"), None)


@dataclass(frozen=True)
class Scorer:
    """Models made ready to predict; `names` are the columns that depend on the structure alone."""

    readings: tuple[Reading, ...]
    names: tuple[str, ...]
    novelty: NoveltyReader | None = None


def load_scorer(
    paths: Sequence[str],
    groups: tuple[str, ...] = DEFAULT_GROUPS,
    sha256: Sequence[str] | None = None,
    exact: bool = False,
    level: int = 90,
    prevalences: Prevalences = (),
    novelty: tuple[str, str] | None = None,
    device: str = "cpu",
) -> Scorer:
    """Set-up of a worker that scores, from model files; raises BundleError if their content hashes are not `sha256`.

    `novelty` is the file of an autoencoder and its hash.
    """
    bundles = read_unchanged(paths, sha256)
    labels = [Path(path).stem for path in paths]
    scorer = scorer_from_bundles(bundles, labels, groups, exact, level, prevalences, device)
    if novelty is None:
        return scorer
    from molkit.engine.novelty import load_novelty

    return replace(scorer, novelty=load_novelty(*novelty))


def read_unchanged(paths: Sequence[str | Path], sha256: Sequence[str] | None) -> list[Bundle]:
    """Model files; raises BundleError if their content hashes are not `sha256` (None: whatever they are)."""
    bundles = [read_bundle(Path(path)) for path in paths]
    for path, bundle, expected in zip(paths, bundles, sha256 or [b.sha256 for b in bundles], strict=True):
        if bundle.sha256 != expected:
            raise BundleError(f"{path}: the model file has changed since it was loaded; load it again")
    return bundles


def scorer_from_bundles(
    bundles: Sequence[Bundle],
    labels: Sequence[str] = ("model",),
    groups: tuple[str, ...] = DEFAULT_GROUPS,
    exact: bool = False,
    level: int = 90,
    prevalences: Prevalences = (),
    device: str = "cpu",
    called: Sequence[dict[str, str]] | None = None,
) -> Scorer:
    """The parts of model files that the wanted column groups need.

    Shortcuts that a model's own check allows are taken unless `exact`. `called` are names for the columns of each
    model that are wanted, where the usual ones (see `joint_names`) will not do.
    """
    names = called or joint_names([bundle.model for bundle in bundles], labels, groups, level)
    together: dict[str, _Alike] = {}
    for bundle, own in zip(bundles, names, strict=True):
        model = bundle.model
        shortcuts = Shortcuts() if exact else shortcuts_from_dict(model.get("shortcuts", {}))
        policy = policy_from_dict(model["policy"])
        if shortcuts.as_drawn:
            policy = replace(policy, max_isomers=1)
        inputs = tuple(replace(one, source="") for one in inputs_from_dict(model["inputs"]))
        found = _Alike(inputs, policy, model["featurizers"])
        entry = together.setdefault(repr((inputs, policy, found.options)), found)
        entry.models.append(_model_scorer(bundle, own, groups, shortcuts.bfloat16, level, dict(prevalences), device))
    if len({tuple(one.name for one in entry.inputs) for entry in together.values()}) > 1:
        raise InputError("the models read different inputs; score with one after the other")
    shared = (*shared_names(groups), *((DRAWN,) if DRAWN in groups else ()))
    return Scorer(tuple(entry.reading() for entry in together.values()), shared)


@dataclass(frozen=True)
class _Alike:
    """Models that read their inputs in one way."""

    inputs: tuple[Input, ...]
    policy: Policy
    options: dict[str, Any]
    models: list[ModelScorer] = field(default_factory=list)

    def reading(self) -> Reading:
        keys = {key for model in self.models for key in model.ensemble.needs}
        keys |= {key for model in self.models if model.neighbours for one in self.inputs if (key := sketch_key(one))}
        readers = []
        for one in self.inputs:
            own = sorted(key for key in keys if key.partition("/")[0] == one.name)
            made = new_featurizers(own, {**self.options, **feature_options(one)})
            readers.append(InputReader(one, self.policy, made))
        return Reading(tuple(readers), tuple(self.models))


def _model_scorer(
    bundle: Bundle,
    names: dict[str, str],
    groups: Sequence[str],
    reduced: bool,
    level: int,
    prevalences: Mapping[str, float],
    device: str,
) -> ModelScorer:
    model = bundle.model
    structures = "training.safetensors" in bundle.entries and needs_similarity(groups)
    training = bundle.arrays("training.safetensors") if structures else {}
    texts = bundle.json("training.json") if structures else {}
    inputs = inputs_from_dict(model["inputs"])
    ensemble = ensemble_from_bundle(bundle)
    return ModelScorer(
        targets=targets_from(model),
        names=names,
        ensemble=ensemble.adapted(reduced, device) if reduced or device != "cpu" else ensemble,
        trust=trust_from_bundle(bundle, level),
        judges=needs_similarity(groups),
        level=level,
        prevalences=prevalences,
        neighbours=RowIndex(_sketches(training, inputs)) if structures else None,
        inputs=inputs,
        things=tuple([texts["smiles"]] if "smiles" in texts else texts.get("things", {}).values()),
        ids=texts.get("ids"),
        training_values=training.get("values", np.empty(0)),
        nearest_names=tuple(nearest_names(model)),
    )


def _sketches(training: Mapping[str, np.ndarray], inputs: Sequence[Input]) -> Sketches:
    """Those of the training rows of a model file; of molecules alone each row has its own."""
    if "bits" in training:
        return Sketches((training["bits"],), np.arange(len(training["bits"]))[:, None])
    bits = tuple(training[f"bits/{one.name}"] for one in inputs)
    return Sketches(bits, training["index"].astype(np.int64), alike_places(inputs))


def ensemble_from_bundle(bundle: Bundle) -> Ensemble:
    """The fitted learners of a model file."""
    learners = bundle.model["learners"]
    members = [
        tuple(fold_model(bundle, f"learners/{place}/{model}", learner["name"]) for model in range(learner["models"]))
        for place, learner in enumerate(learners)
    ]
    return Ensemble(
        names=tuple(learner["name"] for learner in learners),
        members=tuple(members),
        weights=np.array(bundle.model["weights"]),
        calibration=tuple(map(calibration_from_dict, bundle.model["calibration"])),
        binary=np.array([target["kind"] == "binary" for target in bundle.model["targets"]]),
        exclusive=exclusive_columns([target.group for target in targets_from(bundle.model)]),
        pretrained=pretrained_from_bundle(bundle),
    )


def pretrained_from_bundle(bundle: Bundle) -> tuple[Pretrained, ...]:
    """The encoder whose vectors learners of a model file read, if there is one."""
    if f"{ENCODER}/config.json" not in bundle.entries:
        return ()
    arrays = bundle.arrays(f"{ENCODER}/arrays.safetensors")
    return (Pretrained.from_state(State(bundle.json(f"{ENCODER}/config.json"), arrays)),)


def fold_model(bundle: Bundle, folder: str, name: str) -> Learner:
    """The fold model in a folder of a model file, of the learner of that name."""
    config, arrays = bundle.json(f"{folder}/config.json"), bundle.arrays(f"{folder}/arrays.safetensors")
    return learner_from_state(name, State(config, arrays))
