"""The predictor: raw values, units and probabilities, and shared values of repeated rows."""

from __future__ import annotations

import torch
from rdkit import Chem

from molkit.features.graph import GraphFeaturizer
from molkit.nn.graph_batch import GraphBatch, graph_batch
from molkit.nn.predictor import Predictor

ENCODER = ("dmpnn", {"width": 16, "depth": 2})


def predictor(inputs: tuple[str, ...] = ("drug",)) -> Predictor:
    torch.manual_seed(1)
    return Predictor(("regression", "binary"), dict.fromkeys(inputs, ENCODER), ("mlp", {"width": 8})).eval()


def batch(*writings: str) -> GraphBatch:
    return graph_batch(GraphFeaturizer()([Chem.MolFromSmiles(smiles) for smiles in writings]))


def test_predictions_are_in_units_and_probabilities() -> None:
    model = predictor()
    model.mean[:] = torch.tensor([5.0, 0.0])
    model.spread[:] = torch.tensor([3.0, 1.0])
    inputs = {"drug": (batch("CCO", "c1ccccc1"), None)}
    raw, found = model(inputs), model.predict(inputs)
    torch.testing.assert_close(found[:, 0], 5 + 3 * raw[:, 0])
    torch.testing.assert_close(found[:, 1], 1 / (1 + torch.exp(-raw[:, 1])))


def test_rows_may_share_a_value() -> None:
    model = predictor()
    once = model({"drug": (batch("CCO", "c1ccccc1"), torch.tensor([1, 0, 1]))})
    torch.testing.assert_close(once, model({"drug": (batch("c1ccccc1", "CCO", "c1ccccc1"), None)}))


def test_several_inputs_each_count() -> None:
    model = predictor(("left", "right"))
    ethanol, benzene = (batch("CCO"), None), (batch("c1ccccc1"), None)
    one = model({"left": ethanol, "right": benzene})
    assert one.shape == (1, 2)
    assert not torch.allclose(one, model({"left": benzene, "right": benzene}))
    assert not torch.allclose(one, model({"left": ethanol, "right": ethanol}))


def test_the_scale_is_stored_with_the_weights() -> None:
    model = predictor()
    model.mean[:] = 7.0
    other = predictor()
    other.load_state_dict(model.state_dict())
    assert other.mean.tolist() == [7.0, 7.0]
