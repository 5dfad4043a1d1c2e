"""Which learner reads what of which inputs."""

from __future__ import annotations

from typing import Any

import pytest

from molkit.errors import InputError
from molkit.features import KIND_OF
from molkit.features.inputs import alike
from molkit.learners import LEARNERS, NETWORKS, learners_for, new_learner
from molkit.learners.inputs import ARRAYS, DEFAULT_ENCODERS, DRUG, arrays_of, encoders_of

PAIR = {"drug": "smiles", "protein": "sequence"}
TWO = {"drug_a": "smiles", "drug_b": "smiles"}
KINDS = ("regression",)


@pytest.mark.parametrize(
    ("learner", "inputs", "encoders"),
    [
        ("dmpnn", DRUG, {"drug": "dmpnn"}),
        ("dmpnn", PAIR, {"drug": "dmpnn", "protein": "composition"}),
        ("residue-attention", PAIR, {"drug": "dmpnn", "protein": "residue-attention"}),
        ("residue-attention+fingerprint", PAIR, {"drug": "fingerprint", "protein": "residue-attention"}),
        ("gru", TWO, {"drug_a": "gru", "drug_b": "gru"}),
        ("perceptron", {"row": "table", **PAIR}, {"row": "perceptron", "drug": "dmpnn", "protein": "composition"}),
        (
            "fingerprint",
            {"cell": "table", **TWO},
            {"drug_a": "fingerprint", "drug_b": "fingerprint", "cell": "perceptron"},
        ),
    ],
)
def test_every_input_gets_the_encoder_named_for_its_kind_or_the_default(
    learner: str, inputs: dict[str, str], encoders: dict[str, str]
) -> None:
    found = encoders_of(learner, inputs)
    assert list(found.items()) == list(encoders.items())  # the pair first
    model: Any = new_learner(learner, KINDS, inputs=inputs)
    assert model.kind == "+".join(dict.fromkeys(encoders.values()))
    assert model.needs == tuple(f"{name}/{NETWORKS[encoder]}" for name, encoder in encoders.items())


@pytest.mark.parametrize(
    ("learner", "inputs", "said"),
    [
        ("residue-cnn", DRUG, "residue-cnn reads sequence, and the inputs are drug (smiles)"),
        ("dmpnn+perceptron", PAIR, "perceptron reads table"),
        ("dmpnn+gru", PAIR, "dmpnn and gru both read smiles"),
        ("dmpnn+cnm", PAIR, "there is no learner 'cnm'; did you mean 'cnn'"),
        ("boosting+dmpnn", PAIR, "boosting is no network"),
        ("", PAIR, "there is no learner ''"),
    ],
)
def test_a_name_that_does_not_fit_is_answered(learner: str, inputs: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        new_learner(learner, KINDS, inputs=inputs)
    assert said in str(caught.value)


def test_a_symmetric_head_is_refused_where_inputs_are_not_alike() -> None:
    with pytest.raises(InputError, match="two inputs of one kind, got drug, protein"):
        new_learner("dmpnn", KINDS, inputs=PAIR, changes={"head": "symmetric"})


def test_those_that_fit_are_those_that_can_be_made() -> None:
    for inputs in (DRUG, PAIR, TWO, {"row": "table"}, {"protein": "sequence"}):
        fitting = learners_for(inputs)
        for name in LEARNERS:
            if name in fitting:
                assert new_learner(name, KINDS, inputs=inputs).needs
            else:
                with pytest.raises(InputError, match=name):
                    new_learner(name, KINDS, inputs=inputs)


def test_arrays_are_those_of_each_kind_with_fingerprints_first() -> None:
    drug = ("drug/fingerprint", "drug/descriptors", "drug/pharmacophore")
    assert arrays_of(DRUG) == drug
    assert arrays_of({"protein": "sequence", "drug": "smiles"}) == (drug[0], "protein/composition", *drug[1:])
    both = ("drug_a+drug_b/fingerprint", "drug_a+drug_b/descriptors", "drug_a+drug_b/pharmacophore")
    assert arrays_of(TWO) == both
    assert new_learner("boosting", KINDS, inputs=TWO).needs[:2] == ("drug_a/fingerprint", "drug_b/fingerprint")


def test_two_of_a_kind_are_alike_and_three_are_not() -> None:
    assert alike(TWO) == ("drug_a", "drug_b")
    assert alike(PAIR) == alike({**TWO, "drug_c": "smiles"}) == ()


def test_every_encoder_has_a_kind_of_input_with_arrays_and_a_default() -> None:
    assert set(NETWORKS) <= set(LEARNERS)
    assert set(KIND_OF.values()) <= set(ARRAYS) == set(DEFAULT_ENCODERS)
    for kind, encoder in DEFAULT_ENCODERS.items():
        assert encoder not in NETWORKS or KIND_OF[NETWORKS[encoder]] == kind
