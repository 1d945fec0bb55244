"""Depth edges: neighbouring pixels whose depths differ by a factor."""
from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

_LEFT, _RIGHT = np.s_[..., :-1], np.s_[..., 1:]
_ABOVE, _BELOW = np.s_[..., :-1, :], np.s_[..., 1:, :]
_PAIRS = ((_LEFT, _RIGHT), (_RIGHT, _LEFT), (_ABOVE, _BELOW), (_BELOW, _ABOVE))
"""Pixels and their neighbours in each direction."""


def neighbour_ratios(depth: Tensor) -> list[Tensor]:
    """Depth of pixels over that of their neighbours, in four directions."""
    return [depth[pixels] / depth[others] for pixels, others in _PAIRS]


def edge_pixels(depth: Tensor, valid: Tensor,
                ratio: float) -> tuple[Tensor, Tensor]:
    """Either side of the depth edges between valid neighbours.

    Args:
        depth (Tensor): (..., H, W); anything where not valid.
        valid (Tensor): Bool, (..., H, W).
        ratio (float): Factor by which depths differ at an edge, above 1.

    Returns:
        tuple[Tensor, Tensor]: The nearer and the farther pixels, bool.
    """
    # No comparison with NaN holds, so a pair with an invalid end is no edge.
    depth = depth.where(valid, math.nan)
    nearer, farther = torch.zeros_like(valid), torch.zeros_like(valid)
    for (pixels, others), deeper in zip(_PAIRS, neighbour_ratios(depth)):
        farther[pixels] |= deeper > ratio
        nearer[others] |= deeper > ratio
    return nearer, farther
