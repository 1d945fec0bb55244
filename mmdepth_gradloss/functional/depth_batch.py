"""Conversion of the depth maps that a loss is called with."""
from __future__ import annotations

import torch
from torch import Tensor

from .checks import check_same_device, check_tensors


def as_depth_batch(pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Convert both maps to (N, 1, H, W) in full precision.

    ``pred`` is floating point, (N, 1, H, W) or (N, H, W), ``target`` of the
    same shape and any type except bool. The result is float32, or float64 if
    ``pred`` is. TypeError for other types, ValueError if shapes or devices
    do not match.
    """
    check_tensors(pred=pred, target=target)
    if not pred.is_floating_point():
        raise TypeError('pred must hold floating-point numbers, got '
                        f'{pred.dtype}')
    if target.dtype == torch.bool:
        raise TypeError('target must hold depths, got torch.bool; are target '
                        'and mask swapped?')
    one_channel = pred.ndim == 3 or (pred.ndim == 4 and pred.shape[1] == 1)
    if pred.shape != target.shape or not one_channel:
        resized = pred.shape[:-2] == target.shape[:-2] and one_channel
        raise ValueError(
            'pred and target must both be (N, 1, H, W) or (N, H, W), got '
            f'{tuple(pred.shape)} and {tuple(target.shape)}' +
            '; resize the prediction' * resized)
    check_same_device(pred=pred, target=target)
    dtype = torch.float64 if pred.dtype == torch.float64 else torch.float32
    pred, target = pred.to(dtype), target.to(dtype)
    if pred.ndim == 3:
        pred, target = pred.unsqueeze(1), target.unsqueeze(1)
    return pred, target


def check_image_weight(weight: Tensor | None, images: int) -> None:
    """TypeError if weights are not a tensor, ValueError if not of shape
    (N,)."""
    if weight is None:
        return
    check_tensors(weight=weight)
    if tuple(weight.shape) != (images, ):
        raise ValueError('weight must hold one value for each image, shape '
                         f'({images},), got {tuple(weight.shape)}')
