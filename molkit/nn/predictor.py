"""Encoders and a head as one module that knows what its outputs mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from molkit.imbalance import unfocused, unfocused_classes
from molkit.nn import ENCODERS, HEADS


class Predictor(nn.Module):
    """`forward` gives raw values [B, K], `predict` gives units or probabilities; nothing guesses which.

    `encoders` maps an input name to (encoder name, options); inputs of equal ones share one encoder. Regression
    targets are learned on the scale (y - mean) / spread, kept here as buffers. The outputs of `exclusive` columns are
    those of a softmax. A model `focused` on what is hard was trained with the focal loss, and its probabilities are put
    right.
    """

    def __init__(
        self,
        kinds: tuple[str, ...],
        encoders: Mapping[str, tuple[str, dict[str, Any]]],
        head: tuple[str, dict[str, Any]],
        focused: bool = False,
        exclusive: tuple[tuple[int, ...], ...] = (),
    ) -> None:
        super().__init__()
        self.kinds, self.focused, self.exclusive = kinds, focused, exclusive
        given = list(encoders.values())
        first = [list(encoders)[given.index(own)] for own in given]
        self.inputs = dict(zip(encoders, map(_module_name, first), strict=True))  # the encoder of each input, by name
        self.encoders = nn.ModuleDict(
            {_module_name(name): ENCODERS[encoders[name][0]](**encoders[name][1]) for name in dict.fromkeys(first)}
        )
        head_kind, options = head
        widths = [self.encoder(name).width for name in self.inputs]
        self.head = HEADS[head_kind](inputs=widths, outputs=len(kinds), **options)
        self.mean: Tensor
        self.spread: Tensor
        self.binary: Tensor
        self.register_buffer("mean", torch.zeros(len(kinds)))
        self.register_buffer("spread", torch.ones(len(kinds)))
        binary = torch.tensor([kind == "binary" for kind in kinds])
        self.register_buffer("binary", binary, persistent=False)

    def encoder(self, name: str) -> Any:
        """What encodes an input."""
        return self.encoders[self.inputs[name]]

    def encode(self, inputs: Mapping[str, tuple[Any, Tensor | None]]) -> Tensor:
        """Encoded vectors [B, D]; each input is a batch of distinct values and the value of each row, or None."""
        encoded = []
        for name in self.inputs:
            batch, index = inputs[name]
            values = self.encoder(name)(batch).to(
                self.mean.dtype
            )  # an encoder may compute in bfloat16, the head does not
            encoded.append(values if index is None else values[index])
        return torch.cat(encoded, dim=1)

    def forward(self, inputs: Mapping[str, tuple[Any, Tensor | None]]) -> Tensor:
        """Raw values [B, K]."""
        return self.head(self.encode(inputs))

    def predict(self, inputs: Mapping[str, tuple[Any, Tensor | None]]) -> Tensor:
        """Units for regression, probabilities for binary targets [B, K]."""
        return self.said(self.encode(inputs))

    def said(self, encoded: Tensor) -> Tensor:
        """The same from encoded inputs [B, D]."""
        raw = self.head(encoded)
        chance = torch.sigmoid(raw)
        if self.focused:
            chance = torch.from_numpy(unfocused(chance.double().cpu().numpy())).to(raw)
        for columns in map(list, self.exclusive):
            shares = torch.softmax(raw[:, columns], dim=1)
            if self.focused:
                shares = torch.from_numpy(unfocused_classes(shares.double().cpu().numpy())).to(raw)
            chance[:, columns] = shares
        return torch.where(self.binary, chance, raw * self.spread + self.mean)

    def add_logits(self, offsets: Tensor) -> None:
        """Add to the raw outputs [K] from now on."""
        last = [layer for layer in self.head.modules() if isinstance(layer, nn.Linear)][-1]
        with torch.no_grad():
            last.bias.add_(offsets)


def _module_name(name: str) -> str:
    """The name of an input as that of a module: torch wants no dots, and nothing that its own code is called."""
    return name if name.isidentifier() and not hasattr(nn.ModuleDict(), name) else f"input {name.replace('.', ' ')}"
