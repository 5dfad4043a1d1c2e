"""The structure policy: a version and its few options, stored in a model and replayed at prediction."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from molkit.chem.limits import Limits
from molkit.errors import InputError


@dataclass(frozen=True)
class Policy:
    """How structures are standardised; stored in a model and replayed at prediction.

    `mixtures` is "reject" or "largest"; `max_isomers` bounds the isomers of undefined stereocentres.
    """

    version: int = 1
    mixtures: str = "reject"
    max_isomers: int = 8
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.version != 1:
            raise InputError(f"Structure policy version {self.version} is not known; this molkit knows version 1.")
        if self.mixtures not in ("reject", "largest"):
            raise InputError(f'Expected mixtures "reject" or "largest", got {self.mixtures!r}.')
        if self.max_isomers < 1:
            raise InputError(f"Expected max_isomers of at least 1, got {self.max_isomers!r}.")


def policy_from_dict(values: dict[str, Any]) -> Policy:
    """The inverse of `dataclasses.asdict` of a Policy; InputError on keys or values it does not know.

    >>> from dataclasses import asdict
    >>> policy_from_dict(asdict(Policy(mixtures="largest"))).mixtures
    'largest'
    """
    _check_keys(values, Policy, "structure policy")
    values = dict(values)
    if "limits" in values:
        _check_keys(values["limits"], Limits, "limits")
        values["limits"] = Limits(**values["limits"])
    return Policy(**values)


def _check_keys(values: object, kind: type, name: str) -> None:
    known = [entry.name for entry in fields(kind)]
    if not isinstance(values, dict):
        raise InputError(f"Expected the {name} as a table of values, got {type(values).__name__}.")
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputError(f"Unknown key {unknown[0]!r} in the {name}. Known are: {', '.join(known)}.")
