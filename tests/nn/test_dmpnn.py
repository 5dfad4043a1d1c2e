"""The D-MPNN against a plain loop over bonds, and its invariances."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit import Chem
from torch import Tensor
from torch.nn.functional import one_hot

from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS, GraphFeaturizer
from molkit.nn.dmpnn import DirectedMessagePassing, FieldEmbedding
from molkit.nn.graph_batch import graph_batch
from molkit.types import Graphs


def encoder(depth: int = 3) -> DirectedMessagePassing:
    torch.manual_seed(2)
    return DirectedMessagePassing(width=24, depth=depth).eval()


def encode(model: DirectedMessagePassing, mols: list[Chem.Mol]) -> Tensor:
    with torch.no_grad():
        return model(model.batch(GraphFeaturizer()(mols)))


def dense_fields(fields: np.ndarray, sizes: tuple[int, ...]) -> Tensor:
    """Concatenated one-hots of one field row."""
    return torch.cat([one_hot(torch.tensor(int(v)), size).float() for v, size in zip(fields, sizes, strict=True)])


def looped(model: DirectedMessagePassing, graphs: Graphs) -> Tensor:
    """Equations 3 to 6 of Yang et al. for one molecule, one directed bond at a time."""
    atoms = [dense_fields(graphs.atom_classes[code], ATOM_FIELDS) for code in graphs.atoms]
    bonds = [dense_fields(graphs.bond_classes[code], BOND_FIELDS) for code in graphs.bonds]
    ends = graphs.edges.T.tolist()
    start = [
        atoms[source] @ model.atom_input.weight + bonds[i] @ model.bond_input.weight
        for i, (source, _) in enumerate(ends)
    ]
    hidden = [torch.relu(x) for x in start]
    nothing = torch.zeros(model.width)
    for _ in range(model.depth - 1):
        heard = [
            sum((hidden[j] for j, other in enumerate(ends) if other[1] == source and other[0] != target), nothing)
            for source, target in ends
        ]
        hidden = [torch.relu(x + model.hidden.weight @ h) for x, h in zip(start, heard, strict=True)]
    states = []
    for number, atom in enumerate(atoms):
        arriving = sum((hidden[j] for j, other in enumerate(ends) if other[1] == number), nothing)
        own = atom @ model.atom_output.weight + model.output.weight @ arriving + model.output.bias
        states.append(torch.relu(own))
    return torch.stack(states).mean(dim=0)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_vectors_equal_a_loop_over_bonds(depth: int, varied: list[Chem.Mol]) -> None:
    model = encoder(depth)
    found = encode(model, varied)
    assert found.shape == (len(varied), 24)
    with torch.no_grad():
        expected = torch.stack([looped(model, GraphFeaturizer()([mol])) for mol in varied])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_field_embedding_is_a_linear_layer_on_one_hots() -> None:
    torch.manual_seed(0)
    layer = FieldEmbedding((3, 2, 4), 5)
    fields = torch.tensor([[0, 1, 3], [2, 0, 0]])
    dense = torch.stack([dense_fields(row, (3, 2, 4)) for row in fields.numpy()])
    torch.testing.assert_close(layer(fields), dense @ layer.weight)


def test_messages_leave_out_the_reverse_bond(varied: list[Chem.Mol]) -> None:
    batch = graph_batch(GraphFeaturizer()(varied))
    source, target = GraphFeaturizer()(varied).edges
    ends = [*batch.message_offsets.tolist(), len(batch.messages)]
    assert len(ends) == len(source) + 1
    for edge in range(len(source)):
        heard = set(batch.messages[ends[edge] : ends[edge + 1]].tolist())
        into_source = set(np.flatnonzero(target == source[edge]).tolist())
        assert heard == into_source - {edge ^ 1}


def test_a_molecule_has_the_same_vector_alone_and_among_others(varied: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    model = encoder()
    together = encode(model, [*nci[:40], *varied, *nci[40:60]])[40 : 40 + len(varied)]
    alone = torch.cat([encode(model, [mol]) for mol in varied])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_the_order_of_atoms_does_not_matter(varied: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    model = encoder()
    mols = [Chem.MolFromSmiles(Chem.MolToSmiles(mol)) for mol in nci[:60]] + varied
    rng = np.random.default_rng(0)
    shuffled = [Chem.RenumberAtoms(mol, rng.permutation(mol.GetNumAtoms()).tolist()) for mol in mols]
    torch.testing.assert_close(encode(model, mols), encode(model, shuffled), rtol=0, atol=1e-5)


def test_stereoisomers_and_elements_have_different_vectors() -> None:
    pairs = [
        "C[C@H](N)O",
        "C[C@@H](N)O",
        "F/C=C/F",
        "F/C=C\\F",
        "C[C@H]1CC[C@@H](C)CC1",
        "C[C@H]1CC[C@H](C)CC1",
        "C",
        "N",
    ]
    vectors = encode(encoder(), [Chem.MolFromSmiles(smiles) for smiles in pairs])
    assert ((vectors[0::2] - vectors[1::2]).abs().amax(dim=1) > 1e-3).all()


@pytest.mark.parametrize("smiles", ["C", "[Na+]", "[Na+].[Cl-]", "O.O.O"])
def test_molecules_without_bonds_work(smiles: str) -> None:
    model = encoder()
    vector = encode(model, [Chem.MolFromSmiles(smiles)])
    with torch.no_grad():
        expected = looped(model, GraphFeaturizer()([Chem.MolFromSmiles(smiles)]))
    torch.testing.assert_close(vector[0], expected, rtol=1e-5, atol=1e-5)


def test_dropout_acts_in_training_only(varied: list[Chem.Mol]) -> None:
    torch.manual_seed(3)
    model = DirectedMessagePassing(width=24, dropout=0.5)
    batch = model.batch(GraphFeaturizer()(varied))
    assert not torch.equal(model.train()(batch), model(batch))
    assert torch.equal(model.eval()(batch), model(batch))


def test_padding_changes_nothing() -> None:
    """Few shapes for the matrix library: padded atoms and bonds are heard by nobody."""
    model = encoder()
    for smiles in (["CCO", "c1ccccc1C(=O)N", "C"], ["C"], ["C" * 300]):
        graphs = GraphFeaturizer()([Chem.MolFromSmiles(text) for text in smiles])
        padded = model.padded_batch(graphs)
        assert len(padded.edge_kind) % 256 == len(padded.atom_kind) % 256 == 0
        with torch.inference_mode():
            assert torch.allclose(model(padded), model(model.batch(graphs)), atol=1e-6)


def test_bfloat16_comes_close() -> None:
    model, mols = encoder(), [Chem.MolFromSmiles(text) for text in ("CCO", "c1ccccc1C(=O)N", "CC(C)Cc1ccccc1")]
    exact = encode(model, mols)
    assert torch.allclose(encode(model.bfloat16(), mols).float(), exact, atol=0.03 * float(exact.abs().max()))
