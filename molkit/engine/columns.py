"""Names of the columns that a prediction adds to a table, and of the groups that they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from molkit.data.quantities import class_name, quantities
from molkit.errors import InputError
from molkit.types import Target

GROUPS = {
    "pred": "the predicted value, or the probability of the positive class",
    "interval": "the ends of the interval of a predicted number, or the classes that cannot be ruled out",
    "label": "the predicted class, by the stored threshold, or of several the most probable",
    "domain": "in, edge or out of the chemistry that the model has seen",
    "nearest": "the most similar training compound, its similarity and measured values",
    "alerts": "PAINS, Brenk and NIH patterns by name",
    "properties": "physico-chemical properties, QED, and what is violated of the rules of Lipinski and others",
    "status": "ok or what went wrong, the reason, and notes on standardising",
    "smiles": "the standardised structure",
    "inchikey": "the full standard InChIKey",
}
STRUCTURE_GROUPS = ("alerts", "properties", "smiles", "inchikey")  # that tell of a molecule whatever the model
PROPERTY_NAMES = (
    "molecular_weight", "logP", "hydrogen_bond_acceptors", "hydrogen_bond_donors", "rotatable_bonds", "tpsa", "rings",
    "stereo_centers", "fraction_sp3", "formal_charge", "QED", "Lipinski", "lipinski_violated", "veber_violated",
    "lead_like_violated",
)  # fmt: skip
Prevalences = Sequence[tuple[str, float]]  # targets with the share of the positive class to expect
NOVELTY, IN_LIBRARY = "novelty", "in_library"  # what an autoencoder tells of a structure, where one is named
DRAWN = "molblock"  # drawn mol blocks, which only an .sdf output asks for
DEFAULT_GROUPS = ("pred", "interval", "label", "domain", "nearest", "status", "smiles")


def choose_groups(text: str | None) -> tuple[str, ...]:
    """Groups from a comma-separated list, in which "default" stands for the usual ones.

    >>> choose_groups("pred,status")
    ('pred', 'status')
    """
    names: list[str] = []
    for name in (text or "default").replace("+", ",").split(","):
        chosen = DEFAULT_GROUPS if name.strip() == "default" else (name.strip(),)
        unknown = [group for group in chosen if group not in GROUPS]
        if unknown:
            raise InputError(f"--columns: there is no group {unknown[0]!r}; known are default, {', '.join(GROUPS)}")
        names.extend(group for group in chosen if group not in names)
    return tuple(names)


def needs_similarity(groups: Collection[str]) -> bool:
    """Whether some of the columns need the nearest training compound."""
    return not {"domain", "nearest", "interval"}.isdisjoint(groups)


def own_names(model: dict[str, Any], groups: Sequence[str], level: int = 90) -> list[str]:
    """Names of the columns that depend on the model; `level` is that of the intervals in percent."""
    names: list[str] = []
    targets = [own.target for own in quantities(targets_from(model))]
    for target in targets:
        regression = target.kind == "regression"
        names += [f"{name}_pred" for name in _predicted(target)] if "pred" in groups else []
        names += [f"{target.name}_label"] if "label" in groups and not regression else []
        if "interval" in groups:
            names += [f"{target.name}_{end}{level}" for end in (("lo", "hi") if regression else ("set",))]
    names += ["in_domain"] if "domain" in groups else []
    if "nearest" in groups:
        names += [
            *nearest_names(model),
            *(["nearest_train_id"] if model.get("named") else []),
            "nearest_train_similarity",
        ]
        names += [nearest_value_name(target) for target in targets]
    return names


def _predicted(target: Target) -> list[str]:
    """What the numbers predicted of a target are of: itself, or each of several classes."""
    if target.kind != "multiclass":
        return [target.name]
    return [class_name(target.name, one) for one in target.classes or ()]


def shared_names(groups: Sequence[str]) -> list[str]:
    """Names of the columns that depend on the structure alone."""
    names = [NOVELTY, IN_LIBRARY] if NOVELTY in groups else []
    names += PROPERTY_NAMES if "properties" in groups else []
    names += ["alerts"] if "alerts" in groups else []
    names += ["status", "reason", "note"] if "status" in groups else []
    names += ["smiles_std"] if "smiles" in groups else []
    return names + (["inchikey"] if "inchikey" in groups else [])


def joint_names(
    models: Sequence[dict[str, Any]], labels: Sequence[str], groups: Sequence[str], level: int = 90
) -> list[dict[str, str]]:
    """For each model, the name that each of its own columns has in the output of several models.

    A column of a target that no other model predicts keeps its name; the others get the model's label before it.
    """
    own = [own_names(model, groups, level) for model in models]
    if len(models) == 1:
        return [{name: name for name in own[0]}]
    told = [own.target for model in models for own in quantities(targets_from(model))]
    predicted = Counter(target.name for target in told)
    single = [target for target in told if predicted[target.name] == 1]
    taken = [name for target in single for name in (target.name, *_predicted(target))]
    endings = ("_pred", "_label", *(f"_{end}{level}" for end in ("lo", "hi", "set")))
    plain = {f"{name}{ending}" for name in taken for ending in endings}
    renamed = [
        {name: name if name in plain else f"{label}_{name}" for name in names}
        for label, names in zip(labels, own, strict=True)
    ]
    found = Counter(name for names in renamed for name in names.values())
    double = [name for name, count in found.items() if count > 1]
    if double:
        raise InputError(f"two models would both write the column {double[0]!r}; rename one of the model files")
    return renamed


def nearest_names(model: dict[str, Any]) -> list[str]:
    """Columns of what the nearest training row is: of several inputs one for each."""
    inputs = list(model["inputs"])
    return ["nearest_train"] if len(inputs) == 1 else [f"nearest_train_{name}" for name in inputs]


def nearest_value_name(target: Target) -> str:
    """Column of the nearest compound's measured value, apart from those of its name and similarity."""
    taken = target.name in ("id", "similarity")
    return f"nearest_train_{target.name}{'_measured' if taken else ''}"


def targets_from(model: dict[str, Any]) -> tuple[Target, ...]:
    """The targets that a model file describes."""
    return tuple(
        Target(**{**target, "classes": tuple(target["classes"]) if target["classes"] else None})
        for target in model["targets"]
    )
