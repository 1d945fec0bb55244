from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class MaskedMaps(NamedTuple):
    """Two depth maps (..., H, W) of one dtype, and their valid pixels.
    ``valid`` is bool, (..., H, W). ``nonfinite``, (...), is True for an image
    whose prediction is NaN or infinite at a valid pixel."""
    pred: Tensor
    target: Tensor
    valid: Tensor
    nonfinite: Tensor


def masked_maps(pred: Tensor, target: Tensor, valid: Tensor) -> MaskedMaps:
    """Check both maps, and convert them to float32 or float64.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions.
    """
    if pred.shape != target.shape or pred.ndim < 2:
        raise ValueError(
            'pred and target must be depth maps of one shape (..., H, W), got '
            f'pred {tuple(pred.shape)} and target {tuple(target.shape)}')
    # Half precision resolves only 8 mm at 10 m, and sums even less.
    dtype = torch.promote_types(
        torch.promote_types(pred.dtype, target.dtype), torch.float32)
    nonfinite = (valid & ~torch.isfinite(pred)).flatten(-2).any(dim=-1)
    return MaskedMaps(pred.to(dtype), target.to(dtype), valid, nonfinite)
