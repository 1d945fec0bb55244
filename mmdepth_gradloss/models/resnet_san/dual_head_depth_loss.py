from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...functional import valid_depth_mask
from ...functional.checks import (check_loss_name, check_tensors,
                                  check_valid_range, check_weights)
from ...functional.ssi_silog import masked_mean

_PARTS = ('integer', 'fraction', 'consistency')


@MODELS.register_module()
class DualHeadDepthLoss(nn.Module):
    r"""Absolute errors of integer part, fractional part and their sum.

    .. math::

        w_i \, |i - \lfloor d \rfloor| +
        w_f \, |f - (d - \lfloor d \rfloor)| + w_c \, |i + f - d|

    averaged over the valid pixels, in metres. The sum is not clamped to a
    depth range, so that it has a gradient everywhere.

    Args:
        integer_weight, fraction_weight, consistency_weight: :math:`w_i`,
            :math:`w_f` and :math:`w_c`, at least 0. The fractional part
            carries the precision, and is small compared to the integer part.
        min_depth, max_depth: Ground truth outside them is invalid.
        loss_weight: Factor on the total, at least 0.
        loss_name: Key of the loss in a model's loss dict.

    Attributes:
        components: 'integer_component', 'fraction_component' and
            'consistency_component': the last values in metres, unweighted and
            detached; empty before the first call.

    Raises:
        ValueError: If a weight is negative or the range is empty.

    Examples:
        >>> loss = DualHeadDepthLoss()
        >>> target = 15 * torch.rand(2, 1, 48, 64)
        >>> integer = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> fraction = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> loss(integer, fraction, target).backward()
    """

    def __init__(self, integer_weight: float = 1.0,
                 fraction_weight: float = 10.0,
                 consistency_weight: float = 0.5,
                 min_depth: float | None = None,
                 max_depth: float | None = None,
                 loss_weight: float = 1.0,
                 loss_name: str = 'loss_dual_head') -> None:
        super().__init__()
        self.weights = (integer_weight, fraction_weight, consistency_weight)
        check_weights(
            loss_weight=loss_weight,
            **{f'{name}_weight': w for name, w in zip(_PARTS, self.weights)})
        check_valid_range(min_depth, max_depth)
        check_loss_name(loss_name)
        self.min_depth = min_depth
        self.max_depth = max_depth
        self.loss_weight = loss_weight
        self.loss_name = loss_name
        self.components: dict[str, Tensor] = {}

    def forward(self, integer: Tensor, fraction: Tensor, target: Tensor,
                mask: Tensor | None = None) -> Tensor:
        """Compute the weighted loss, in float32 (float64 if ``integer`` is).

        All maps are (N, 1, H, W) in metres; a target that is not finite or <=
        0 means no measurement. ``mask`` is bool or 0/1, broadcastable. Returns
        a scalar; 0 and connected to both predictions if nothing is valid.

        Raises:
            TypeError: If a map is not a tensor.
            ValueError: If shapes do not match; names them.
        """
        check_tensors(integer=integer, fraction=fraction, target=target)
        maps = (integer, fraction, target)
        if not integer.shape == fraction.shape == target.shape:
            raise ValueError('integer, fraction and target must have one '
                             f'shape, got {[tuple(x.shape) for x in maps]}')
        dtype = (
            torch.float64 if integer.dtype == torch.float64 else torch.float32)
        valid = valid_depth_mask(target, mask, self.min_depth, self.max_depth)
        with torch.autocast(integer.device.type, enabled=False):
            # Select before the differences: the derivative of an absolute
            # value would pass on a NaN at an invalid pixel.
            i, f, d = (torch.where(valid, x.to(dtype), 0) for x in maps)
            whole = d.floor()
            errors = [
                masked_mean(error.abs(), valid)
                for error in (i - whole, f - (d - whole), i + f - d)
            ]
            self.components = {
                f'{name}_component': error.detach()
                for name, error in zip(_PARTS, errors)
            }
            weighted = [w * error for w, error in zip(self.weights, errors)]
            return self.loss_weight * torch.stack(weighted).sum()

    def extra_repr(self) -> str:
        return ', '.join(f'{name}_weight={weight}'
                         for name, weight in zip(_PARTS, self.weights))
