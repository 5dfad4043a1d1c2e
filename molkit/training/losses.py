"""Losses over [B, K] with labels that may be missing or censored."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def supervised_loss(
    raw: Tensor,
    labels: Tensor,
    relations: Tensor,
    weights: Tensor,
    binary: Tensor,
    objective: str = "squared",
    focus: float = 0.0,
) -> Tensor:
    """Mean over measured labels of squared or absolute error (regression) or cross entropy (binary).

    `labels` [B, K] are on the scale of `raw`, NaN = not measured. `relations` [B, K]: a value known only as
    "above" (+1) or "below" (-1) costs nothing on its right side (a one-sided loss, as in Tobit regression).
    `weights` [B, 1] or [B, K]. With a `focus` above 0 the cross entropy is the focal loss: what is predicted well
    already counts less (Lin et al., ICCV 2017). With no measured label the loss is zero.
    """
    measured = ~torch.isnan(labels)
    target = torch.where(measured, labels, torch.zeros_like(labels))
    distance = target - raw
    one_sided = functional.relu(distance * relations)
    missed = torch.where(relations == 0, distance, one_sided)
    error = missed**2 if objective == "squared" else missed.abs()
    entropy = functional.binary_cross_entropy_with_logits(raw, target, reduction="none")
    if focus:
        entropy = entropy * (1 - torch.exp(-entropy)) ** focus  # exp(-entropy) is the chance given to what was found
    losses = torch.where(binary, entropy, error)
    share = weights * measured
    return (losses * share).sum() / share.sum().clamp_min(1e-12)
