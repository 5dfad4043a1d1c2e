"""What every featurizer promises."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from molkit.data.batching import join_values, take_values
from molkit.features import FEATURIZERS, TokenFeaturizer
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


def test_it_is_listed_under_its_kind() -> None:
    assert all(FEATURIZERS[name].kind == name for name in FEATURIZERS)


def test_it_gives_one_value_per_molecule_and_the_same_again(featurizer: Any, varied: list[Chem.Mol]) -> None:
    once, again = featurizer(varied), featurizer([Chem.Mol(mol) for mol in varied])
    everything = list(range(len(varied)))
    assert len(once) == len(varied)
    assert rows_of(once, everything) == rows_of(again, everything)


def test_it_leaves_the_molecules_as_they_were(featurizer: Any, varied: list[Chem.Mol]) -> None:
    copies = [Chem.Mol(mol) for mol in varied]
    before = [(Chem.MolToSmiles(mol), mol.ToBinary(Chem.PropertyPickleOptions.AtomProps)) for mol in copies]
    featurizer(copies)
    assert [(Chem.MolToSmiles(mol), mol.ToBinary(Chem.PropertyPickleOptions.AtomProps)) for mol in copies] == before


def test_a_molecule_has_the_same_value_in_any_company(featurizer: Any, varied: list[Chem.Mol]) -> None:
    mixed = featurizer(varied)
    for row in range(len(varied)):
        assert rows_of(mixed, [row]) == rows_of(featurizer([varied[row]]), [0]), Chem.MolToSmiles(varied[row])


def test_its_options_survive_json(featurizer: Any, varied: list[Chem.Mol]) -> None:
    options = json.loads(json.dumps(asdict(featurizer)))
    assert set(options) == {field.name for field in fields(featurizer)}
    assert type(featurizer)(**options) == featurizer


def test_no_molecules_give_no_values(featurizer: Any) -> None:
    assert len(featurizer([])) == 0


def test_chunks_join_to_the_whole(featurizer: Any, varied: list[Chem.Mol]) -> None:
    parts = [featurizer(varied[start : start + 9]) for start in range(0, len(varied), 9)]
    joined = join_values([*parts[:2], featurizer([]), *parts[2:]])
    everything = list(range(len(varied)))
    assert rows_of(joined, everything) == rows_of(featurizer(varied), everything)
