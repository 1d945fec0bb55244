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
    """Depth of pixels divided by that of their neighbours, in four
    directions."""
    return [depth[pixels] / depth[others] for pixels, others in _PAIRS]


def edge_pixels(depth: Tensor, valid: Tensor,
                ratio: float) -> tuple[Tensor, Tensor]:
    """Nearer and farther pixels of the depth edges, bool, (..., H, W). Edges
    are between two valid neighbours whose depths differ by more than the
    factor ``ratio``. Invalid pixels have no effect."""
    # Comparisons with NaN are False: a pair with an invalid end is no edge.
    depth = depth.where(valid, math.nan)
    nearer, farther = torch.zeros_like(valid), torch.zeros_like(valid)
    for (pixels, others), deeper in zip(_PAIRS, neighbour_ratios(depth)):
        farther[pixels] |= deeper > ratio
        nearer[others] |= deeper > ratio
    return nearer, farther
