"""What the sum over a level is divided by."""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Windows = list[list[Tensor]]
Normalizer = Callable[[Tensor, list[Tensor], Windows], Tensor]


def count(mask: Tensor) -> Tensor:
    """True pixels of each image of a (N, 1, H, W) mask, as (N,)."""
    return mask.sum(dim=(1, 2, 3))


def windows(valid: Tensor, level_valid: list[Tensor],
            level_windows: Windows) -> Tensor:
    """The windows that count, for each direction on its own."""
    return torch.stack([
        torch.stack([count(mask) for mask in masks], dim=-1)
        for masks in level_windows
    ], dim=-2)


def pixels(valid: Tensor, level_valid: list[Tensor],
           level_windows: Windows) -> Tensor:
    """The valid pixels of the level."""
    counts = torch.stack([count(mask) for mask in level_valid], dim=-1)
    return counts.unsqueeze(-1)


def full_pixels(valid: Tensor, level_valid: list[Tensor],
                level_windows: Windows) -> Tensor:
    """The valid pixels of the full size."""
    return count(valid)[:, None, None]


NORMALIZERS: dict[str, Normalizer] = {
    'windows': windows,
    'pixels': pixels,
    'full_pixels': full_pixels,
}
"""(valid (N, 1, H, W), valid of each level, windows of each level and stencil)
-> counts of each image that broadcast to (N, levels, stencils)."""
