"""Proteins in one row with gaps, against each protein by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from molkit.features.sequence import RESIDUES, ResidueFeaturizer
from molkit.nn.residue_attention import ResidueAttention
from molkit.nn.residue_batch import LONGEST, ResidueConvolutions, residue_batch
from molkit.nn.residue_cnn import ResidueConvolution


def proteins(*lengths: int) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list(RESIDUES), length)) for length in lengths]


def test_convolutions_are_those_of_each_protein_padded_by_itself() -> None:
    torch.manual_seed(0)
    trunk = ResidueConvolutions(12, 3, 0.0)
    steps = ResidueFeaturizer()(proteins(1, 300, 4, 77))
    batch = residue_batch(steps)
    for row, span in enumerate(batch.spans(trunk(batch)[0])):
        own = torch.from_numpy(steps.values[steps.offsets[row] : steps.offsets[row + 1]].astype(np.int64))
        first, *others = trunk.layers
        values = torch.relu(first(trunk.embedding(own).t()[None]))
        for layer in others:
            values = values + torch.relu(layer(values))
        torch.testing.assert_close(span, values[0], rtol=1e-5, atol=1e-5)


def test_vectors_pool_over_the_residues_of_a_protein_alone() -> None:
    torch.manual_seed(0)
    batch = residue_batch(ResidueFeaturizer()(proteins(3, 90)))
    cnn, attention = ResidueConvolution(16), ResidueAttention(16)
    values = cnn.convolutions(batch)[0, :, :3]
    pooled = torch.cat([values.max(dim=1).values, values.mean(dim=1)])
    torch.testing.assert_close(cnn(batch)[0], torch.relu(cnn.output(pooled)))
    values = attention.convolutions(batch)[0, :, :3]
    scores = torch.exp(attention.scores.weight[:, :, 0] @ values)
    shares = scores / scores.sum(dim=1, keepdim=True)
    pooled = torch.cat([(shares * values).sum(dim=1), values.max(dim=1).values])
    torch.testing.assert_close(attention(batch)[0], torch.relu(attention.output(pooled)))


def test_a_long_protein_is_read_to_its_limit() -> None:
    (text,) = proteins(LONGEST + 50)
    torch.manual_seed(0)
    encoder = ResidueConvolution(16)
    whole, cut = (encoder(residue_batch(ResidueFeaturizer()([own]))) for own in (text, text[:LONGEST]))
    assert torch.equal(whole, cut)
    assert not torch.equal(whole, encoder(residue_batch(ResidueFeaturizer()([text[: LONGEST - 1]]))))


@pytest.mark.parametrize("kind", [ResidueConvolution, ResidueAttention])
def test_what_is_pooled_of_training_proteins_starts_standardised(kind: Any) -> None:
    torch.manual_seed(0)
    encoder, steps = kind(16), ResidueFeaturizer()(proteins(*range(5, 65)))
    encoder.prepare(steps)
    with torch.no_grad():
        scaled = encoder.scale(encoder._pooled(residue_batch(steps)))
    torch.testing.assert_close(scaled.mean(dim=0), torch.zeros(8), rtol=0, atol=1e-4)
    spread = scaled.std(dim=0, correction=0)
    varying = spread > 1e-3  # a channel may be silent
    torch.testing.assert_close(spread[varying], torch.ones(int(varying.sum())), rtol=0, atol=1e-3)
    assert varying.sum() >= 4


def test_one_training_protein_is_enough_for_a_scale() -> None:
    encoder, steps = ResidueConvolution(16), ResidueFeaturizer()(proteins(30))
    encoder.prepare(steps)
    assert torch.isfinite(encoder(encoder.batch(steps))).all()
