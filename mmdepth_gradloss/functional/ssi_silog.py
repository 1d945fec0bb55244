"""Scale-and-shift regularised depth losses of the PackNet-SfM code base."""
from __future__ import annotations

import torch
from torch import Tensor

from .domains import inverse

SQRT_EPS = 1e-8


def inverse_to_depth(inverse_depth: Tensor) -> Tensor:
    """Depth in metres from inverse depth in 1/m, at most 1e6 m."""
    return inverse(inverse_depth)  # a bounded reciprocal, both ways


def masked_mean(x: Tensor, valid: Tensor) -> Tensor:
    """Mean over valid pixels; 0 and connected to ``x`` if none is valid."""
    return torch.where(valid, x, 0).sum() / valid.sum().clamp(min=1)


def ssi_loss(pred: Tensor, target: Tensor, valid: Tensor,
             alpha: float = 0.85) -> Tensor:
    r"""Scale-and-shift regularised error of inverse depth.

    .. math:: \mathrm{var}(e) + \alpha \, \mathrm{mean}(e)^2,
              \quad e = \text{pred} - \text{target}

    Args:
        pred, target: Inverse depth in 1/m, any shape.
        valid: Bool, same shape.
        alpha: Weight of the squared mean.

    Returns:
        Scalar, 0 where nothing is valid.
    """
    error = torch.where(valid, pred, 0) - torch.where(valid, target, 0)
    mean = masked_mean(error, valid)
    variance = masked_mean((error - mean).square(), valid)
    return variance + alpha * mean.square()


def silog_loss(pred: Tensor, target: Tensor, valid: Tensor,
               variance_focus: float = 0.85, min_depth: float = 1e-3,
               max_depth: float = 100.0) -> Tensor:
    r"""Scale-invariant logarithmic error (Eigen et al., NIPS 2014).

    .. math:: \sqrt{|\mathrm{mean}(g^2) - \lambda \, \mathrm{mean}(g)^2| +
              10^{-8}}, \quad g = \log \text{pred} - \log \text{target}

    The small constant under the root keeps the gradient of an exact prediction
    finite.

    Args:
        pred, target: Predicted and ground-truth depth in metres, any shape.
        valid: Bool, same shape.
        variance_focus: :math:`\lambda`; 1 ignores the scale.
        min_depth, max_depth: Both maps are clamped to this range.

    Returns:
        Scalar, 0 where nothing is valid.
    """
    ratio = (_clamped_log(pred, valid, min_depth, max_depth) -
             _clamped_log(target, valid, min_depth, max_depth))
    mean = masked_mean(ratio, valid)
    variance = masked_mean((ratio - mean).square(), valid)
    # mean(g^2) = var(g) + mean(g)^2, without the cancellation in float32
    inside = (variance + (1 - variance_focus) * mean.square()).abs()
    return torch.sqrt(inside + SQRT_EPS) * valid.any()


def _clamped_log(depth: Tensor, valid: Tensor, low: float,
                 high: float) -> Tensor:
    return torch.where(valid, depth, 1).clamp(low, high).log()
