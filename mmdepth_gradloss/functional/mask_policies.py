"""Which windows of a gradient operator count, given the valid pixels."""
from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from .operators import Kernel, kernel_views


def center(valid: Tensor, kernel: Kernel) -> Tensor:
    """Windows whose centre pixel is valid."""
    top, left = len(kernel) // 2, len(kernel[0]) // 2
    bottom, right = len(kernel) - 1 - top, len(kernel[0]) - 1 - left
    height, width = valid.shape[-2:]
    return valid[..., top:max(height - bottom, top),
                 left:max(width - right, left)]


def support(valid: Tensor, kernel: Kernel) -> Tensor:
    """Windows of which every pixel with a non-zero weight is valid.

    Of the level: a 'bilinear' pyramid's pixels mix four of the full map, and
    its mask tells of one of them.
    """
    views = [view for _, view in kernel_views(valid, kernel)]
    return functools.reduce(torch.logical_and, views)


MASK_POLICIES: dict[str, Callable[[Tensor, Kernel], Tensor]] = {
    'center': center,
    'support': support,
}
"""(valid (N, 1, H, W), kernel) -> bool windows (N, 1, H-kh+1, W-kw+1)."""
