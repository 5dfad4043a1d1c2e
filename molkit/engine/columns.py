"""Names of the columns that a prediction adds to a table, and of the groups that they come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.errors import InputError
from molkit.types import Target

GROUPS = {
    "pred": "the predicted value, or the probability of the positive class",
    "interval": "the ends of the 90 % interval of a predicted number",
    "label": "the predicted class, by the stored threshold",
    "domain": "in, edge or out of the chemistry that the model has seen",
    "nearest": "the most similar training compound, its similarity and measured values",
    "alerts": "PAINS and Brenk patterns by name (costs more than the prediction)",
    "status": "ok or what went wrong, the reason, and notes on standardising",
    "smiles": "the standardised structure",
    "inchikey": "the full standard InChIKey",
}
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


def output_names(model: dict[str, Any], groups: Sequence[str]) -> list[str]:
    """Names of the output columns of a model file's predictions, in the order in which they are written."""
    names: list[str] = []
    targets = targets_from(model)
    for target in targets:
        regression = target.kind == "regression"
        names += [f"{target.name}_pred"] if "pred" in groups else []
        names += [f"{target.name}_lo90", f"{target.name}_hi90"] if "interval" in groups and regression else []
        names += [f"{target.name}_label"] if "label" in groups and not regression else []
    names += ["in_domain"] if "domain" in groups else []
    if "nearest" in groups:
        names += ["nearest_train", *(["nearest_train_id"] if model["named"] else []), "nearest_train_similarity"]
        names += [nearest_value_name(target) for target in targets]
    names += ["alerts"] if "alerts" in groups else []
    names += ["status", "reason", "note"] if "status" in groups else []
    names += ["smiles_std"] if "smiles" in groups else []
    return names + (["inchikey"] if "inchikey" in groups else [])


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
