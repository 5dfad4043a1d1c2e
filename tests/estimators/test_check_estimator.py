"""scikit-learn's own checks of estimators, as far as they can be made with SMILES.

`check_estimator` runs next to nothing for an estimator whose tags say that it takes no matrix of numbers. So
here the estimators are made to claim that they do, and to write every row of numbers as a molecule: what is
checked then is the estimator itself, all but the reading of numbers.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import check_array
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from molkit import MolClassifier, MolFeaturizer, MolRegressor, estimators
from molkit.estimators import featurizer, models

# The checks that cannot pass, or that would pass or fail for the stand-in below and not for the estimator.
NUMBERS = "is about numbers in X: their type, memory order, sign, sparsity or container; X is text here"
WIDTH = "is about the number of columns of X; SMILES are one column"
FEW = "fits fewer than 20 rows; molkit trains on no fewer than 20 compounds"
LEFT_OUT = {
    "check_estimators_dtypes": NUMBERS,
    "check_dtype_object": NUMBERS,
    "check_f_contiguous_array_estimator": NUMBERS,
    "check_readonly_memmap_input": NUMBERS,
    "check_positive_only_tag_during_fit": NUMBERS,
    "check_array_api_input": NUMBERS,
    "check_transformer_preserve_dtypes": NUMBERS,
    "check_transformer_data_not_an_array": NUMBERS,
    "check_regressor_data_not_an_array": NUMBERS,
    "check_classifier_data_not_an_array": NUMBERS,
    "check_estimators_empty_data_messages": WIDTH,
    "check_n_features_in": WIDTH,
    "check_n_features_in_after_fitting": WIDTH,
    "check_fit2d_1feature": WIDTH,
    "check_fit2d_predict1d": WIDTH,
    "check_classifiers_train": WIDTH,
    "check_sample_weights_pandas_series": FEW,
    "check_sample_weights_not_an_array": FEW,
    "check_sample_weights_shape": FEW,
    "check_sample_weights_not_overwritten": FEW,
    "check_sample_weight_equivalence_on_dense_data": FEW,
    "check_classifiers_one_label_sample_weights": FEW,
    "check_regressor_multioutput": FEW,
    "check_regressors_no_decision_function": FEW,
}
GROUPS = ("F", "Cl", "Br", "C", "O", "N", "S", "C#N", "OC", "CC", "CO", "NC", "C(F)(F)F", "C(C)C", "N(C)C", "C(=O)O")


def molecules(rows: Any) -> list[str]:
    """A substituted pyridine for every row of numbers: the same for the same row, hardly ever for two."""
    found = []
    for row in check_array(rows, ensure_all_finite="allow-nan").astype(np.float64):
        a, b, c, d = (GROUPS[byte % 16] for byte in hashlib.sha256(row.tobytes()).digest()[:4])
        found.append(f"c1({a})c({b})cc({c})nc1{d}")
    return found


class ClaimsNumbers:
    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.two_d_array = True
        return tags


class Regressor(ClaimsNumbers, MolRegressor):
    pass


class Classifier(ClaimsNumbers, MolClassifier):
    pass


class Featurizer(ClaimsNumbers, MolFeaturizer):
    pass


SMALL = {"learners": "linear", "fold_models": 2}


def name_of(check: Any) -> str:
    return str(check.func.__name__)


def checks() -> list[Any]:
    """Every check that is not left out, once for each estimator."""
    found = {}
    for estimator in (Regressor(**SMALL), Classifier(**SMALL), Featurizer(size=64)):
        for own, check in estimator_checks_generator(estimator):
            place = f"{type(estimator).__name__}-{name_of(check)}"
            if name_of(check) not in LEFT_OUT and place not in found:
                found[place] = pytest.param(own, check, id=place)
    return list(found.values())


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_check(estimator: BaseEstimator, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (models, featurizer):
        monkeypatch.setattr(module, "smiles_texts", lambda rows, _: molecules(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some checks hand over what deserves one
        check(estimator.set_params(learners="boosting") if name_of(check) == "check_regressors_train" else estimator)


def test_only_checks_that_fail_on_numbers_are_left_out() -> None:
    failed = set()
    for estimator in (Regressor(**SMALL), Classifier(**SMALL), Featurizer()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = check_estimator(estimator, on_fail=None, on_skip=None)
        failed |= {result["check_name"] for result in results if result["status"] != "passed"}
    assert set(LEFT_OUT) <= failed


def test_the_checks_that_are_left_out_are_documented() -> None:
    told = set(re.findall(r"\w+", str(estimators.__doc__)))
    assert {name.removeprefix("check_") for name in LEFT_OUT} <= told


@pytest.mark.parametrize("estimator", [MolRegressor(), MolClassifier(), MolFeaturizer()])
def test_check_estimator_as_it_comes(estimator: BaseEstimator) -> None:
    with pytest.warns(SkipTestWarning, match="requires input"):
        results = check_estimator(estimator, on_skip=None, on_fail="raise")
    assert [result["status"] for result in results] == ["passed"] * len(results)
