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
from molkit.data.images import Image
from molkit.features import FEATURIZERS, FEATURIZERS_OF, TokenFeaturizer
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


@pytest.fixture(scope="module")
def items(varied: list[Chem.Mol]) -> dict[str, list[Any]]:
    """Things of each kind of input, as many of each."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (len(varied), 3, 20, 20), np.uint8)
    return {"smiles": varied, "image": [Image(f"{row}.png", own) for row, own in enumerate(pixels)]}


@pytest.fixture
def things(featurizer: Any, items: dict[str, list[Any]]) -> list[Any]:
    """Things that the featurizer reads."""
    return items[next(kind for kind, group in FEATURIZERS_OF.items() if type(featurizer) in group)]


@pytest.fixture(params=[*FEATURIZERS, "tokens and variants"])
def featurizer(request: pytest.FixtureRequest) -> Any:
    if request.param == "tokens and variants":
        return TokenFeaturizer(variants=3)
    return FEATURIZERS[request.param]()


def test_it_is_listed_under_its_kind() -> None:
    assert all(FEATURIZERS[name].kind == name for name in FEATURIZERS)


def test_it_gives_one_value_per_thing_and_the_same_again(featurizer: Any, things: list[Any]) -> None:
    once, again = featurizer(things), featurizer(copy.deepcopy(things))
    everything = list(range(len(things)))
    assert len(once) == len(things)
    assert rows_of(once, everything) == rows_of(again, everything)


@pytest.mark.parametrize("kind", [own.kind for own in FEATURIZERS_OF["smiles"]])
def test_it_leaves_the_molecules_as_they_were(kind: str, varied: list[Chem.Mol]) -> None:
    copies = [Chem.Mol(mol) for mol in varied]
    before = [(Chem.MolToSmiles(mol), mol.ToBinary(Chem.PropertyPickleOptions.AtomProps)) for mol in copies]
    FEATURIZERS[kind]()(copies)
    assert [(Chem.MolToSmiles(mol), mol.ToBinary(Chem.PropertyPickleOptions.AtomProps)) for mol in copies] == before


def test_a_thing_has_the_same_value_in_any_company(featurizer: Any, things: list[Any]) -> None:
    mixed = featurizer(things)
    for row in range(len(things)):
        assert rows_of(mixed, [row]) == rows_of(featurizer([things[row]]), [0]), row


def test_its_options_survive_json(featurizer: Any) -> None:
    options = json.loads(json.dumps(asdict(featurizer)))
    assert set(options) == {field.name for field in fields(featurizer)}
    assert type(featurizer)(**options) == featurizer


def test_no_things_give_no_values(featurizer: Any) -> None:
    assert len(featurizer([])) == 0


def test_chunks_join_to_the_whole(featurizer: Any, things: list[Any]) -> None:
    parts = [featurizer(things[start : start + 9]) for start in range(0, len(things), 9)]
    joined = join_values([*parts[:2], featurizer([]), *parts[2:]])
    everything = list(range(len(things)))
    assert rows_of(joined, everything) == rows_of(featurizer(things), everything)
