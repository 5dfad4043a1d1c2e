"""The graph isomorphism network against a plain loop over atoms."""

from __future__ import annotations

import torch
from rdkit import Chem
from torch import Tensor

from molkit.features.graph import GraphFeaturizer
from molkit.nn.atom_batch import AtomBatch
from molkit.nn.gin import GraphIsomorphism


def looped(model: GraphIsomorphism, batch: AtomBatch) -> Tensor:
    """Equation 4.1 of Xu et al. with the messages of Hu et al., atom by atom, for one molecule."""
    atoms = list(model.atom_input(batch.atom_fields)[batch.atom_kind])
    for bond_input, layer, norm in zip(model.bond_inputs, model.layers, model.norms, strict=True):
        bonds = bond_input(batch.bond_fields)[batch.bond_kind]
        heard = [(1 + layer.eps) * atom for atom in atoms]
        for bond, (source, target) in zip(bonds, batch.edges.T.tolist(), strict=True):
            heard[target] = heard[target] + torch.relu(atoms[source] + bond)
        atoms = [atom + torch.relu(norm(layer.nn(x))).reshape(-1) for atom, x in zip(atoms, heard, strict=True)]
    return torch.stack(atoms).mean(dim=0)


def test_vectors_equal_a_loop_over_atoms(varied: list[Chem.Mol]) -> None:
    torch.manual_seed(1)
    model = GraphIsomorphism(width=12, depth=3).eval()
    with torch.no_grad():
        for layer in model.layers:
            layer.eps.fill_(0.3)
        found = model(model.batch(GraphFeaturizer()(varied)))
        expected = torch.stack([looped(model, model.batch(GraphFeaturizer()([mol]))) for mol in varied])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
