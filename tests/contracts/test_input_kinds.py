"""What every kind of input promises to whatever reads it."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from rdkit import Chem
from samples import odd_things

from molkit.features import FEATURIZERS, FEATURIZERS_OF
from molkit.features.inputs import KINDS
from molkit.learners.inputs import ARRAYS, DEFAULT_ENCODERS, NETWORKS
from molkit.types import STATUSES, Identity, Problem

READ = [kind for kind, own in KINDS.items() if own.reader]


def test_features_have_a_name_each() -> None:
    assert len(FEATURIZERS) == sum(map(len, FEATURIZERS_OF.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_its_features_are_there(kind: str) -> None:
    features = {own.kind for own in FEATURIZERS_OF[kind]}
    assert set(ARRAYS[kind]) <= features
    assert KINDS[kind].sketch in {None, *features}
    assert NETWORKS[DEFAULT_ENCODERS[kind]] in features


def test_networks_read_features_that_are_there() -> None:
    assert set(NETWORKS.values()) <= set(FEATURIZERS)
    assert set(FEATURIZERS_OF) == set(KINDS) == set(ARRAYS) == set(DEFAULT_ENCODERS)


@pytest.mark.parametrize("kind", READ)
def test_its_reader_is_rebuilt_from_json_and_never_raises(kind: str) -> None:
    reader = KINDS[kind].reader()  # type: ignore[misc]
    again = type(reader)(**json.loads(json.dumps(asdict(reader))))
    assert again == reader
    for cell in ("", "?", "\0", "no/such/file"):
        found = again(cell if kind != "record" else Problem("empty", "there is nothing."))
        assert not isinstance(found, Problem) or (found.status in STATUSES and found.reason)


@pytest.mark.parametrize("kind", READ)
def test_a_thing_is_identified_the_same_way_again(kind: str, varied: list[Chem.Mol]) -> None:
    identify = KINDS[kind].identify
    assert identify is not None
    one, other = ([identify(thing) for thing in odd_things(kind, varied)] for _ in range(2))
    assert one == other
    assert all(isinstance(found, Identity) for found in one)
