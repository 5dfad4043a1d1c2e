"""The batch of the torch_geometric encoders against RDKit's own account of atoms and bonds."""

from __future__ import annotations

import torch
from rdkit import Chem

from molkit.features.graph import GraphFeaturizer
from molkit.nn.atom_batch import atom_batch, graph_means, graph_sums, rows


def test_atoms_and_bonds_are_those_of_the_molecules(varied: list[Chem.Mol]) -> None:
    batch = atom_batch(GraphFeaturizer()(varied))
    numbers = [atom.GetAtomicNum() for mol in varied for atom in mol.GetAtoms()]
    assert rows(batch.atom_fields.float(), batch.atom_kind)[:, 0].long().tolist() == numbers
    owners = [place for place, mol in enumerate(varied) for _ in range(mol.GetNumAtoms())]
    assert (batch.graphs, batch.graph.tolist()) == (len(varied), owners)
    first, expected = 0, set()
    for mol in varied:
        for bond in mol.GetBonds():
            pair = first + bond.GetBeginAtomIdx(), first + bond.GetEndAtomIdx()
            expected |= {pair, pair[::-1]}
        first += mol.GetNumAtoms()
    assert set(map(tuple, batch.edges.T.tolist())) == expected
    assert len(batch.bond_kind) == len(expected)


def test_sums_and_means_are_over_the_atoms_of_each_molecule(varied: list[Chem.Mol]) -> None:
    batch = atom_batch(GraphFeaturizer()(varied))
    values = torch.randn(len(batch.graph), 3)
    parts = values.split([mol.GetNumAtoms() for mol in varied])
    torch.testing.assert_close(graph_sums(values, batch), torch.stack([part.sum(dim=0) for part in parts]))
    torch.testing.assert_close(graph_means(values, batch), torch.stack([part.mean(dim=0) for part in parts]))
