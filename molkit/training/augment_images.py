"""Changes to training images, for a whole batch at once.

The parameters mean what they mean in monai's RandAffine, RandGaussianNoise, RandAdjustContrast and RandFlip. These
take one image at a time: 64 of 28 x 28 pixels cost them longer than the step that trains the textbook network on the
batch, and twenty times what they cost here.
"""

from __future__ import annotations

import numpy as np

ROTATION = np.deg2rad(10)  # at most, either way
SHIFT = 0.06  # of a side, at most
ZOOM = 0.1  # larger or smaller, at most
NOISE = 0.03  # largest standard deviation, white being 1
GAMMA = 1.25  # largest exponent of grey levels, and one over the smallest


def vary(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image uint8 [B, C, H, W] a little rotated, shifted, zoomed, of another contrast, and noisy."""
    count = len(pixels)
    angle = rng.uniform(-ROTATION, ROTATION, count)
    shift = rng.uniform(-SHIFT, SHIFT, (count, 2))
    zoom = 1 + rng.uniform(-ZOOM, ZOOM, count)
    levels = moved(pixels.astype(np.float32) / 255, angle, shift, zoom)
    gamma = GAMMA ** rng.uniform(-1, 1, (count, 1, 1, 1)).astype(np.float32)
    noise = rng.standard_normal(levels.shape, np.float32) * rng.uniform(0, NOISE, (count, 1, 1, 1)).astype(np.float32)
    return np.rint(np.clip(levels**gamma + noise, 0, 1) * 255).astype(np.uint8)


def moved(levels: np.ndarray, angle: np.ndarray, shift: np.ndarray, zoom: np.ndarray) -> np.ndarray:
    """Images float32 [B, C, H, W] turned about their centre and shifted, what comes in from outside being their border.

    `angle` [B] in radians, `shift` [B, 2] in widths and heights, `zoom` [B] above 1 for larger. Bilinear.
    """
    import torch
    from torch.nn import functional

    cosine, sine = np.cos(angle) / zoom, np.sin(angle) / zoom
    height, width = levels.shape[2:]
    back = np.empty((len(levels), 2, 3), np.float32)  # from places of the result to those of the image, each -1 to 1
    back[:, 0, 0], back[:, 0, 1] = cosine, -sine * height / width
    back[:, 1, 0], back[:, 1, 1] = sine * width / height, cosine
    back[:, :, 2] = -2 * shift
    grid = functional.affine_grid(torch.from_numpy(back), list(levels.shape), align_corners=False)
    found = functional.grid_sample(torch.from_numpy(levels), grid, padding_mode="border", align_corners=False)
    return found.numpy()


def flip(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the images uint8 [B, C, H, W] with left and right exchanged."""
    chosen = rng.random(len(pixels)) < 0.5
    return np.where(chosen[:, None, None, None], pixels[:, :, :, ::-1], pixels)
