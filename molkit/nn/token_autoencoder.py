"""A variational autoencoder of molecules as tokens (Gómez-Bombarelli et al., ACS Cent. Sci. 2018, 4, 268)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.features.selfies import SELFIES_VOCABULARY, smiles_of_selfies
from molkit.features.tokens import VOCABULARY
from molkit.nn.recurrent import RecurrentNetwork, SelfiesRecurrentNetwork, StepBatch
from molkit.types import Steps

LONGEST = 128  # tokens that are read or written; longer molecules are not the decoder's
_WINDOW = 4  # tokens
_WINDOWS = LONGEST // _WINDOW + 1  # the last for the end of the longest
_WINDOW_WIDTH, _PLACE_WIDTH = 32, 48
_END, _OTHER, _NOTHING = 0, 1, -1
_RIDGE = 0.01


@dataclass(frozen=True)
class TokenBatch:
    """Molecules for both halves of the autoencoder."""

    read: StepBatch
    previous: Tensor  # int64 [T + 1, B]: the end, then each token
    wanted: Tensor  # int64 [T + 1, B]: each token, then the end, then -1

    def __len__(self) -> int:
        return self.wanted.shape[1]


class TokenAutoencoder(nn.Module):
    """A bidirectional recurrent encoder, one vector z, and a GRU of `hidden` units that writes the tokens.

    The states of the encoder are averaged over windows of 4 tokens, from all of which mean and log variance of z are
    linear; the decoder begins at tanh(W z), and with each token reads the one before and what a linear map of z holds
    for this place. So what stands where need not be carried through all states between, and far fewer steps are needed
    to learn to write molecules exactly than with the last state and z itself.
    """

    feature: str
    kl_weight = 0.2  # with less, molecules come back more often, and those drawn are less like those of training
    vocabulary: tuple[str, ...]
    encoder_class: type[RecurrentNetwork]

    def __init__(self, latent: int = 128, width: int = 256, depth: int = 1, hidden: int = 512) -> None:
        super().__init__()
        self.latent = latent
        self.encoder = self.encoder_class(width, depth)
        self.window = nn.Linear(width, _WINDOW_WIDTH)
        self.mean = nn.Linear(_WINDOWS * _WINDOW_WIDTH, latent)
        self.log_variance = nn.Linear(_WINDOWS * _WINDOW_WIDTH, latent)
        self.embedding = nn.Embedding(len(self.vocabulary), hidden // 4)
        self.first = nn.Linear(latent, hidden)
        self.places = nn.Linear(latent, _WINDOWS * _PLACE_WIDTH)
        self.decoder = nn.GRU(hidden // 4 + _PLACE_WIDTH, hidden)
        self.output = nn.Linear(hidden, len(self.vocabulary))
        self.known: Tensor
        self.register_buffer("known", torch.ones(len(self.vocabulary), dtype=torch.bool))

    def prepare(self, steps: Steps) -> None:
        """Take which tokens there are in training; no other is ever written."""
        self.known[:] = False
        self.known[torch.from_numpy(np.unique(steps.values)).long()] = True
        self.known[_END], self.known[_OTHER] = True, False

    def readable(self, steps: Steps) -> np.ndarray:
        """Which sequences, bool [n], have no more tokens than the longest, all of them known."""
        odd = ~self.known.numpy()[steps.values]
        counts = np.add.reduceat(odd, steps.offsets[:-1]) if len(steps) else np.zeros(0, np.int64)
        return (counts == 0) & (np.diff(steps.offsets) <= LONGEST)

    def batch(self, steps: Steps) -> TokenBatch:
        """What `encode` and `loss` take, from a packed column."""
        lengths = np.diff(steps.offsets)
        owner = np.repeat(np.arange(len(steps)), lengths)
        time = np.arange(len(steps.values)) - steps.offsets[owner]
        tokens = np.full((int(lengths.max(initial=0)) + 1, len(steps)), _NOTHING, np.int64)
        tokens[time, owner] = steps.values
        wanted = tokens.copy()
        wanted[lengths, np.arange(len(steps))] = _END
        previous = np.vstack([np.full((1, len(steps)), _END), np.maximum(tokens[:-1], _END)])
        return TokenBatch(self.encoder.batch(steps), torch.from_numpy(previous), torch.from_numpy(wanted))

    def encode(self, batch: TokenBatch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the posterior, [B, latent] each."""
        read = batch.read
        states = torch.relu(self.encoder.output(self.encoder.states(read))).float()
        owner = read.owner * _WINDOWS + torch.from_numpy(_times(read.alive) // _WINDOW)
        count = len(batch) * _WINDOWS
        sums = states.new_zeros(count, states.shape[1]).index_add(0, owner, states)
        sizes = torch.bincount(owner, minlength=count).clamp_min(1)[:, None]
        windows = self.window(sums / sizes).view(len(batch), -1)
        return self.mean(windows).float(), self.log_variance(windows).float().clamp(-12.0, 4.0)

    def read(self, z: Tensor, length: int) -> Tensor:
        """What z [B, latent] holds for the first places, [length, B, 48]: straight between the middles of windows."""
        held = self.places(z).view(len(z), _WINDOWS, _PLACE_WIDTH).transpose(0, 1)
        at = ((torch.arange(length) + 0.5) / _WINDOW - 0.5).clamp(0, _WINDOWS - 1)
        before = at.long()
        share = (at - before).to(held.dtype)[:, None, None]
        return held[before] * (1 - share) + held[(before + 1).clamp_max(_WINDOWS - 1)] * share

    def loss(self, batch: TokenBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of the tokens and the end, [B] nats, given z [B, latent]."""
        read = torch.cat([self.embedding(batch.previous), self.read(z, len(batch.previous))], dim=2)
        states, _ = self.decoder(read, torch.tanh(self.first(z))[None])
        logits = self.output(states.flatten(0, 1)).float()
        losses = functional.cross_entropy(logits, batch.wanted.flatten(), ignore_index=_NOTHING, reduction="none")
        return losses.view(batch.wanted.shape).sum(dim=0)

    @torch.inference_mode()
    def decode(self, z: Tensor, temperature: float = 0.0, generator: torch.Generator | None = None) -> list[np.ndarray]:
        """Tokens of each z [B, latent] up to the end: the likeliest, or at a temperature above 0 drawn ones."""
        state, token = torch.tanh(self.first(z))[None], torch.full((len(z),), _END)
        held = self.read(z, LONGEST)
        refused = torch.where(self.known, 0.0, -torch.inf)
        tokens = torch.full((len(z), LONGEST + 1), _END)
        rows, going = torch.arange(len(z)), torch.ones(len(z), dtype=torch.bool)
        for place in range(LONGEST):
            if 2 * int(going.sum()) <= len(rows):  # those that have ended are left out
                rows, token, state, held = rows[going], token[going], state[:, going], held[:, going]
                going = going[going]
            if not len(rows):
                break
            states, state = self.decoder(torch.cat([self.embedding(token), held[place]], dim=1)[None], state)
            logits = (self.output(states[0]) + refused).float()
            if temperature > 0:
                shares = torch.softmax(logits / temperature, dim=1)
                token = torch.multinomial(shares, 1, generator=generator)[:, 0]
            else:
                token = logits.argmax(dim=1)
            going &= token != _END
            tokens[rows, place] = torch.where(going, token, _END)
        ends = (tokens == _END).int().argmax(dim=1).tolist()
        return [row[:end] for row, end in zip(tokens.numpy(), ends, strict=True)]

    def near_steps(self, length: int, spread: np.ndarray) -> np.ndarray:
        """Maps float64 [P, latent, 48] from noise to steps of z, each of which changes one window and others little.

        The windows are those in use by so many tokens. A step is the least-squares answer to "this change in that
        window, none in the others and in the first state"; it changes its window as much, in the root mean square, as
        steps of `spread` [latent] in every dimension of z do.
        """
        count = min(length // _WINDOW + 1, _WINDOWS)
        reads = self.places.weight.detach().double().numpy().reshape(_WINDOWS, _PLACE_WIDTH, self.latent)[:count]
        first = self.first.weight.detach().double().numpy()
        gram = np.einsum("kwl,kwm->lm", reads, reads) + first.T @ first
        gram += _RIDGE * np.trace(gram) / self.latent * np.eye(self.latent)
        maps = np.linalg.solve(gram, reads.transpose(0, 2, 1))
        usual = np.sqrt(((reads * spread) ** 2).sum(axis=(1, 2)))
        own = np.sqrt(((reads @ maps) ** 2).sum(axis=(1, 2)))
        return maps * (usual / own)[:, None, None]

    def texts(self, tokens: Sequence[np.ndarray]) -> list[str]:
        """Each sequence as SMILES, which need not be that of a molecule."""
        return [self.smiles("".join(self.vocabulary[token] for token in own)) for own in tokens]

    @staticmethod
    def smiles(text: str) -> str:
        """The SMILES that joined tokens mean."""
        return text


def _times(alive: np.ndarray) -> np.ndarray:
    """The place of each step in its sequence, int64 [T], in the order of a batch."""
    return np.repeat(np.arange(len(alive)), alive)


class SmilesAutoencoder(TokenAutoencoder):
    """On the tokens of canonical SMILES."""

    feature, vocabulary, encoder_class = "tokens", VOCABULARY, RecurrentNetwork


class SelfiesAutoencoder(TokenAutoencoder):
    """On the tokens of SELFIES."""

    feature, vocabulary, encoder_class = "selfies", SELFIES_VOCABULARY, SelfiesRecurrentNetwork

    @staticmethod
    def smiles(text: str) -> str:
        """The SMILES of a SELFIES text."""
        return smiles_of_selfies(text)
