"""Options of learners with some values changed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from molkit.errors import InputError, name_hint


def changed(options: Any, learner: str, changes: Mapping[str, Any] | None) -> Any:
    """The options of a learner with other values of some; what a network's `fit` holds is named beside its own.

    Raises InputError for a name that it does not have, or a value of another type.
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
        return float(value)
    if type(value) is not expected:
        raise InputError(f"{learner}: {name} should be {expected.__name__}, got {value!r}")
    return value
