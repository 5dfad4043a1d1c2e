"""What every encoder and every head promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from samples import new_featurizer, odd_things
from torch import nn

from molkit.data.signals import Signal
from molkit.features import KIND_OF
from molkit.learners.inputs import NETWORKS
from molkit.nn import ENCODERS, HEADS

OF_MOLECULES = [kind for kind, feature in NETWORKS.items() if KIND_OF[feature] == "smiles"]
OF_GRAPHS = [kind for kind in OF_MOLECULES if kind != "fingerprint"]  # whose bits may fall on each other


def values_of(kind: str, chosen: Sequence[Any]) -> Any:
    """The packed values that an encoder reads of some things."""
    return new_featurizer(ENCODERS[kind].feature, chosen)(chosen)


def noise(count: int) -> list[Signal]:
    """Signals that differ, of 160 samples."""
    rng = np.random.default_rng(0)
    return [Signal(rng.normal(size=160).astype(np.float32), 1) for _ in range(count)]


@pytest.fixture
def items(kind: str, varied: list[Chem.Mol]) -> list[Any]:
    """What the encoder's featurizer reads."""
    things = odd_things(KIND_OF[ENCODERS[kind].feature], varied)
    # a signal louder by far than all others leaves of them nothing that the weights can see
    return [own for own in things if not isinstance(own, Signal) or np.abs(own.samples).max() < 100]


def new_encoder(kind: str, chosen: Sequence[Any], **options: Any) -> Any:
    """An encoder that has seen what it is to encode, if it asks for that."""
    encoder = ENCODERS[kind](**options)
    if hasattr(encoder, "prepare"):
        encoder.prepare(values_of(kind, chosen))
    return encoder


def trained_to_nothing(model: nn.Module, forward: Any, labels: torch.Tensor) -> float:
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(300):
        loss = ((forward() - labels) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.005:
            break
    return float(loss.detach())


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_gives_one_vector_of_its_width_per_value(kind: str, items: list[Any]) -> None:
    encoder = new_encoder(kind, items, width=24)
    vectors = encoder(encoder.batch(values_of(kind, items)))
    assert encoder.width == 24
    assert vectors.shape == (len(items), 24)
    assert vectors.dtype == torch.float32
    assert torch.isfinite(vectors).all()


@pytest.mark.parametrize("kind", ENCODERS)
def test_every_weight_of_an_encoder_has_a_gradient(kind: str, items: list[Any]) -> None:
    torch.manual_seed(0)
    encoder = new_encoder(kind, items, width=24)
    encoder(encoder.batch(values_of(kind, items))).square().sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name
        assert torch.isfinite(weight.grad).all(), name


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_gives_the_same_vector_alone_and_in_a_mixed_batch(kind: str, items: list[Any]) -> None:
    torch.manual_seed(0)
    encoder = new_encoder(kind, items, width=24).eval()
    together = encoder(encoder.batch(values_of(kind, items)))
    alone = torch.cat([encoder(encoder.batch(values_of(kind, [one]))) for one in items])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", OF_MOLECULES)
@pytest.mark.parametrize("smiles", ["C", "[Na+]", "[Na+].[Cl-]", "O.O.O"])
def test_an_encoder_takes_molecules_without_bonds(kind: str, smiles: str) -> None:
    """They differ by their atoms, and are not disturbed by a molecule with bonds."""
    torch.manual_seed(0)
    encoder = ENCODERS[kind](width=24).eval()
    unlike = "C#C" if kind == "selfies-gru" else "[He]"  # its tokens have neither helium nor sodium
    mol, another, benzene = (Chem.MolFromSmiles(text) for text in (smiles, unlike, "c1ccccc1"))
    alone, other = encoder(encoder.batch(values_of(kind, [mol]))), encoder(encoder.batch(values_of(kind, [another])))
    assert alone.shape == (1, 24)
    assert (alone - other).abs().max() > 1e-3
    among = encoder(encoder.batch(values_of(kind, [benzene, mol, benzene])))
    torch.testing.assert_close(among[1:2], alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", OF_MOLECULES)
def test_the_order_of_atoms_does_not_matter(kind: str, varied: list[Chem.Mol]) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[kind](width=24).eval()
    rng = np.random.default_rng(0)
    shuffled = [Chem.RenumberAtoms(mol, rng.permutation(mol.GetNumAtoms()).tolist()) for mol in varied]
    one, other = (encoder(encoder.batch(values_of(kind, mols))) for mols in (varied, shuffled))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", OF_GRAPHS)
def test_a_kind_of_bond_makes_a_difference(kind: str) -> None:
    """Double bonds against single ones between atoms of equal fields cannot be drawn; cis and trans can."""
    torch.manual_seed(0)
    encoder = ENCODERS[kind](width=24).eval()
    mols = [Chem.MolFromSmiles(smiles) for smiles in ("F/C=C/F", "F/C=C\\F")]
    trans, cis = encoder(encoder.batch(values_of(kind, mols)))
    assert (trans - cis).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ENCODERS)
def test_dropout_acts_in_training_only_and_repeats_with_the_seed(kind: str, items: list[Any]) -> None:
    def built() -> nn.Module:
        torch.manual_seed(3)
        return new_encoder(kind, items, width=24, dropout=0.5)

    one, other = built(), built()
    batch = ENCODERS[kind].batch(values_of(kind, items))
    first = one.train()(batch)
    torch.rand(9)  # what others draw changes nothing
    assert torch.equal(other.train()(batch), first)
    assert not torch.equal(one(batch), first)
    assert torch.equal(one.eval()(batch), other.eval()(batch))


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_can_learn_16_samples_by_heart(kind: str, items: list[Any], nci: list[Chem.Mol]) -> None:
    torch.manual_seed(0)
    chosen = nci[:16] if kind in OF_MOLECULES else noise(16) if isinstance(items[0], Signal) else items[:16]
    encoder, last = new_encoder(kind, chosen, width=48), nn.Linear(48, 1)
    batch = encoder.batch(values_of(kind, chosen))
    labels = torch.from_numpy(np.random.default_rng(0).normal(size=(16, 1)).astype(np.float32))
    model = nn.ModuleList([encoder, last])
    assert trained_to_nothing(model, lambda: last(encoder(batch)), labels) < 0.01


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_has_the_shape_asked_for_and_learns(kind: str) -> None:
    torch.manual_seed(0)
    head = HEADS[kind](inputs=(6, 6), outputs=3, width=32)
    encoded, labels = torch.randn(16, 12), torch.randn(16, 3)
    assert head(encoded).shape == (16, 3)
    assert trained_to_nothing(head, lambda: head(encoded), labels) < 0.01
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in head.parameters())


@pytest.mark.parametrize("kind", HEADS)
def test_rows_of_a_head_do_not_mix(kind: str) -> None:
    torch.manual_seed(0)
    head = HEADS[kind](inputs=(6, 6), outputs=3).eval()
    encoded = torch.randn(16, 12)
    torch.testing.assert_close(head(encoded)[4:5], head(encoded[4:5]))


def test_encoders_and_networks_are_the_same_and_read_the_same() -> None:
    assert {kind: encoder.feature for kind, encoder in ENCODERS.items()} == NETWORKS
