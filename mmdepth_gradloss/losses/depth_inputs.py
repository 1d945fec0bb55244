"""What all depth losses ask of their inputs."""
from __future__ import annotations

import torch
from torch import Tensor


def as_depth_batch(pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Check two depth maps and bring them to (N, 1, H, W) in full precision.

    Args:
        pred (Tensor): (N, 1, H, W) or (N, H, W).
        target (Tensor): Same shape.

    Returns:
        tuple[Tensor, Tensor]: Both as (N, 1, H, W); float64 if the
        prediction is, else float32.

    Raises:
        ValueError: If the shapes differ or are neither of the two.
    """
    one_channel = pred.ndim == 3 or (pred.ndim == 4 and pred.shape[1] == 1)
    if pred.shape != target.shape or not one_channel:
        raise ValueError(
            'pred and target must both be (N, 1, H, W) or (N, H, W), got '
            f'{tuple(pred.shape)} and {tuple(target.shape)}')
    dtype = torch.float64 if pred.dtype == torch.float64 else torch.float32
    pred, target = pred.to(dtype), target.to(dtype)
    if pred.ndim == 3:
        pred, target = pred.unsqueeze(1), target.unsqueeze(1)
    return pred, target


def check_image_weight(weight: Tensor | None, num_images: int) -> None:
    """Check a weight for each image of a batch.

    Raises:
        ValueError: If the weight is not None and not of shape (N,).
    """
    if weight is not None and tuple(weight.shape) != (num_images, ):
        raise ValueError('weight must hold one value for each image, shape '
                         f'({num_images},), got {tuple(weight.shape)}')


def full_precision(pred: Tensor) -> torch.autocast:
    """Context without autocast: a difference of neighbouring depths is lost
    in half precision."""
    return torch.autocast(pred.device.type, enabled=False)
