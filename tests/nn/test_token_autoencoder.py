"""The autoencoders of tokens against a step-by-step computation, and on what each must be able to learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit import Chem

from molkit.data.batching import take_steps
from molkit.features import SelfiesFeaturizer, TokenFeaturizer
from molkit.nn import AUTOENCODERS
from molkit.nn.token_autoencoder import LONGEST, SelfiesAutoencoder, SmilesAutoencoder, TokenAutoencoder
from molkit.types import Steps

SMILES = (
    "CCO",
    "c1ccccc1",
    "CC(=O)Nc1ccc(O)cc1",
    "C[C@H](N)C(=O)O",
    "O=C(O)c1ccccc1O",
    "CN1CCC[C@H]1c1cccnc1",
    "CCN",
    "N",
)
FEATURIZERS = {"selfies": SelfiesFeaturizer(), "smiles": TokenFeaturizer()}


def steps_of(kind: str) -> Steps:
    return FEATURIZERS[kind]([Chem.MolFromSmiles(smiles) for smiles in SMILES])


def made(kind: str) -> TokenAutoencoder:
    torch.manual_seed(0)
    model = AUTOENCODERS[kind](latent=16, width=32, hidden=64)
    assert isinstance(model, TokenAutoencoder)
    return model


@pytest.mark.parametrize("kind", ["selfies", "smiles"])
def test_the_loss_is_that_of_the_tokens_one_after_the_other(kind: str) -> None:
    steps, model = steps_of(kind), made(kind).eval()
    z = torch.randn(len(steps), 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found, held = model.loss(model.batch(steps), z), model.read(z, LONGEST)
        for place in range(len(steps)):
            ids = [*steps.values[steps.offsets[place] : steps.offsets[place + 1]].tolist(), 0]
            state, before, total = torch.tanh(model.first(z[place]))[None], 0, 0.0
            for step, token in enumerate(ids):
                read = torch.cat([model.embedding(torch.tensor(before)), held[step, place]])[None]
                states, state = model.decoder(read, state)
                total -= float(torch.log_softmax(model.output(states[0]), dim=0)[token])
                before = token
            assert float(found[place]) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("kind", ["selfies", "smiles"])
def test_a_vector_does_not_depend_on_the_batch(kind: str) -> None:
    steps, model = steps_of(kind), made(kind).eval()
    with torch.no_grad():
        together = model.encode(model.batch(steps))[0]
        for place in range(len(steps)):
            alone = model.encode(model.batch(take_steps(steps, np.array([place]))))[0]
            torch.testing.assert_close(alone[0], together[place], rtol=0, atol=1e-6)


def test_tokens_that_were_not_in_training_are_never_written() -> None:
    steps, model = steps_of("selfies"), made("selfies").eval()
    model.prepare(steps)
    z = torch.randn(200, 16, generator=torch.Generator().manual_seed(1))
    written = model.decode(z, temperature=2.0, generator=torch.Generator().manual_seed(2))
    assert {int(token) for own in written for token in own} <= set(steps.values.tolist()) - {0, 1}
    assert max(map(len, written)) <= LONGEST


def test_readable_are_short_sequences_of_known_tokens() -> None:
    model = made("selfies")
    model.prepare(Steps(np.array([5, 6, 7], np.int32), np.array([0, 3])))
    steps = Steps(np.array([5, 6, 8, *[5] * (LONGEST + 1), 1], np.int32), np.array([0, 2, 3, LONGEST + 4, LONGEST + 5]))
    assert model.readable(steps).tolist() == [True, False, False, False]
    assert model.readable(Steps(np.zeros(0, np.int32), np.zeros(1, np.int64))).tolist() == []


@pytest.mark.parametrize("kind", ["selfies", "smiles"])
def test_it_writes_molecules_that_it_has_learned_by_heart(kind: str) -> None:
    steps, model = steps_of(kind), made(kind)
    model.prepare(steps)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    batch = model.batch(steps)
    for _ in range(900):
        optimizer.zero_grad()
        loss = model.loss(batch, model.encode(batch)[0]).mean()
        loss.backward()
        optimizer.step()
        if loss.detach() < 0.02:
            break
    model.eval()
    with torch.no_grad():
        texts = model.texts(model.decode(model.encode(batch)[0]))
    assert [Chem.CanonSmiles(text) for text in texts] == [Chem.CanonSmiles(smiles) for smiles in SMILES]


def test_every_selfies_text_is_a_molecule() -> None:
    model = made("selfies").eval()
    model.prepare(steps_of("selfies"))
    z = torch.randn(50, 16, generator=torch.Generator().manual_seed(3))
    texts = model.texts(model.decode(z, temperature=1.0, generator=torch.Generator().manual_seed(4)))
    assert all(Chem.MolFromSmiles(text) is not None for text in texts)


def test_each_reads_its_own_tokens() -> None:
    assert (SelfiesAutoencoder.feature, SmilesAutoencoder.feature) == ("selfies", "tokens")


def test_what_is_written_does_not_depend_on_the_batch() -> None:
    """Some end early and are left out of the next steps."""
    model = made("smiles").eval()
    with torch.no_grad():
        model.output.weight *= 10
    z = 5 * torch.randn(40, 16, generator=torch.Generator().manual_seed(1))
    together = model.decode(z)
    lengths = {len(tokens) for tokens in together}
    assert len(lengths) > 3
    assert max(lengths) <= LONGEST
    for tokens, vector in zip(together, z, strict=True):
        assert tokens.tolist() == model.decode(vector[None])[0].tolist()
    assert model.decode(z[:0]) == []


@pytest.mark.parametrize(("length", "windows"), [(0, 1), (5, 2), (31, 8), (LONGEST, 33)])
def test_a_near_step_changes_one_window_as_usual_and_the_others_less(length: int, windows: int) -> None:
    model, spread = made("selfies"), np.linspace(0.5, 1.5, 16)
    maps = model.near_steps(length, spread)
    assert maps.shape == (windows, 16, 48)

    def changes(steps: np.ndarray) -> np.ndarray:
        """Sums of squares [33] by which independent steps [n, 16] change the windows."""
        with torch.no_grad():
            moved = model.places(torch.from_numpy(steps).float()) - model.places(torch.zeros(16))
        return moved.view(len(steps), 33, 48).square().sum(dim=(0, 2)).double().numpy()

    usual = changes(np.diag(spread))
    for place, own in enumerate(maps):
        found = changes(own.T)
        assert found[place] == pytest.approx(usual[place], rel=1e-4)
        others = np.delete(np.arange(windows), place)
        assert (found[others] <= usual[others]).all() if windows < 5 else found[others].sum() < usual[others].sum()
