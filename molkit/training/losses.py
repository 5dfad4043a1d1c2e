"""Losses over [B, K] with labels that may be missing or censored."""

from __future__ import annotations

from collections.abc import Sequence

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
    exclusive: Sequence[Sequence[int]] = (),
) -> Tensor:
    """Mean over measured labels of squared or absolute error (regression) or cross entropy (binary).

    `exclusive` are columns of which a row has 1 in one alone: there the cross entropy is that of the softmax, counted
    once for a row.

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
    share = (weights * measured).expand_as(losses)
    for columns in map(list, exclusive):
        given = -(target[:, columns] * functional.log_softmax(raw[:, columns], dim=1))  # 0 but for the true class
        if focus:
            given = given * (1 - torch.exp(-given)) ** focus
        first = torch.arange(raw.shape[1]) == columns[0]
        others = torch.isin(torch.arange(raw.shape[1]), torch.tensor(columns[1:]))
        losses = torch.where(first, given.sum(dim=1, keepdim=True), losses)
        share = torch.where(others, 0.0, share)
    return (losses * share).sum() / share.sum().clamp_min(1e-12)
