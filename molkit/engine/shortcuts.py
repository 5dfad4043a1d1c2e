"""Faster ways to a prediction that a model file allows, because its own check found that they change little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molkit.training.precision import multiplies_bfloat16

# The largest root-mean-square change, as a share of the standard deviation of the measured values, up to which
# each shortcut is taken. A 90 % interval is seldom narrower than one of them.
LIMITS = {"bfloat16": 0.01, "as_drawn": 0.1}


@dataclass(frozen=True)
class Shortcuts:
    """`bfloat16`: networks compute in that precision; `as_drawn`: undefined stereocentres are not enumerated."""

    bfloat16: bool = False
    as_drawn: bool = False


def shortcuts_from_dict(checked: Mapping[str, Any]) -> Shortcuts:
    """What this machine should take of the shortcuts that a model file's check allows.

    `checked` holds, by name, the largest share by which the shortcut moved predictions ("change").
    """
    allowed = allowed_shortcuts(checked)
    return Shortcuts("bfloat16" in allowed and multiplies_bfloat16(), "as_drawn" in allowed)


def allowed_shortcuts(checked: Mapping[str, Any]) -> set[str]:
    """The names of those whose change was within its limit."""
    return {name for name, limit in LIMITS.items() if name in checked and checked[name]["change"] <= limit}
