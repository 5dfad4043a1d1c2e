"""Rows that repeat a pair become their mean and weigh as many; those of a compound their median and weigh as one."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.config import RunConfig
from molkit.data.labels import read_labels
from molkit.data.table import frame_to_table
from molkit.features.inputs import called, inputs_to_dict, read_inputs
from molkit.pipeline.card_inputs import cleaning_words
from molkit.pipeline.dataset import build_dataset
from molkit.pipeline.progress import quiet
from molkit.pipeline.samples import read_samples

TABLE = frame_to_table(
    {"drug": ["CCO", "CCO", "OCC", "CCO"], "protein": ["MKTAYIAK"] * 3 + ["GGGGSW"], "y": [1.0, 2.0, 6.0, 4.0]}
)


@pytest.mark.parametrize(
    ("told", "values", "weights"),
    [(["drug=drug", "protein=protein"], [3.0, 4.0], [3.0, 1.0]), (["drug=drug"], [3.0], [1.0])],
)
def test_repeats(told: list[str], values: list[float], weights: list[float]) -> None:
    inputs, labels = read_inputs(told), read_labels(TABLE, ["y"])
    cells = {one.name: TABLE.columns[one.source] for one in inputs}
    samples = read_samples(cells, {}, inputs, [], RunConfig(), 1, quiet)
    dataset = build_dataset(TABLE, inputs, labels, samples)
    measured = dataset.measurements
    np.testing.assert_allclose(measured.values[:, 0], values)
    np.testing.assert_allclose(measured.weights, weights)
    (remark,) = dataset.remarks
    assert remark.startswith(f"{int(weights[0]) if len(told) > 1 else 4} rows hold 1 {called(inputs)} more than once;")
    said = " ".join(cleaning_words({"inputs": inputs_to_dict(inputs), "policy": {"mixtures": "reject"}}))
    assert ("by their mean," in said, "by their median," in said) == (len(told) > 1, len(told) == 1)
