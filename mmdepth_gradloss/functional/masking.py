"""Valid pixels of a depth map."""
from __future__ import annotations

import math

import torch
from torch import Tensor

from .checks import check_same_device, check_tensors
from .compiling import CAN_BE_COMPILED, is_compiling


def valid_depth_mask(target: Tensor, mask: Tensor | None = None,
                     min_depth: float | None = None,
                     max_depth: float | None = None,
                     ignore_index: float | None = None) -> Tensor:
    """Valid pixels of a ground-truth depth map.

    The single validity rule of this package: a pixel is valid where ``mask``
    is set and the target is finite, positive and inside
    ``[min_depth, max_depth]``.

    Args:
        target: Ground-truth depth in metres, any shape.
        mask: Bool or 0/1, broadcastable to ``target``; any non-zero value
            counts as 1. A (N, H, W) mask matches a (N, 1, H, W) target.
        min_depth, max_depth: Range of valid depth, inclusive.
        ignore_index: Target value of unlabelled pixels, such as the padding
            value of a data pipeline.

    Returns:
        Bool tensor with the shape of ``target``.

    Raises:
        TypeError: If ``target`` or ``mask`` is not a tensor.
        ValueError: If ``mask`` does not broadcast to the shape of ``target``,
            or is on another device.

    Examples:
        >>> import torch
        >>> target = torch.tensor([0.0, 1.0, 20.0, float('nan')])
        >>> valid_depth_mask(target, max_depth=10).tolist()
        [False, True, False, False]
    """
    check_tensors(target=target)
    if mask is not None:
        check_tensors(mask=mask)
        check_same_device(target=target, mask=mask)
        mask = _broadcast_mask(mask, target)
    # A compiler's own loop for a CPU takes four times as long.
    as_operator = (
        CAN_BE_COMPILED and is_compiling() and target.device.type == 'cpu')
    valid = _valid_operator if as_operator else _valid
    return valid(target.detach(), mask, min_depth, max_depth, ignore_index)


def _valid(target: Tensor, mask: Tensor | None, min_depth: float | None,
           max_depth: float | None, ignore_index: float | None) -> Tensor:
    # NaN compares as False
    above = (target >= min_depth
             if min_depth is not None and min_depth > 0 else target > 0)
    below = (target <= max_depth
             if max_depth is not None and max_depth < math.inf else
             target < math.inf)
    valid = above & below
    if ignore_index is not None:
        valid = valid & (target != ignore_index)
    return valid if mask is None else valid & mask.bool()


if CAN_BE_COMPILED:
    _valid_operator = torch.library.custom_op(
        'mmdepth_gradloss::valid_depth_mask', _valid, mutates_args=(),
        schema='(Tensor target, Tensor? mask, float? min_depth, '
        'float? max_depth, float? ignore_index) -> Tensor')
    _valid_operator.register_fake(
        lambda target, *_: torch.empty_like(target, dtype=torch.bool))


def count_clamped(pred: Tensor, valid: Tensor, low: float,
                  high: float = math.inf) -> Tensor:
    """Count valid predictions that a clamp moves, which have no gradient.

    ``pred`` and ``valid`` have the same shape; the result is a float32 scalar.

    Examples:
        >>> import torch
        >>> count_clamped(torch.tensor([-1., 2., -3.]),
        ...               torch.tensor([True, True, False]), low=1e-6)
        tensor(1.)
    """
    clamped = pred < low
    if high < math.inf:
        clamped = clamped | (pred > high)
    return (clamped & valid).count_nonzero().to(torch.float32)


def _broadcast_mask(mask: Tensor, target: Tensor) -> Tensor:
    expanded = mask
    if mask.ndim == 3 and target.ndim == 4:
        # (N, H, W) would otherwise broadcast its batch against the channels.
        expanded = mask.unsqueeze(1)
    try:
        return expanded.expand(target.shape)
    except RuntimeError:
        raise ValueError(
            f'mask of shape {tuple(mask.shape)} does not broadcast to the '
            f'target of shape {tuple(target.shape)}') from None
