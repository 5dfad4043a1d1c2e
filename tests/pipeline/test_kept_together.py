"""What no split may part stays together beside other inputs, and two of a kind are symmetric beside a third input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.features.inputs import Input, broken_down, read_inputs
from molkit.pipeline.checks import check_config, crossings
from molkit.pipeline.cold import cold_folds_of, cold_methods, cold_split
from molkit.pipeline.dataset import Dataset, entity_numbers, row_leaks, sample_keys
from molkit.pipeline.material import _kept_together, with_usual_split
from molkit.types import Identity, Measurements, Split

RNG = np.random.default_rng(0)
TRIPLE = read_inputs(["protein=p", "drug_a=a", "drug_b=b"])


def identities(inputs: tuple[Input, ...], numbers: np.ndarray) -> dict[str, tuple[Identity, ...]]:
    """Things called by numbers [n, inputs]; rows of tables have no key."""
    return {
        one.name: tuple(Identity("") if one.kind == "table" else Identity(f"{n}", f"{one.kind} {n}", (f"{n}",))
                        for n in numbers[:, place].tolist())
        for place, one in enumerate(inputs)
    }  # fmt: skip


def dataset(inputs: tuple[Input, ...], numbers: np.ndarray, groups: np.ndarray | None = None) -> Dataset:
    known, n = identities(inputs, numbers), len(numbers)
    labels = Measurements(RNG.normal(size=(n, 1)), np.zeros((n, 1), np.int8), np.ones(n))
    return Dataset(
        inputs, {}, labels, known, entity_numbers(inputs, known), None, None if groups is None else tuple(groups),
        None, tuple((row + 1,) for row in range(n)), {}, (),
    )  # fmt: skip


def triples(rows: int = 400, drugs: int = 15) -> np.ndarray:
    return np.stack([RNG.integers(0, 6, rows), *RNG.integers(0, drugs, (2, rows))], axis=1)


@pytest.mark.parametrize("kind", ["record", "image", "signal"])
@pytest.mark.parametrize(("other", "method"), [("table", "random"), ("smiles", "scaffold"), ("sequence", "group")])
def test_no_subject_is_parted_beside_a_second_input(kind: str, other: str, method: str) -> None:
    inputs = (Input("second", other), Input("thing", kind))
    numbers = np.stack([np.arange(60) % 17, np.arange(60) // 2], axis=1)
    data = dataset(inputs, numbers)
    for groups in (_kept_together(data, method), data.leak):
        of = {tuple(set(groups[numbers[:, 1] == subject])) for subject in range(30)}
        assert all(len(own) == 1 for own in of)
    if other == "table":
        assert len(set(data.leak)) == 30


def test_rows_of_molecules_and_proteins_are_parted_as_before() -> None:
    numbers = triples()[:, :2]
    inputs = read_inputs(["drug=a", "protein=b"])
    leak = dataset(inputs, numbers).leak
    assert len(set(leak)) == len({tuple(row) for row in numbers.tolist()})


def test_two_images_that_share_a_patient_in_either_place_are_together() -> None:
    inputs = (Input("image_a", "image"), Input("image_b", "image"))
    leak = row_leaks(inputs, {"image_a": np.array([1, 2, 5]), "image_b": np.array([2, 3, 6])})
    assert leak.tolist() == [0, 0, 1]


def test_the_order_of_two_of_a_kind_means_nothing_beside_a_third() -> None:
    numbers = triples()
    swapped = numbers[:, [0, 2, 1]]
    one, two = identities(TRIPLE, numbers), identities(TRIPLE, swapped)
    assert sample_keys(TRIPLE, one) == sample_keys(TRIPLE, two)
    entities, others = entity_numbers(TRIPLE, one), entity_numbers(TRIPLE, two)
    np.testing.assert_array_equal(row_leaks(TRIPLE, entities), row_leaks(TRIPLE, others))
    same = numbers[:, [1]] == numbers[:, 2]
    np.testing.assert_array_equal(entities["drug_a"][:, None] == entities["drug_b"], same)
    assert [name.name for name in broken_down(TRIPLE)] == ["protein"]


def test_cold_splits_of_two_drugs_and_a_protein() -> None:
    assert cold_methods(TRIPLE) == {
        "cold-protein": ("protein",), "cold-drug": ("drug_a",), "cold-both": ("protein", "drug_a", "drug_b"),
    }  # fmt: skip
    numbers = triples(3000)
    data = dataset(TRIPLE, numbers)
    for method in cold_methods(TRIPLE):
        split = cold_split(data, ("regression",), method, (0.8, 0.0, 0.2), 0)
        _check_new(method, numbers, np.array(split.train), np.array(split.test))
        for fold in cold_folds_of(data, ("regression",), method, np.arange(len(numbers)), 3, 0):
            _check_new(method, numbers, fold.train, fold.held_out)


def _check_new(method: str, numbers: np.ndarray, train: np.ndarray, test: np.ndarray) -> None:
    assert len(train)
    assert len(test)
    drugs, proteins = set(numbers[train, 1:].ravel().tolist()), set(numbers[train, 0].tolist())
    new = np.array([[drug not in drugs for drug in pair] for pair in numbers[test, 1:].tolist()])
    fresh = {protein not in proteins for protein in numbers[test, 0].tolist()}
    if method == "cold-protein":
        assert fresh == {True}
    elif method == "cold-drug":
        assert new.any(axis=1).all()
    else:
        assert fresh == {True}
        assert new.all()


def test_no_cold_split_parts_what_must_stay_together() -> None:
    mixed = read_inputs(["drug=smiles", "scan=path"])
    assert cold_methods(mixed) == {"cold-scan": ("scan",), "cold-both": ("drug", "scan")}
    with pytest.raises(InputError, match="cold splits of these inputs are cold-scan, cold-both"):
        with_usual_split(RunConfig(split="cold-drug"), mixed, [])


def test_groups_are_refused_with_a_cold_split_and_kept_by_the_usual_one() -> None:
    pair = ("drug_a=one", "drug_b=two")
    with pytest.raises(InputError, match="--split group or --split random"):
        check_config(RunConfig(inputs=pair, split="cold-drug", group="patient"))
    assert with_usual_split(RunConfig(group="patient"), read_inputs(pair), []).split == "random"
    assert with_usual_split(RunConfig(), read_inputs(pair), []).split == "cold-drug"
    assert with_usual_split(RunConfig(), TRIPLE, []).split == "cold-drug"


@pytest.mark.parametrize("split", ["scaffold", "random"])
def test_a_random_split_is_said_to_be_optimistic_by_the_names_of_the_inputs(split: str) -> None:
    notes: list[str] = []
    with_usual_split(RunConfig(split=split), read_inputs(["enzyme=a", "patient=b,c"]), notes)
    assert len(notes) == 1
    assert "as enzyme is known" in notes[0]
    assert "drug" not in notes[0]
    with_usual_split(RunConfig(split=split), read_inputs(["record=a", "patient=b,c"]), notes)
    assert len(notes) == 1  # subjects are never parted, rows never the same


def test_a_crossing_is_laid_on_the_split_that_made_it() -> None:
    data = dataset(read_inputs(["drug=a", "protein=b"]), triples(4)[:, :2], np.array([0, 1, 0, 2]))
    split = Split((0, 1), (), (2, 3), "cold-drug", 0, "")
    assert "the cold-drug split puts 1 test" in " ".join(crossings(data, split))
    assert "the given split puts 1 test" in " ".join(crossings(data, split, "split.json"))
    given = replace(data, parts=("train", "train", "test", "test"))
    assert "the given split puts 1 test" in " ".join(crossings(given, split))
