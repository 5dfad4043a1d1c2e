"""How a run learns from unbalanced classes: the method of each learner, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from molkit.errors import InputError
from molkit.imbalance import METHODS
from molkit.pipeline.plan import AUTO, WITHOUT_TORCH, Plan

# A class with a smaller share than this is rare: `auto` does something about it.
RARE = 0.25


def rarer_shares(exact: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
    """The share of the rarer class of each target [K], NaN for numbers; `exact` [n, K] is NaN where not measured."""
    binary = np.array([kind == "binary" for kind in kinds])
    with np.errstate(invalid="ignore"):
        positive = np.array(
            [np.nanmean(values) if two else np.nan for values, two in zip(exact.T, binary, strict=True)]
        )
    return np.minimum(positive, 1 - positive)


def with_imbalance(plan: Plan, method: str, exact: np.ndarray, kinds: Sequence[str]) -> tuple[Plan, list[str]]:
    """The plan with an imbalance method for each learner, and what is to be told; `exact` [n, K] is not for testing.

    Raises InputError for a method that no learner of the plan has.
    """
    classes = "binary" in kinds
    if method == AUTO:
        return plan, []
    if not classes or method == "none":
        return plan, [] if method == "none" else [f"--imbalance {method} concerns classes; there are none here."]
    methods = {name: _own(name, method) for name in plan.folds}
    if not any(own != "none" for own in methods.values()):
        raise InputError(
            f"--imbalance {method}: only networks have it, and there is none among {', '.join(methods)}; name one "
            "with --learner, or try class-weights"
        )
    options = {name: {"imbalance": own, **plan.options.get(name, {})} for name, own in methods.items()}
    plain = [name for name, own in methods.items() if own == "none"]
    said = f"Imbalance: {method} ({METHODS[method]})" + (f"; {', '.join(plain)} without." if plain else ".")
    return replace(plan, options=options), [said]


def _own(name: str, method: str) -> str:
    """The method as a learner has it: what changes the loss is for networks."""
    return "none" if name in WITHOUT_TORCH and method in ("focal", "logit-adjusted") else method
