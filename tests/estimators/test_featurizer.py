"""MolFeaturizer against RDKit molecules given to the featurizers by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from trained import solubility

from molkit import MolFeaturizer
from molkit.estimators import UnreadableWarning
from molkit.features import FEATURIZERS

SMILES = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1", "C[C@H](N)C(=O)O"]


@pytest.mark.parametrize(
    ("kind", "options"), [("fingerprint", {"radius": 1, "size": 64}), ("descriptors", {}), ("pharmacophore", {})]
)
def test_values_and_names_are_the_featurizers(kind: str, options: dict[str, int]) -> None:
    expected = FEATURIZERS[kind](**options)
    found = MolFeaturizer(kind, **options).fit_transform(SMILES)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected([Chem.MolFromSmiles(smiles) for smiles in SMILES]))
    names = MolFeaturizer(kind, **options).get_feature_names_out()
    assert names.tolist() == list(expected.names)
    assert len(names) == found.shape[1]


def test_salts_go_and_rows_stay_over_several_chunks() -> None:
    smiles = [f"{'C' * (1 + n % 40)}[NH3+].[Cl-]" for n in range(1100)]
    found = MolFeaturizer("descriptors", workers=2).transform(smiles)
    heavy = MolFeaturizer("descriptors").get_feature_names_out().tolist().index("heavy_atoms")
    assert found[:, heavy].tolist() == [2 + n % 40 for n in range(1100)]


def test_unreadable_rows_are_nan_or_refused() -> None:
    given = pd.Series(["CCO", "xx", None, "CO"], index=[4, 5, 6, 7])
    with pytest.warns(UnreadableWarning, match=r"MolFeaturizer: 2 of 4 .*Row 2.*Row 3"):
        found = MolFeaturizer(size=64).transform(given)
    assert np.isnan(found).all(axis=1).tolist() == np.isnan(found).any(axis=1).tolist() == [False, True, True, False]
    with pytest.raises(ValueError, match="Row 2"):
        MolFeaturizer(size=64, on_error="raise").transform(given)
    assert MolFeaturizer(size=64).transform([]).shape == (0, 64)


def test_frames_keep_names_and_index() -> None:
    frame = (
        MolFeaturizer("descriptors").set_output(transform="pandas").fit_transform(pd.Series(SMILES, index=list("abcd")))
    )
    assert frame.index.tolist() == list("abcd")
    assert frame["heavy_atoms"].tolist() == [3, 7, 11, 6]


def test_in_a_pipeline() -> None:
    rows = solubility(18)
    smiles, values = [row["smiles"] for row in rows], [float(row["logS"]) for row in rows]
    both = make_union(MolFeaturizer("fingerprint", size=128), MolFeaturizer("descriptors"))
    model = make_pipeline(both, SimpleImputer(), StandardScaler(), Ridge(100)).fit(smiles, values)
    assert model.score(smiles, values) > 0.8
    assert np.isfinite(clone(model).fit(smiles, values).predict(SMILES)).all()
    assert model[:1].get_feature_names_out().shape == (128 + len(FEATURIZERS["descriptors"]().names),)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "graph"}, "kind should be one of fingerprint, descriptors, pharmacophore"),
        ({"kind": 3}, "kind should be"),
        ({"size": 4}, "size should be a whole number of at least 8, got 4"),
        ({"radius": -1}, "radius"),
        ({"radius": True}, "radius"),
        ({"workers": 1.5}, "workers"),
        ({"on_error": "drop"}, "on_error"),
    ],
)
def test_wrong_parameters(options: dict[str, Any], said: str) -> None:
    for use in (MolFeaturizer(**options).fit, MolFeaturizer(**options).transform):
        with pytest.raises(ValueError, match=said):
            use(SMILES)
