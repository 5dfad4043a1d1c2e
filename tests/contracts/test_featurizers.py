"""What every featurizer promises."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from samples import new_featurizer, odd_things

from molkit.data.batching import join_values, take_values
from molkit.data.compact import features_from_bytes, features_to_bytes
from molkit.features import FEATURIZERS, KIND_OF, TokenFeaturizer
from molkit.types import Steps, Values


def rows_of(values: Values, rows: list[int]) -> list[Any]:
    """The chosen values in a form that can be compared, whatever the class tables."""
    part = take_values(values, np.array(rows, np.int64))
    if isinstance(part, np.ndarray):
        return np.nan_to_num(part, nan=-1e9).tolist()
    if isinstance(part, Steps):
        values = part.values if part.values.dtype.kind == "i" else np.nan_to_num(part.values, nan=-1e9)
        return [values.tolist(), part.offsets.tolist()]
    return [
        part.atom_classes[part.atoms].tolist(),
        part.bond_classes[part.bonds].tolist(),
        *(getattr(part, name).tolist() for name in ("edges", "atom_offsets", "edge_offsets")),
    ]


@pytest.fixture(params=[*FEATURIZERS, "tokens and variants"])
def featurizer(request: pytest.FixtureRequest) -> Any:
    if request.param == "tokens and variants":
        return TokenFeaturizer(variants=3)
    kind = KIND_OF[request.param]
    return new_featurizer(request.param, [] if kind == "smiles" else odd_things(kind, []))


@pytest.fixture
def items(featurizer: Any, varied: list[Chem.Mol]) -> list[Any]:
    """What the featurizer reads."""
    return odd_things(KIND_OF[featurizer.kind], varied)


def content(item: Any) -> bytes:
    if isinstance(item, Chem.Mol):
        return Chem.MolToSmiles(item).encode() + item.ToBinary(Chem.PropertyPickleOptions.AtomProps)
    return pickle.dumps(item)


def test_it_is_listed_under_its_kind() -> None:
    assert all(FEATURIZERS[name].kind == name for name in FEATURIZERS)


def test_it_gives_one_value_per_thing_and_the_same_again(featurizer: Any, items: list[Any]) -> None:
    once, again = featurizer(items), featurizer(copy.deepcopy(items))
    everything = list(range(len(items)))
    assert len(once) == len(items)
    assert rows_of(once, everything) == rows_of(again, everything)


def test_it_leaves_the_things_as_they_were(featurizer: Any, items: list[Any]) -> None:
    copies = copy.deepcopy(items)
    before = [content(item) for item in copies]
    featurizer(copies)
    assert [content(item) for item in copies] == before


def test_a_thing_has_the_same_value_in_any_company(featurizer: Any, items: list[Any]) -> None:
    mixed = featurizer(items)
    for row, item in enumerate(items):
        assert rows_of(mixed, [row]) == rows_of(featurizer([item]), [0]), row


def test_its_options_survive_json(featurizer: Any) -> None:
    options = json.loads(json.dumps(asdict(featurizer)))
    assert set(options) == {field.name for field in fields(featurizer)}
    assert type(featurizer)(**options) == featurizer


def test_nothing_gives_no_values(featurizer: Any) -> None:
    assert len(featurizer([])) == 0


def test_chunks_join_to_the_whole(featurizer: Any, items: list[Any]) -> None:
    parts = [featurizer(items[start : start + 9]) for start in range(0, len(items), 9)]
    joined = join_values([*parts[:2], featurizer([]), *parts[2:]])
    everything = list(range(len(items)))
    assert rows_of(joined, everything) == rows_of(featurizer(items), everything)


def test_an_array_has_a_name_for_each_column(featurizer: Any, items: list[Any]) -> None:
    if hasattr(featurizer, "names"):
        assert len(set(featurizer.names)) == len(featurizer.names) == featurizer(items).shape[1]


def test_what_it_gives_comes_back_from_a_file(featurizer: Any, items: list[Any]) -> None:
    value = featurizer(items)
    back = features_from_bytes(features_to_bytes(value))
    assert rows_of(back, list(range(len(items)))) == rows_of(value, list(range(len(items))))
