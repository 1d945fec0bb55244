"""Depth maps to measure with."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def random_depth_maps(size: Sequence[int], density: float,
                      device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Make a prediction, its ground truth and a mask; always the same.

    ``size`` is N, H and W, ``density`` the share of valid pixels, in (0, 1].
    Returns pred and target, (N, 1, H, W) float32 metres, target 0 where not
    valid, and mask, bool.
    """
    generator = torch.Generator().manual_seed(0)
    num_images, height, width = size
    rooms = torch.rand(num_images, 1, 4, 6, generator=generator)
    target = 1 + 9 * F.interpolate(rooms, (height, width), mode='bilinear',
                                   align_corners=False)
    noise = torch.randn(target.shape, generator=generator)
    pred = target * (1 + 0.05 * noise.clamp(-3, 3))
    # a random order of all pixels: the exact share, for a few pixels too
    order = torch.randperm(target.numel(), generator=generator)
    mask = (order < round(density * len(order))).view(target.shape)
    target = target * mask
    return pred.to(device), target.to(device), mask.to(device)
