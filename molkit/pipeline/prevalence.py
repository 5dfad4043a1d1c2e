"""The share of positives to expect in a library, where it is not that of the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from molkit.engine.columns import Prevalences, targets_from
from molkit.errors import InputError


def read_prevalences(texts: Sequence[str], models: Sequence[dict[str, Any]]) -> Prevalences:
    """Targets and shares from texts NAME=SHARE, or SHARE alone where the models have one target of two classes.

    Raises InputError for anything else.
    """
    given = []
    for text in texts:
        name, _, share = text.rpartition("=")
        try:
            given.append((name.strip(), float(share)))
        except ValueError:
            raise InputError(f"--prevalence {text}: expected a share between 0 and 1, such as 0.02") from None
    return named_prevalences(given, models)


def named_prevalences(given: Prevalences, models: Sequence[dict[str, Any]]) -> tuple[tuple[str, float], ...]:
    """Targets and shares, an empty name being that of the one target of two classes.

    Raises InputError for a target that no model predicts as a class, or a share that is none.
    """
    known = _training_shares(models)
    found: dict[str, float] = {}
    for name, share in given:
        if not name and len(known) != 1:
            raise InputError(f"--prevalence {share:g}: say of which target, as NAME={share:g}; {_listed(known)}")
        target = name or next(iter(known))
        if target in found:
            raise InputError(f"--prevalence: {target!r} is given twice")
        if target not in known:
            raise InputError(f"--prevalence {target}={share:g}: {_listed(known)}")
        if not 0 < share < 1:
            raise InputError(f"--prevalence {target}={share:g}: expected a share between 0 and 1, such as 0.02")
        if not 0 < (known[target] or 0) < 1:
            raise InputError(f"--prevalence {target}: the model file holds no share of its training rows; train again")
        found[target] = share
    return tuple(found.items())


def prevalence_notes(prevalences: Prevalences, models: Sequence[dict[str, Any]]) -> list[str]:
    """What is to be told of predictions for other shares than those of training."""
    known = _training_shares(models)
    return [
        f"The probabilities of {name} are for a share of {share:g} positives; training had {known[name]:.3g}, for "
        "which the threshold was chosen that its classes are named from."
        for name, share in prevalences
    ]


def _training_shares(models: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """The share of positives among the training rows of each target of two classes; None where a model holds none."""
    found: dict[str, float | None] = {}
    for model in models:
        targets = targets_from(model)
        shares = model["trust"]["shares"] if "trust" in model else [None] * len(targets)
        for target, share in zip(targets, shares, strict=True):
            if target.kind == "binary" and not target.group:
                found[target.name] = share if found.get(target.name, share) is not None else None
    return found


def _listed(known: dict[str, float | None]) -> str:
    return f"the models predict the classes of {', '.join(map(repr, known)) or 'no target'}"
