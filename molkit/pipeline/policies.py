"""What a configuration says of reading structures and making features of them."""

from __future__ import annotations

from typing import Any

from molkit.chem.limits import Limits
from molkit.chem.policy import Policy
from molkit.config import RunConfig


def policy_of(config: RunConfig) -> Policy:
    """The structure policy that a configuration asks for."""
    limits = Limits(seconds=config.seconds_per_molecule)
    return Policy(mixtures=config.mixtures, max_isomers=config.max_isomers, limits=limits)


def feature_options(config: RunConfig) -> dict[str, dict[str, Any]]:
    """Options of each featurizer that has any."""
    return {"fingerprint": {"radius": config.fingerprint_radius, "size": config.fingerprint_size}}
