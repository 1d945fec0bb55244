"""Which windows of a gradient operator count, given the valid pixels."""
from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from .operators import Stencil, kernel_views, stencil_size

MaskPolicy = Callable[[Tensor, Stencil], Tensor]


def center(valid: Tensor, stencil: Stencil) -> Tensor:
    """Windows whose centre pixel is valid."""
    height, width = stencil_size(stencil)
    top, left = height // 2, width // 2
    bottom, right = height - 1 - top, width - 1 - left
    height, width = valid.shape[-2:]
    return valid[..., top:max(height - bottom, top),
                 left:max(width - right, left)]


def support(valid: Tensor, stencil: Stencil) -> Tensor:
    """Windows of which every pixel with a non-zero weight is valid."""
    for kernel in stencil:
        views = [view for _, view in kernel_views(valid, kernel)]
        valid = functools.reduce(torch.bitwise_and, views)
    return valid


def every(valid: Tensor, stencil: Stencil) -> Tensor:
    """All windows; the residual is 0 at invalid pixels."""
    windows = center(valid, stencil)
    return windows | ~windows


MASK_POLICIES: dict[str, MaskPolicy] = {
    'center': center,
    'support': support,
    'every': every,
}
"""(valid (N, 1, H, W), stencil) -> windows (N, 1, H-kh+1, W-kw+1).

Masks are bool, or integers with all bits set or none.
"""
