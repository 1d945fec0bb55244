"""What every depth metric does to its two maps before it compares them."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..functional.masking import valid_depth_mask


class MaskedMaps(NamedTuple):
    """Two depth maps of one dtype, and where they can be compared.

    Attributes:
        pred (Tensor): Predicted depth, shape (..., H, W), float32 or float64.
        target (Tensor): Ground truth, same shape and dtype as ``pred``.
        valid (Tensor): Bool, same shape, True where the target counts.
        nonfinite (Tensor): Bool, shape (...), True for an image whose
            prediction is NaN or infinite at a valid pixel.
    """
    pred: Tensor
    target: Tensor
    valid: Tensor
    nonfinite: Tensor


def masked_maps(pred: Tensor,
                target: Tensor,
                mask: Tensor | None = None,
                min_depth: float | None = None,
                max_depth: float | None = None) -> MaskedMaps:
    """Check and convert what a depth metric is given.

    Args:
        pred (Tensor): Predicted depth in metres, shape (..., H, W).
        target (Tensor): Ground-truth depth in metres, same shape.
        mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
        min_depth (float, optional): Smallest valid ground truth.
        max_depth (float, optional): Largest valid ground truth.

    Returns:
        MaskedMaps: The maps, at least float32, and their masks.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions.
    """
    if pred.shape != target.shape or pred.ndim < 2:
        raise ValueError(
            'pred and target must be depth maps of one shape (..., H, W), got '
            f'pred {tuple(pred.shape)} and target {tuple(target.shape)}')
    # Half precision holds a depth of 10 m to 8 mm only, and its sums less.
    dtype = torch.promote_types(
        torch.promote_types(pred.dtype, target.dtype), torch.float32)
    valid = valid_depth_mask(target, mask, min_depth, max_depth)
    nonfinite = (valid & ~torch.isfinite(pred)).flatten(-2).any(dim=-1)
    return MaskedMaps(pred.to(dtype), target.to(dtype), valid, nonfinite)
