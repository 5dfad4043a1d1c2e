"""What every featurizer promises."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from molkit.data.batching import join_values, take_values
from molkit.data.compact import features_from_bytes, features_to_bytes
from molkit.features import FEATURIZERS, TokenFeaturizer, features_reading
from molkit.types import Steps, Values


def rows_of(values: Values, rows: list[int]) -> list[Any]:
    """The chosen molecules' values in a form that can be compared, whatever the class tables."""
    part = take_values(values, np.array(rows, np.int64))
    if isinstance(part, np.ndarray):
        return np.nan_to_num(part, nan=-1e9).tolist()
    if isinstance(part, Steps):
        return [part.values.tolist(), part.offsets.tolist()]
    return [
        part.atom_classes[part.atoms].tolist(),
        part.bond_classes[part.bonds].tolist(),
        *(getattr(part, name).tolist() for name in ("edges", "atom_offsets", "edge_offsets")),
    ]


@pytest.fixture(params=[*FEATURIZERS, "tokens and variants"])
def featurizer(request: pytest.FixtureRequest) -> Any:
    if request.param == "tokens and variants":
        return TokenFeaturizer(variants=3)
    return FEATURIZERS[request.param]()


@pytest.fixture
def items(featurizer: Any, varied: list[Chem.Mol], signals: list[Any]) -> list[Any]:
    """What the featurizer reads."""
    return signals if featurizer.kind in features_reading("signal") else varied


def written(item: Any) -> Any:
    """All that an item is, in a form that can be compared."""
    if isinstance(item, Chem.Mol):
        return Chem.MolToSmiles(item), item.ToBinary(Chem.PropertyPickleOptions.AtomProps)
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(item).items()}


def test_it_is_listed_under_its_kind() -> None:
    assert all(FEATURIZERS[name].kind == name for name in FEATURIZERS)


def test_it_gives_one_value_per_item_and_the_same_again(featurizer: Any, items: list[Any]) -> None:
    once, again = featurizer(items), featurizer(copy.deepcopy(items))
    everything = list(range(len(items)))
    assert len(once) == len(items)
    assert rows_of(once, everything) == rows_of(again, everything)


def test_it_leaves_the_items_as_they_were(featurizer: Any, items: list[Any]) -> None:
    copies = copy.deepcopy(items)
    before = [written(item) for item in copies]
    featurizer(copies)
    assert [written(item) for item in copies] == before


def test_an_item_has_the_same_value_in_any_company(featurizer: Any, items: list[Any]) -> None:
    mixed = featurizer(items)
    for row in range(len(items)):
        assert rows_of(mixed, [row]) == rows_of(featurizer([items[row]]), [0]), written(items[row])


def test_its_options_survive_json(featurizer: Any) -> None:
    options = json.loads(json.dumps(asdict(featurizer)))
    assert set(options) == {field.name for field in fields(featurizer)}
    assert type(featurizer)(**options) == featurizer


def test_no_items_give_no_values(featurizer: Any) -> None:
    assert len(featurizer([])) == 0


def test_chunks_join_to_the_whole(featurizer: Any, items: list[Any]) -> None:
    parts = [featurizer(items[start : start + 9]) for start in range(0, len(items), 9)]
    joined = join_values([*parts[:2], featurizer([]), *parts[2:]])
    everything = list(range(len(items)))
    assert rows_of(joined, everything) == rows_of(featurizer(items), everything)


def test_values_survive_storage(featurizer: Any, items: list[Any]) -> None:
    value = featurizer(items)
    everything = list(range(len(items)))
    assert rows_of(features_from_bytes(features_to_bytes(value)), everything) == rows_of(value, everything)


def test_an_array_has_a_name_for_each_column(featurizer: Any, items: list[Any]) -> None:
    value = featurizer(items)
    if hasattr(featurizer, "names"):
        assert len(set(featurizer.names)) == len(featurizer.names) == value.shape[1]
