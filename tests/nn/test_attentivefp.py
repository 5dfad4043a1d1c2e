"""Attentive FP against torch_geometric's complete model with the same weights."""

from __future__ import annotations

import pytest
import torch
from rdkit import Chem
from torch import nn

from molkit.features.graph import GraphFeaturizer
from molkit.nn.attentivefp import AttentiveFingerprint

WIDTH = 12


def twin(model: AttentiveFingerprint, depth: int) -> nn.Module:
    """The model of torch_geometric whose first and last linear layers change nothing."""
    from torch_geometric.nn.models import AttentiveFP

    twin = AttentiveFP(WIDTH, WIDTH, WIDTH, WIDTH, num_layers=depth, num_timesteps=model.timesteps)
    for layer in (twin.lin1, twin.lin2):
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
    twin.gate_conv.load_state_dict(model.first_attention.state_dict())
    for gate, own in zip([twin.gru, *twin.atom_grus], model.gates, strict=True):
        gate.load_state_dict(own.state_dict())
    for attention, own in zip(twin.atom_convs, model.attentions, strict=True):
        attention.load_state_dict(own.state_dict())
    twin.mol_conv.load_state_dict(model.molecule_attention.state_dict())
    twin.mol_gru.load_state_dict(model.molecule_gate.state_dict())
    return twin.eval()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_vectors_equal_those_of_torch_geometric(depth: int, varied: list[Chem.Mol]) -> None:
    torch.manual_seed(1)
    model = AttentiveFingerprint(width=WIDTH, depth=depth).eval()
    batch = model.batch(GraphFeaturizer()(varied))
    with torch.no_grad():
        atoms = model.atom_input(batch.atom_fields)[batch.atom_kind]
        bonds = model.bond_input(batch.bond_fields)[batch.bond_kind]
        expected = twin(model, depth)(atoms, batch.edges, bonds, batch.graph)
        torch.testing.assert_close(model(batch), expected, rtol=1e-4, atol=1e-5)
