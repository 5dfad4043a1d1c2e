"""Where a network of images looks: gradient-weighted class activation maps (Selvaraju et al., ICCV 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from molkit.errors import InputError
from molkit.learners.neural import NeuralLearner

_AT_ONCE = 256  # images


def grad_cam(learner: NeuralLearner, pixels: np.ndarray, target: int = 0, against: bool = False) -> np.ndarray:
    """What speaks for a higher output of column `target`, float32 [n, H, W] for pixels uint8 [n, C, H, W].

    The last maps are weighted by the mean gradient of the raw output (a logit, or a scaled number), their positive
    part is stretched to the size of the image, and its largest value is 1; all 0 if nothing speaks for it.
    With `against`, what speaks for a lower output. Raises InputError for a learner of other inputs.
    """
    encoders: list[Any] = list(learner.model.encoders.values())
    if len(encoders) != 1 or not hasattr(encoders[0], "maps"):
        raise InputError(f"{learner.kind}: activation maps are made of a network of one image; choose cnn or resnet")
    if not 0 <= target < len(learner.kinds):
        raise InputError(f"there is no output {target} among the {len(learner.kinds)} of the model, counted from 0")
    model, encoder = learner.model.eval(), encoders[0]
    found = np.zeros((len(pixels), *pixels.shape[2:]), np.float32)
    for start in range(0, len(pixels), _AT_ONCE):
        part = pixels[start : start + _AT_ONCE]
        maps = encoder.maps(encoder.batch(part)).detach().requires_grad_()
        raw = model.head(encoder.vectors(maps))[:, target].sum()  # rows do not mix, so each has its own gradient
        (slope,) = torch.autograd.grad(-raw if against else raw, maps)
        weighted = (slope.mean(dim=(2, 3), keepdim=True) * maps.detach()).sum(dim=1, keepdim=True).relu()
        large = functional.interpolate(weighted, pixels.shape[2:], mode="bilinear", align_corners=False)[:, 0]
        largest = large.amax(dim=(1, 2), keepdim=True)
        found[start : start + len(part)] = (large / largest.clamp_min(1e-30)).numpy()
    return found
