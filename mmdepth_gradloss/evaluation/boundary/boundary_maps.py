"""What every boundary protocol does to its maps first."""
from __future__ import annotations

import torch
from torch import Tensor

from ..masked_maps import MaskedMaps, masked_maps


def boundary_maps(pred: Tensor, target: Tensor, mask: Tensor | None,
                  min_depth: float | None, max_depth: float | None,
                  masked: bool) -> MaskedMaps:
    """Check and convert what a boundary protocol is given.

    Args:
        pred (Tensor): Predicted depth, in any unit, shape (..., H, W).
        target (Tensor): Ground-truth depth in metres, same shape.
        mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
        min_depth (float, optional): Smallest valid ground truth.
        max_depth (float, optional): Largest valid ground truth.
        masked (bool): Whether invalid pixels are left out. If not, every
            pixel counts as valid, whatever stands there.

    Returns:
        MaskedMaps: The maps, at least float32, and their masks.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions, or
            something limits the valid pixels although ``masked`` is False.
    """
    limits = dict(mask=mask, min_depth=min_depth, max_depth=max_depth)
    given = [name for name, limit in limits.items() if limit is not None]
    if given and not masked:
        raise ValueError(f'masked=False counts all pixels; leave out '
                         f'{", ".join(given)}, or set masked=True')
    inputs = masked_maps(pred, target, mask, min_depth, max_depth)
    if masked:
        return inputs
    nonfinite = ~torch.isfinite(inputs.pred).flatten(-2).all(dim=-1)
    return inputs._replace(
        valid=torch.ones_like(inputs.valid), nonfinite=nonfinite)
