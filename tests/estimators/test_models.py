"""MolRegressor and MolClassifier among the parts of scikit-learn that they are made for."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from trained import solubility

import molkit
from molkit import MolClassifier, MolFeaturizer, MolRegressor
from molkit.estimators import UnreadableWarning
from molkit.estimators.models import _seed

TABLE = pd.DataFrame(solubility(20)).astype({"logS": float})  # 65 molecules
SMILES, VALUES = TABLE["smiles"], TABLE["logS"]
SOLUBLE = VALUES.gt(VALUES.median()).to_numpy()
QUERIES = ["CCO", "c1ccccc1O", "CC(=O)Oc1ccccc1C(=O)O"]
SMALL: dict[str, Any] = {"learners": "linear", "fold_models": 2}


@pytest.fixture(scope="module")
def fitted() -> MolRegressor:
    return MolRegressor("boosting", fold_models=2).fit(SMILES, VALUES)


def test_it_is_the_model_that_molkit_trains(fitted: MolRegressor) -> None:
    same = molkit.train(TABLE, "logS", split="none", learners=["boosting"], fold_models=2, workers=1)
    assert fitted.predict(QUERIES).tolist() == same.predict(QUERIES)["logS_pred"]
    assert fitted.model_.targets == same.targets
    assert fitted.model_.scores == same.scores
    assert r2_score(VALUES, fitted.predict(SMILES)) == fitted.score(SMILES, VALUES) > 0.5


def test_every_shape_of_one_column_of_smiles_is_the_same(fitted: MolRegressor) -> None:
    expected = fitted.predict(QUERIES).tolist()
    column = np.array(QUERIES)
    for given in (tuple(QUERIES), column, column[:, None], column.astype(object), pd.Series(QUERIES, index=[5, 3, 9]),
                  pd.DataFrame({"any": QUERIES})):  # fmt: skip
        assert fitted.predict(given).tolist() == expected
    assert fitted.predict([]).shape == (0,)


def test_copies_have_a_model_of_their_own(fitted: MolRegressor, tmp_path: Path) -> None:
    expected = fitted.predict(QUERIES).tolist()
    joblib.dump(fitted, tmp_path / "estimator.joblib")
    for other in (
        pickle.loads(pickle.dumps(fitted)),
        copy.deepcopy(fitted),
        joblib.load(tmp_path / "estimator.joblib"),
    ):
        assert other.predict(QUERIES).tolist() == expected
        assert other.model_.path != fitted.model_.path


def test_a_saved_file_is_a_model_file(fitted: MolRegressor, tmp_path: Path) -> None:
    fitted.save(tmp_path / "a.molkit")
    assert molkit.load(tmp_path / "a.molkit").predict(QUERIES)["logS_pred"] == fitted.predict(QUERIES).tolist()
    with pytest.raises(molkit.MolkitError, match="exists"):
        fitted.save(tmp_path / "a.molkit")
    fitted.save(tmp_path / "a.molkit", overwrite=True)


def test_a_table_says_all_that_molkit_says(fitted: MolRegressor) -> None:
    table = fitted.predict_table(pd.Series(["CCO", "xx", None], index=["a", "b", "c"]))
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["status"].tolist() == ["ok", "invalid_syntax", "empty"]
    assert {"smiles", "logS_pred", "logS_lo90", "logS_hi90", "in_domain", "nearest_train", "reason"} <= {*table}
    assert table["logS_lo90"]["a"] < table["logS_pred"]["a"] == fitted.predict(["CCO"])[0] < table["logS_hi90"]["a"]


def test_a_clone_has_the_parameters_and_nothing_else(fitted: MolRegressor) -> None:
    other = clone(fitted)
    assert other.get_params() == fitted.get_params()
    for use in (other.predict, other.predict_table, MolClassifier().predict_proba):
        with pytest.raises(NotFittedError):
            use(QUERIES)
    with pytest.raises(NotFittedError):
        other.save("never.molkit")
    assert not hasattr(other, "model_")
    assert "MolRegressor" in fitted._repr_html_()


def test_rows_that_cannot_be_read_are_left_out_and_told(fitted: MolRegressor) -> None:
    smiles, values = [*SMILES, "c1ccc", None, "[Fe]"], [*VALUES, 90.0, 91.0, 92.0]
    with pytest.warns(UnreadableWarning, match=r"3 of 68 .* left out.*Row 66.*Row 67.*Row 68"):
        other = clone(fitted).fit(smiles, values)
    assert other.predict(QUERIES).tolist() == fitted.predict(QUERIES).tolist()
    with pytest.warns(UnreadableWarning, match=r"1 of 2 structures .* NaN.*Row 2") as told:
        found = other.predict(["CCO", "xx"])
    assert Path(told[0].filename) == Path(__file__)
    assert np.isnan(found).tolist() == [False, True]
    strict = clone(fitted).set_params(on_error="raise")
    with pytest.raises(ValueError, match="Row 66"):
        strict.fit(smiles, values)
    with pytest.raises(ValueError, match="Row 2"):
        other.set_params(on_error="raise").predict(["CCO", "xx"])


def test_several_targets_with_gaps() -> None:
    both = pd.DataFrame({"logS": VALUES, "size": [float(len(text)) for text in SMILES]})
    both.loc[::3, "logS"] = np.nan
    model = MolRegressor(**SMALL).fit(SMILES, both)
    found = model.predict(SMILES)
    assert found.shape == both.shape
    assert [target.name for target in model.model_.targets] == ["logS", "size"]
    assert r2_score(both["size"], found[:, 1]) > 0.5
    assert model.n_outputs_ == 2
    alone = MolRegressor(**SMALL).fit(SMILES, both[["size"]].to_numpy()).predict(QUERIES)
    assert alone.shape == (3, 1)


def test_weights_and_groups_reach_the_training() -> None:
    bad = np.arange(len(VALUES)) % 4 == 0
    wrong = np.where(bad, 30.0, VALUES)
    plain = MolRegressor(**SMALL).fit(SMILES, wrong)
    weighted = MolRegressor(**SMALL).fit(SMILES, wrong, sample_weight=np.where(bad, 1e-6, 1.0))
    truth = VALUES.mean()
    assert abs(weighted.predict(QUERIES).mean() - truth) < 3 < abs(plain.predict(QUERIES).mean() - truth)
    together = MolRegressor(**SMALL).fit(SMILES, VALUES, groups=["one"] * len(VALUES))
    counts = [model.model_.bundle.model["learners"][0]["models"] for model in (plain, together)]
    assert counts == [2, 1]  # one group cannot be put into folds


def test_grid_search_and_column_transformer() -> None:
    frame = TABLE[["name", "smiles"]]
    choose = ColumnTransformer([("structure", "passthrough", ["smiles"])])
    search = GridSearchCV(
        make_pipeline(choose, MolRegressor(fold_models=2)),
        {"molregressor__learners": [("linear",), "boosting"], "molregressor__fold_models": np.array([2])},
        cv=2,
        scoring="neg_mean_absolute_error",
        error_score="raise",
    ).fit(frame, VALUES)
    assert (search.cv_results_["mean_test_score"] > -2).all()
    assert search.predict(frame.iloc[:3]).shape == (3,)
    assert search.best_params_ in search.cv_results_["params"]


def test_cross_validation_by_groups_in_other_processes() -> None:
    groups = np.arange(len(VALUES)) % 5
    scores = cross_val_score(
        MolRegressor(**SMALL), SMILES, VALUES, groups=groups, cv=GroupKFold(2), n_jobs=2, error_score="raise"
    )
    train, test = next(GroupKFold(2).split(SMILES, VALUES, groups))
    by_hand = MolRegressor(**SMALL).fit(SMILES.iloc[train], VALUES.iloc[train])
    assert scores[0] == by_hand.score(SMILES.iloc[test], VALUES.iloc[test])
    assert len(scores) == 2


def test_stacking_beside_a_pipeline_of_features() -> None:
    ridge = make_pipeline(MolFeaturizer("fingerprint", size=256), SimpleImputer(), Ridge(10))
    stack = StackingRegressor([("mol", MolRegressor(**SMALL)), ("ridge", ridge)], final_estimator=Ridge(), cv=2)
    stack.fit(list(SMILES), VALUES)
    assert stack.predict(QUERIES).shape == (3,)
    assert stack.score(list(SMILES), VALUES) > 0.5


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("dissolves", "stays"), ("active", "inactive"), (True, False), (2.0, -1.0), ("A", "a"),
    ],
)  # fmt: skip
def test_two_classes_of_any_kind(low: Any, high: Any) -> None:
    y = np.array([low if good else high for good in SOLUBLE])
    model = MolClassifier(**SMALL).fit(SMILES, y)
    assert model.classes_.tolist() == sorted([low, high])
    assert model.classes_.dtype == y.dtype
    shares, called = model.predict_proba(SMILES), model.predict(SMILES)
    assert shares.sum(axis=1) == pytest.approx(1)
    place = model.classes_.tolist().index(low)
    assert shares[SOLUBLE, place].mean() > 0.5 > shares[~SOLUBLE, place].mean()
    assert (called == y).mean() == model.score(SMILES, y) > 0.7
    target = model.model_.targets[0]
    positive = model._texts.index(target.classes[1])
    cut = shares[:, positive] >= target.threshold
    assert called.tolist() == model.classes_[np.where(cut, positive, 1 - positive)].tolist()


def test_a_classifier_in_cross_validation() -> None:
    y = np.where(SOLUBLE, "good", "bad")
    assert cross_val_score(MolClassifier(**SMALL), SMILES, y, cv=2, scoring="roc_auc", error_score="raise").min() > 0.5


def test_a_structure_that_cannot_be_read_has_no_class() -> None:
    model = MolClassifier(**SMALL).fit(SMILES, SOLUBLE)
    with pytest.raises(ValueError, match=r"MolClassifier: 1 of 2 structures.*Row 2"):
        model.predict(["CCO", "xx"])
    with pytest.warns(UnreadableWarning, match="have NaN"):
        shares = model.predict_proba(["CCO", "xx"])
    assert np.isnan(shares).all(axis=1).tolist() == [False, True]
    assert model.predict_table(["CCO", "xx"])["status"].tolist() == ["ok", "invalid_syntax"]


def test_the_size_of_an_ensemble_and_how_it_combines_reach_the_model() -> None:
    model = MolRegressor(["linear", "forest"], fold_models=2, ensemble_size=4, combine="best").fit(SMILES, VALUES)
    found = model.model_.bundle.model
    assert [learner["models"] for learner in found["learners"]] == [2, 4]  # another seed changes no linear model
    assert sorted(weight for (weight,) in found["weights"]) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"learners": "bosting"}, "bosting"),
        ({"learners": 3}, "learners should be names"),
        ({"fold_models": 1}, "fold_models should be at least 2"),
        ({"fold_models": 2.5}, "fold_models should be int"),
        ({"ensemble_size": 1}, "ensemble_size should be at least 2"),
        ({"combine": "average"}, "--combine"),
        ({"epochs": "many"}, "epochs should be int"),
        ({"metric": "smape"}, "smape"),
        ({"budget": -1.0}, "budget"),
        ({"on_error": "ignore"}, "on_error should be warn or raise"),
        ({"random_state": -1}, "seed should be at least 0"),
        ({"random_state": "x"}, "seed"),
        ({"log": True}, "logarithm needs values above 0"),
    ],
)
def test_a_wrong_parameter_is_a_value_error_in_fit(options: dict[str, Any], said: str) -> None:
    model = MolRegressor(**{**SMALL, **options})
    with pytest.raises(ValueError, match=said):
        model.fit(SMILES, VALUES)


def test_too_few_compounds_and_rows_that_do_not_match() -> None:
    with pytest.raises(ValueError, match=r"MolRegressor: only 5 of 5 rows .* at least 20"):
        MolRegressor(**SMALL).fit(SMILES[:5], VALUES[:5])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MolRegressor(**SMALL).fit(SMILES, VALUES[:-1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MolRegressor(**SMALL).fit(SMILES, VALUES, sample_weight=[1.0, 2.0])
    with pytest.raises(ValueError, match="every sample_weight is zero"):
        MolRegressor(**SMALL).fit(SMILES, VALUES, sample_weight=np.zeros(len(VALUES)))


def test_a_generator_or_nothing_draws_a_seed() -> None:
    seeds = [_seed(np.random.RandomState(number)) for number in (3, 3, 4)]
    assert seeds[0] == seeds[1] != seeds[2]
    assert _seed(None) != _seed(None)
    model = MolRegressor(**SMALL, random_state=np.int64(7)).fit(SMILES, VALUES)
    assert model.model_.bundle.model["config"]["seed"] == 7


def test_several_classes_come_back_as_they_were_given() -> None:
    y = np.array([30, 7, 100])[np.digitize(VALUES, VALUES.quantile([0.4, 0.7]))]
    model = MolClassifier(**SMALL).fit(SMILES, y)
    chances = model.predict_proba(SMILES)
    assert model.classes_.tolist() == [7, 30, 100]
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(SMILES), model.classes_[chances.argmax(axis=1)])
    assert model.score(SMILES, y) > 0.6
