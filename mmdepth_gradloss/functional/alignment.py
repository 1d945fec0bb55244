"""Scale and shift between a relative prediction and the ground truth."""
from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Alignment = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]

ROUNDING = 16
"""A map whose deviation is below this many machine epsilons of its magnitude
counts as constant, whatever its unit."""


def least_squares(pred: Tensor, target: Tensor,
                  valid: Tensor) -> tuple[Tensor, Tensor]:
    r"""Fit the prediction of each image to its ground truth.

    .. math:: s \, p + b, \quad (s, b) = \arg\min \sum_V (s \, p + b - t)^2

    over the valid pixels V, as in MiDaS (Ranftl et al., TPAMI 2020). A
    constant prediction becomes the mean of the ground truth.

    Args:
        pred, target: (N, 1, H, W), ``pred`` up to scale and shift.
        valid: Bool, (N, 1, H, W).

    Returns:
        The fitted prediction and the unchanged target.
    """
    size = _mean(pred.detach().square(), valid)
    pred = pred - _mean(pred, valid)
    target_mean = _mean(target, valid)
    variance = _mean(pred.square(), valid)
    covariance = _mean(pred * (target - target_mean), valid)
    tolerance = (ROUNDING * torch.finfo(pred.dtype).eps)**2
    scale = covariance / _spread_or_size(variance, size, tolerance)
    return scale * pred + target_mean, target


def median_mad(pred: Tensor, target: Tensor,
               valid: Tensor) -> tuple[Tensor, Tensor]:
    """Normalise both maps of each image to median 0 and mean deviation 1.

    ``(x - median(x)) / mean(abs(x - median(x)))`` over the valid pixels, as in
    the robust loss of MiDaS (Ranftl et al., TPAMI 2020). PyTorch's median has
    no deterministic implementation on CUDA; use :func:`least_squares` if you
    need one.

    Args:
        pred, target: (N, 1, H, W), ``pred`` up to scale and shift.
        valid: Bool, (N, 1, H, W).
    """
    return _median_mad(pred, valid), _median_mad(target, valid)


def median_mad_fit(pred: Tensor, target: Tensor,
                   valid: Tensor) -> tuple[Tensor, Tensor]:
    """Give the prediction the ground truth's median and mean deviation. The
    same as :func:`median_mad`, but in the unit of the target, which is
    returned unchanged."""
    if target.numel() == 0:
        return pred, target
    median = _median(target, valid)
    deviation = _mean((target - median).abs(), valid)
    return _median_mad(pred, valid) * deviation + median, target


def _median_mad(x: Tensor, valid: Tensor) -> Tensor:
    if x.numel() == 0:  # of which there is no median
        return x
    size = _mean(x.detach().abs(), valid)
    x = x - _median(x, valid)
    tolerance = ROUNDING * torch.finfo(x.dtype).eps
    return x / _spread_or_size(_mean(x.abs(), valid), size, tolerance)


def _spread_or_size(spread: Tensor, size: Tensor, tolerance: float) -> Tensor:
    """Divisor of a centred map, with its unit: never 0, even if it is
    constant."""
    is_constant = spread <= tolerance * size
    return torch.where(is_constant, torch.where(size > 0, size, 1), spread)


def _median(x: Tensor, valid: Tensor) -> Tensor:
    """Median of the valid pixels of each image, (N, 1, 1, 1)."""
    known = torch.where(valid, x, math.nan).flatten(1)
    median = known.nanmedian(dim=1).values.where(valid.flatten(1).any(1), 0)
    return median[:, None, None, None]


def _mean(x: Tensor, valid: Tensor) -> Tensor:
    """Mean over the valid pixels of each image, (N, 1, 1, 1)."""
    num_valid = valid.sum((1, 2, 3), keepdim=True).clamp(min=1)
    return torch.where(valid, x, 0).sum((1, 2, 3), keepdim=True) / num_valid


ALIGNMENTS: dict[str, Alignment] = {
    'least_squares': least_squares,
    'median_mad': median_mad,
}
"""(pred, target, valid) -> both, aligned."""

FITS: dict[str, Alignment] = {
    'least_squares': least_squares,
    'median_mad': median_mad_fit,
}
"""The same, with the result in the unit of the ground truth."""
