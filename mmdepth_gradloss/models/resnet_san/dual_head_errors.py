"""Errors of depth that is predicted as an integer and a fractional part."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...functional.ssi_silog import masked_mean


class DualHeadErrors(NamedTuple):
    """Mean absolute errors in metres over the valid pixels.

    Attributes:
        integer (Tensor): Integer part against whole metres of the target.
        fraction (Tensor): Fractional part against the rest of the target.
        consistency (Tensor): Sum of the parts against the target.
    """
    integer: Tensor
    fraction: Tensor
    consistency: Tensor


def dual_head_errors(integer: Tensor, fraction: Tensor, target: Tensor,
                     valid: Tensor) -> DualHeadErrors:
    r"""Absolute errors of both parts of a depth map, and of their sum.

    .. math::
        |i - \lfloor d \rfloor|, \quad
        |f - (d - \lfloor d \rfloor)|, \quad |i + f - d|

    each averaged over the valid pixels. The sum is not clamped to a depth
    range, so that it has a gradient everywhere.

    Args:
        integer (Tensor): Predicted integer part :math:`i` in metres, any
            shape.
        fraction (Tensor): Predicted fractional part :math:`f` in metres,
            same shape.
        target (Tensor): Ground-truth depth :math:`d` in metres, same shape.
        valid (Tensor): Bool, same shape.

    Returns:
        DualHeadErrors: Scalars; 0 and connected to the predictions where
        nothing is valid.
    """
    # Selected before the differences: an absolute value would send a NaN
    # that stands at an invalid pixel through its derivative.
    integer, fraction, target = (
        torch.where(valid, x, 0) for x in (integer, fraction, target))
    whole = target.floor()
    return DualHeadErrors(*(masked_mean(error.abs(), valid)
                            for error in (integer - whole, fraction -
                                          (target - whole), integer +
                                          fraction - target)))
