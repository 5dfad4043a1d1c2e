"""Options of learners with some values changed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from molkit.errors import InputError, name_hint
from molkit.imbalance import METHODS

# What the options of learners may be: the smallest and largest number, or the texts. Shares are above 0.
_SHARE = (1e-9, 1.0)
LIMITS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("trees", "rows_per_leaf", "penalties", "width", "depth", "epochs", "batch_size"), (1, 1e9)),
    **dict.fromkeys(("leaves", "folds"), (2, 1e6)),
    **dict.fromkeys(("columns_per_tree", "columns_per_split"), _SHARE),
    **dict.fromkeys(("learning_rate", "first_rate", "last_rate"), (1e-12, 10.0)),
    **dict.fromkeys(("weakest", "strongest", "count_weight", "clip", "gradient_norm"), (1e-12, 1e12)),
    **dict.fromkeys(("warmup_epochs", "patience"), (0, 1e9)),
    "dropout": (0.0, 0.99),
}
CHOICES: dict[str, tuple[str, ...]] = {
    "imbalance": tuple(METHODS),
    "objective": ("squared", "absolute"),
    "head": ("auto", "mlp", "bilinear", "symmetric"),
}


def changed(options: Any, learner: str, changes: Mapping[str, Any] | None) -> Any:
    """The options of a learner with other values of some; what a network's `fit` holds is named beside its own.

    Raises InputError for a name that it does not have, or a value of another type or beyond its limits.
    """
    for name, value in (changes or {}).items():
        own = _plain(options)
        inner = _plain(options.fit) if hasattr(options, "fit") else {}
        if name not in own and name not in inner:
            raise InputError(f"{learner} has no option {name!r}{name_hint(name, {**own, **inner})}")
        right = _alike(value, own.get(name, inner.get(name)), learner, name)
        if name in own:
            options = replace(options, **{name: right})
        else:
            options = replace(options, fit=replace(options.fit, **{name: right}))
    return options


def _plain(options: Any) -> dict[str, Any]:
    """The options that are numbers or text."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return {name: value for name, value in values.items() if isinstance(value, int | float | str)}


def _alike(value: Any, known: Any, learner: str, name: str) -> Any:
    """The value as the type that is expected; a whole number will do where a fraction may stand."""
    expected = type(known)
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not expected:
        raise InputError(f"{learner}: {name} should be {expected.__name__}, got {value!r}")
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise InputError(f"{learner}: there is no {name} {value!r}{name_hint(value, CHOICES[name])}")
    elif not LIMITS[name][0] <= value <= LIMITS[name][1]:
        low, high = LIMITS[name]
        raise InputError(f"{learner}: {name} should be from {low:g} to {high:g}, got {value!r}")
    return value
