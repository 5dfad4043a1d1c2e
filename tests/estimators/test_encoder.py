"""MolEncoder against `molkit.embed`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from trained import solubility, stacked_model, tree_model

import molkit
from molkit import MolEncoder, MolFeaturizer
from molkit.estimators import UnreadableWarning

SMILES = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1"]


def test_values_and_names_are_those_of_embed() -> None:
    found, expected = MolEncoder(stacked_model(), fold=2), molkit.embed(stacked_model(), SMILES, fold=2)
    np.testing.assert_array_equal(found.fit_transform(SMILES), expected.vectors)
    assert found.transform(SMILES).dtype == np.float64
    assert found.get_feature_names_out().tolist() == list(expected.names)
    assert found.transform([]).shape == (0, 256)


def test_unreadable_rows_are_nan_or_refused() -> None:
    given = pd.Series(["CCO", "xx", None])
    with pytest.warns(UnreadableWarning, match=r"MolEncoder: 2 of 3 .*Row 2.*Row 3"):
        found = MolEncoder(stacked_model()).transform(given)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True]
    with pytest.raises(ValueError, match="Row 2"):
        MolEncoder(stacked_model(), on_error="raise").transform(given)


def test_in_a_pipeline() -> None:
    rows = solubility(18)
    smiles, values = [row["smiles"] for row in rows], [float(row["logS"]) for row in rows]
    both = make_union(MolEncoder(stacked_model()), MolFeaturizer("fingerprint", size=64))
    model = clone(make_pipeline(both, StandardScaler(), Ridge(100))).fit(smiles, values)
    assert model.score(smiles, values) > 0.8


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="make no vectors"):
        MolEncoder(tree_model()).fit(SMILES)
    with pytest.raises(ValueError, match="from 1 to 2"):
        MolEncoder(stacked_model(), fold=7).fit(SMILES)
    with pytest.raises(ValueError, match="0 samples"):
        MolEncoder(stacked_model()).fit([])
    with pytest.raises(ValueError, match="cannot be read"):
        MolEncoder("nothing.molkit").transform(SMILES)
