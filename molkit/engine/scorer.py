"""Model files made ready to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molkit.bundle import Bundle, read_bundle
from molkit.chem.policy import Policy, policy_from_dict
from molkit.data.quantities import exclusive_columns
from molkit.domain import SimilarityIndex
from molkit.engine.columns import (
    DEFAULT_GROUPS,
    DRAWN,
    Prevalences,
    joint_names,
    needs_similarity,
    shared_names,
    targets_from,
)
from molkit.engine.shortcuts import Shortcuts, shortcuts_from_dict
from molkit.engine.structures import Featurizers, new_featurizers
from molkit.errors import BundleError
from molkit.evaluation.recalibrate import calibration_from_dict
from molkit.learners import learner_from_state
from molkit.learners.protocol import Learner, State
from molkit.learners.stack import Ensemble
from molkit.trust import Trust, trust_from_bundle
from molkit.types import Target


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
    index: SimilarityIndex | None
    training: dict[str, list[str]]  # "smiles", and "ids" if the compounds have names
    training_values: np.ndarray


@dataclass(frozen=True)
class Reading:
    """How structures are read and featurized for the models that want it so."""

    policy: Policy
    featurizers: Featurizers
    models: tuple[ModelScorer, ...]


@dataclass(frozen=True)
class Scorer:
    """Models made ready to predict; `names` are the columns that depend on the structure alone."""

    readings: tuple[Reading, ...]
    names: tuple[str, ...]


def load_scorer(
    paths: Sequence[str],
    groups: tuple[str, ...] = DEFAULT_GROUPS,
    sha256: Sequence[str] | None = None,
    exact: bool = False,
    level: int = 90,
    prevalences: Prevalences = (),
    device: str = "cpu",
) -> Scorer:
    """Set-up of a worker that scores, from model files; raises BundleError if their content hashes are not `sha256`."""
    bundles = read_unchanged(paths, sha256)
    labels = [Path(path).stem for path in paths]
    return scorer_from_bundles(bundles, labels, groups, exact, level, prevalences, device)


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
    alike: dict[str, tuple[Policy, dict[str, Any], list[tuple[ModelScorer, set[str]]]]] = {}
    for bundle, own in zip(bundles, names, strict=True):
        model = bundle.model
        shortcuts = Shortcuts() if exact else shortcuts_from_dict(model.get("shortcuts", {}))
        policy = policy_from_dict(model["policy"])
        if shortcuts.as_drawn:
            policy = replace(policy, max_isomers=1)
        entry = alike.setdefault(repr((policy, model["featurizers"])), (policy, model["featurizers"], []))
        scorer = _model_scorer(bundle, own, groups, shortcuts.bfloat16, level, dict(prevalences), device)
        keys = set(scorer.ensemble.needs) | ({"drug/fingerprint"} if scorer.index else set())
        entry[2].append((scorer, keys))
    readings = [
        Reading(
            policy,
            new_featurizers(sorted(set().union(*(keys for _, keys in members))), options),
            tuple(scorer for scorer, _ in members),
        )
        for policy, options, members in alike.values()
    ]
    shared = (*shared_names(groups), *((DRAWN,) if DRAWN in groups else ()))
    return Scorer(tuple(readings), shared)


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
    ensemble = ensemble_from_bundle(bundle)
    return ModelScorer(
        targets=targets_from(model),
        names=names,
        ensemble=ensemble.adapted(reduced, device) if reduced or device != "cpu" else ensemble,
        trust=trust_from_bundle(bundle, level),
        judges=needs_similarity(groups),
        level=level,
        prevalences=prevalences,
        index=SimilarityIndex(training["bits"]) if structures else None,
        training=bundle.json("training.json") if structures else {},
        training_values=training.get("values", np.empty(0)),
    )


def ensemble_from_bundle(bundle: Bundle) -> Ensemble:
    """The fitted learners of a model file."""
    learners = bundle.model["learners"]
    members = [
        tuple(_fold_model(bundle, f"learners/{place}/{model}", learner["name"]) for model in range(learner["models"]))
        for place, learner in enumerate(learners)
    ]
    return Ensemble(
        names=tuple(learner["name"] for learner in learners),
        members=tuple(members),
        weights=np.array(bundle.model["weights"]),
        calibration=tuple(map(calibration_from_dict, bundle.model["calibration"])),
        binary=np.array([target["kind"] == "binary" for target in bundle.model["targets"]]),
        exclusive=exclusive_columns([target.group for target in targets_from(bundle.model)]),
    )


def _fold_model(bundle: Bundle, folder: str, name: str) -> Learner:
    config, arrays = bundle.json(f"{folder}/config.json"), bundle.arrays(f"{folder}/arrays.safetensors")
    return learner_from_state(name, State(config, arrays))
