"""molkit inside scikit-learn. Importing this loads scikit-learn; `import molkit` does not.

scikit-learn's `check_estimator` makes next to no check of an estimator that takes text. Given a stand-in that
writes rows of numbers as SMILES, all of its checks pass but those that cannot apply (`check_` left out):

They are about the type, order, sign, sparsity or container of numbers in X: estimators_dtypes, dtype_object,
f_contiguous_array_estimator, readonly_memmap_input, positive_only_tag_during_fit, array_api_input,
transformer_preserve_dtypes, transformer_data_not_an_array, regressor_data_not_an_array,
classifier_data_not_an_array.

They are about the number of columns of X, and SMILES are one: estimators_empty_data_messages, n_features_in,
n_features_in_after_fitting, fit2d_1feature, fit2d_predict1d, classifiers_train.

They fit fewer than the 20 compounds that molkit trains on: sample_weights_pandas_series,
sample_weights_not_an_array, sample_weights_shape, sample_weights_not_overwritten,
sample_weight_equivalence_on_dense_data, classifiers_one_label_sample_weights, regressor_multioutput,
regressors_no_decision_function.
"""

from __future__ import annotations

from molkit.estimators.encoder import MolEncoder
from molkit.estimators.featurizer import MolFeaturizer
from molkit.estimators.inputs import UnreadableWarning, readable
from molkit.estimators.models import MolClassifier, MolRegressor

__all__ = ["MolClassifier", "MolEncoder", "MolFeaturizer", "MolRegressor", "UnreadableWarning", "readable"]
