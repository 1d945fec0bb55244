"""Loss of depth that is predicted as an integer and a fractional part."""
from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...functional import valid_depth_mask
from ...functional.checks import (check_loss_name, check_tensors,
                                  check_valid_range, check_weights)
from .dual_head_errors import dual_head_errors


@MODELS.register_module()
class DualHeadDepthLoss(nn.Module):
    r"""Absolute errors of integer part, fractional part and their sum.

    .. math::
        w_i \, |i - \lfloor d \rfloor| +
        w_f \, |f - (d - \lfloor d \rfloor)| + w_c \, |i + f - d|

    averaged over the valid pixels, in metres
    (:func:`~.dual_head_errors.dual_head_errors`).

    Args:
        integer_weight (float): :math:`w_i`, at least 0.
        fraction_weight (float): :math:`w_f`, at least 0. The fractional part
            carries the precision, and is small beside the integer part.
        consistency_weight (float): :math:`w_c`, at least 0.
        min_depth (float, optional): Ground truth below it is invalid.
        max_depth (float, optional): Ground truth above it is invalid.
        loss_weight (float): Factor on the whole, at least 0.
        loss_name (str): Key of the loss in a model's loss dict.

    Attributes:
        components (dict[str, Tensor]): 'integer_component',
            'fraction_component' and 'consistency_component': the last values
            in metres, unweighted and detached; empty before the first call.

    Raises:
        ValueError: If a weight is negative or the range is empty.

    Examples:
        >>> loss = DualHeadDepthLoss()
        >>> target = 15 * torch.rand(2, 1, 48, 64)
        >>> integer = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> fraction = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> loss(integer, fraction, target).backward()
    """

    def __init__(self,
                 integer_weight: float = 1.0,
                 fraction_weight: float = 10.0,
                 consistency_weight: float = 0.5,
                 min_depth: float | None = None,
                 max_depth: float | None = None,
                 loss_weight: float = 1.0,
                 loss_name: str = 'loss_dual_head') -> None:
        super().__init__()
        check_weights(
            integer_weight=integer_weight,
            fraction_weight=fraction_weight,
            consistency_weight=consistency_weight,
            loss_weight=loss_weight)
        check_valid_range(min_depth, max_depth)
        check_loss_name(loss_name)
        self.weights = (integer_weight, fraction_weight, consistency_weight)
        self.min_depth = min_depth
        self.max_depth = max_depth
        self.loss_weight = loss_weight
        self.loss_name = loss_name
        self.components: dict[str, Tensor] = {}

    def forward(self,
                integer: Tensor,
                fraction: Tensor,
                target: Tensor,
                mask: Tensor | None = None) -> Tensor:
        """Compute the weighted loss.

        Computed in float32 (float64 if ``integer`` is), whatever autocast
        says.

        Args:
            integer (Tensor): Predicted integer part in metres, (N, 1, H, W).
            fraction (Tensor): Predicted fractional part in metres, same
                shape.
            target (Tensor): Ground-truth depth in metres, same shape. Not
                finite or <= 0 means no measurement.
            mask (Tensor, optional): Bool or 0/1, broadcastable: which pixels
                count.

        Returns:
            Tensor: Scalar; 0 and connected to both predictions if nothing is
            valid.

        Raises:
            TypeError: If a map is no tensor.
            ValueError: If shapes do not fit; names them.
        """
        check_tensors(integer=integer, fraction=fraction, target=target)
        if not integer.shape == fraction.shape == target.shape:
            shapes = [tuple(x.shape) for x in (integer, fraction, target)]
            raise ValueError('integer, fraction and target must have one '
                             f'shape, got {shapes}')
        dtype = (
            torch.float64 if integer.dtype == torch.float64 else torch.float32)
        valid = valid_depth_mask(target, mask, self.min_depth, self.max_depth)
        with torch.autocast(integer.device.type, enabled=False):
            errors = dual_head_errors(
                integer.to(dtype), fraction.to(dtype), target.to(dtype), valid)
            self.components = {
                f'{name}_component': error.detach()
                for name, error in errors._asdict().items()
            }
            weighted = [
                weight * error for weight, error in zip(self.weights, errors)
            ]
            return self.loss_weight * torch.stack(weighted).sum()

    def extra_repr(self) -> str:
        integer, fraction, consistency = self.weights
        return (f'integer_weight={integer}, fraction_weight={fraction}, '
                f'consistency_weight={consistency}')
