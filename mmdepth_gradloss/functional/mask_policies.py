"""Which windows of a gradient operator count, given the valid pixels."""
from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def center(valid: Tensor, kernel: Tensor) -> Tensor:
    """Windows whose centre pixel is valid."""
    height, width = kernel.shape[-2:]
    top, left = height // 2, width // 2
    rows, cols = (size - k + 1
                  for size, k in zip(valid.shape[-2:], (height, width)))
    return valid[..., top:top + rows, left:left + cols]


def support(valid: Tensor, kernel: Tensor) -> Tensor:
    """Windows of which every pixel with a non-zero weight is valid."""
    taps = (kernel != 0).to(kernel.dtype)
    holes = F.conv2d((~valid).to(kernel.dtype), taps)
    return holes == 0


def any_window(valid: Tensor, kernel: Tensor) -> Tensor:
    """All windows, whatever their pixels."""
    rows, cols = (size - k + 1
                  for size, k in zip(valid.shape[-2:], kernel.shape[-2:]))
    return torch.ones_like(valid[..., :rows, :cols])


MASK_POLICIES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    'center': center,
    'support': support,
    'none': any_window,
}
"""(valid (N, 1, H, W), kernel) -> bool windows (N, 1, H-kh+1, W-kw+1)."""
