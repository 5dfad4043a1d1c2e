"""molkit.chem.policy survives JSON and refuses what it does not know."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from molkit.chem.limits import Limits
from molkit.chem.policy import Policy, policy_from_dict
from molkit.errors import InputError


def test_round_trip_through_json() -> None:
    policy = Policy(mixtures="largest", max_isomers=3, limits=Limits(rings=7, seconds=0.5))
    assert policy.limits.harmless_length > 0  # a cached value must not enter the stored form
    assert policy_from_dict(json.loads(json.dumps(asdict(policy)))) == policy


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mixture": "largest"}, "mixture"),
        ({"limits": {"ring": 3}}, "ring"),
        ({"limits": 3}, "limits"),
        ({"mixtures": "smallest"}, "smallest"),
        ({"version": 2}, "version 2"),
        ({"max_isomers": 0}, "max_isomers"),
    ],
)
def test_unknown_keys_and_values_are_input_errors(values: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        policy_from_dict(values)
