"""Ways to bring a residual and its mask to a coarser level.

Every entry of :data:`PYRAMIDS` is linear in the residual, so a pyramid of
``pred - target`` equals the difference of two pyramids.
"""
from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

Pyramid = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]


def _every(x: Tensor, factor: int) -> Tensor:
    return x[..., ::factor, ::factor]


def _whole_blocks(x: Tensor, factor: int) -> Tensor:
    """Crop to the largest size that ``factor`` divides."""
    height, width = (size // factor * factor for size in x.shape[-2:])
    return x[..., :height, :width]


def stride(residual: Tensor, valid: Tensor,
           factor: int) -> tuple[Tensor, Tensor]:
    """Take every ``factor``-th pixel; sizes are rounded up."""
    return _every(residual, factor), _every(valid, factor)


def nearest(residual: Tensor, valid: Tensor,
            factor: int) -> tuple[Tensor, Tensor]:
    """Nearest resize by ``1 / factor``; sizes are rounded down."""
    return (_every(_whole_blocks(residual, factor), factor),
            _every(_whole_blocks(valid, factor), factor))


def bilinear(residual: Tensor, valid: Tensor,
             factor: int) -> tuple[Tensor, Tensor]:
    """Bilinear resize by ``1 / factor`` without antialiasing, mask by nearest.

    A bilinear sample at half-pixel centres of an even factor falls in the
    middle of a block's four central pixels, and is their mean.
    """
    valid = _every(_whole_blocks(valid, factor), factor)
    if factor == 1:
        return residual, valid
    if factor % 2:
        raise ValueError('the bilinear pyramid needs even factors, got '
                         f'{factor}')
    height, width = valid.shape[-2:]
    start = factor // 2 - 1
    central = residual[..., start:, start:]
    return _mean_of_2x2(central, factor, height, width), valid


def _mean_of_2x2(x: Tensor, step: int, height: int, width: int) -> Tensor:
    if height == 0 or width == 0:
        return x[..., :height, :width]
    # avg_pool2d wants whole strides: leave what lies behind the last window.
    rows, cols = (height - 1) * step + 2, (width - 1) * step + 2
    return F.avg_pool2d(x[..., :rows, :cols], kernel_size=2, stride=step)


PYRAMIDS: dict[str, Pyramid] = {
    'bilinear': bilinear,
    'nearest': nearest,
    'stride': stride,
}
"""(residual, valid, factor) -> the same two at 1 / factor of the size."""
