"""Novelty beside predictions: the cells of a chunk against the autoencoder itself, and which files tell none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from trained import autoencoder, tree_model

from molkit.bundle import Bundle, array_bytes, read_bundle
from molkit.domain import novelty_verdicts
from molkit.engine.autoencoders import autoencoder_from_bundle
from molkit.engine.jobs import Cells
from molkit.engine.novelty import check_tells_novelty, load_novelty, novelty_from_bundle, tells_novelty
from molkit.engine.score import score_chunk
from molkit.engine.scorer import Scorer, load_scorer
from molkit.errors import BundleError, InputError
from molkit.features.selfies import SelfiesFeaturizer

GROUPS = ("pred", "novelty", "status", "smiles")
TEXTS = ["CCCOCCC#N", "N#CCCOCCC", "xx", "", "CCCCN.Cl", "C" * 150, "C[Si](C)(C)C"]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(autoencoder())


@pytest.fixture(scope="module")
def scorer(bundle: Bundle) -> Scorer:
    return load_scorer([str(tree_model())], GROUPS, novelty=(str(autoencoder()), bundle.sha256))


def scored(scorer: Scorer, texts: list[str]) -> dict[str, list[Any]]:
    return score_chunk(scorer, Cells(texts), lambda row: None, {})


def test_cells_are_what_the_autoencoder_says_of_standardised_structures(scorer: Scorer, bundle: Bundle) -> None:
    found = scored(scorer, TEXTS)
    known = [row for row, smiles in enumerate(found["smiles_std"]) if smiles is not None]
    assert known == [0, 1, 4, 5, 6]
    values = SelfiesFeaturizer()([Chem.MolFromSmiles(found["smiles_std"][row]) for row in known])
    novelty = novelty_from_bundle(bundle, autoencoder_from_bundle(bundle))
    expected = novelty.shares(values, novelty.autoencoder.encode_readable(values))
    np.testing.assert_allclose([found["novelty"][row] for row in known], expected, atol=6e-5)
    assert [found["novelty"][row] for row in (2, 3)] == [found["in_library"][row] for row in (2, 3)] == [None, None]
    assert [found["in_library"][row] for row in known] == novelty_verdicts(expected)
    assert found["novelty"][0] == found["novelty"][1]  # one molecule, written in two ways
    assert found["novelty"][5] == found["novelty"][6] == 1.0  # longer than it reads; an element that training has not
    assert found["in_library"][5] == "out"
    assert found["status"] == ["ok", "ok", "invalid_syntax", "empty", "ok", "ok", "ok"]


def test_predictions_are_the_same_with_and_without(scorer: Scorer) -> None:
    plain = load_scorer([str(tree_model())], tuple(name for name in GROUPS if name != "novelty"))
    assert plain.novelty is None
    found, without = scored(scorer, TEXTS), scored(plain, TEXTS)
    assert {name: found[name] for name in without} == without
    assert found.keys() - without.keys() == {"novelty", "in_library"}


def test_a_chunk_without_structures_has_no_novelty(scorer: Scorer) -> None:
    assert scored(scorer, ["xx", ""])["novelty"] == [None, None]


def test_a_changed_file_is_refused() -> None:
    with pytest.raises(BundleError, match="has changed since it was loaded"):
        load_novelty(str(autoencoder()), "0" * 64)


def test_files_that_tell_none_are_refused_with_the_reason(bundle: Bundle) -> None:
    assert tells_novelty(bundle)
    one = {**bundle.model["inputs"]["drug"], "kind": "table"} if isinstance(bundle.model["inputs"], dict) else {}
    table = replace(bundle, model={**bundle.model, "inputs": {"patient": one}})
    nothing = replace(bundle, entries={**bundle.entries, "novelty.safetensors": array_bytes({})})
    for other, reason in (
        (read_bundle(tree_model()), "x.molkit: predicts; expected an autoencoder of molecules"),
        (table, r"is an autoencoder of the input patient \(table\)"),
        (nothing, "holds no molecules that were held out of training"),
    ):
        assert not tells_novelty(other)
        with pytest.raises(InputError, match=reason):
            check_tells_novelty(other, "x.molkit")
