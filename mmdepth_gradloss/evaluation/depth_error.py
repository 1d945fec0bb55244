from __future__ import annotations

import math

import torch
from torch import Tensor

from ..functional.lookup import lookup
from ..functional.masking import valid_depth_mask
from .masked_maps import MaskedMaps, masked_maps

DEPTH_ERRORS = ('rmse', 'mae', 'abs_rel', 'sq_rel', 'rmse_log', 'log10',
                'silog', 'delta1', 'delta2', 'delta3')
"""Names of the errors that :func:`depth_error` returns."""

MIN_RATIO = 1e-4
"""Lower bound of predictions in logarithms and ratios, relative to the ground
truth."""

EVAL_CROPS = {
    'garg': (0.40810811, 0.99189189, 0.03594771, 0.96405229),
    'eigen': (45 / 480, 471 / 480, 41 / 640, 601 / 640),
}
"""Crops as (top, bottom, left, right) fractions of height and width."""


def eval_crop(name: str, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of an evaluation crop.

    ``garg`` is the crop of Garg et al. (ECCV 2016) for KITTI, ``eigen`` that
    of Eigen et al. (NeurIPS 2014) for NYU Depth v2: rows 45 to 470 and columns
    41 to 600 of 480x640. (The paper has another one for KITTI.) Both scale
    with the image; bounds are rounded down, as is customary. An unknown name
    is a ValueError.

    Examples:
        >>> eval_crop('eigen', 480, 640)
        (slice(45, 471, None), slice(41, 601, None))
    """
    top, bottom, left, right = lookup('crop', name, EVAL_CROPS)
    return (slice(int(top * height), int(bottom * height)),
            slice(int(left * width), int(right * width)))


def depth_error(pred: Tensor, target: Tensor, mask: Tensor | None = None,
                min_depth: float | None = None, max_depth: float | None = None,
                median_scaling: bool = False) -> dict[str, Tensor]:
    """Standard errors of a depth map, per image.

    With d the prediction, t the ground truth and g = ln(d) - ln(t), over an
    image's valid pixels:

    ============  ====================================  =====
    key           formula                               unit
    ============  ====================================  =====
    ``rmse``      sqrt(mean((d - t)^2))                 metre
    ``mae``       mean(abs(d - t))                      metre
    ``abs_rel``   mean(abs(d - t) / t)                  1
    ``sq_rel``    mean((d - t)^2 / t)                   metre
    ``rmse_log``  sqrt(mean(g^2))                       1
    ``log10``     mean(abs(log10 d - log10 t))          1
    ``silog``     100 * sqrt(mean(g^2) - mean(g)^2)     1/100
    ``delta1``    share with max(d / t, t / d) < 1.25   1
    ``delta2``    the same with 1.25^2                  1
    ``delta3``    the same with 1.25^3                  1
    ============  ====================================  =====

    ``silog`` is that of the KITTI benchmark. In logarithms and ratios, which
    need a positive prediction, it is clamped to ``MIN_RATIO`` (1e-4) times the
    ground truth, so that dimensionless errors do not depend on the unit.
    Invalid pixels have no effect.

    Args:
        pred, target: Depth in metres, (..., H, W).
        mask: Bool or 0/1, broadcastable to ``target``.
        min_depth, max_depth: Ground truth outside them is invalid, and
            predictions are clamped to them.
        median_scaling: Whether to first scale each image's prediction to the
            median of its ground truth over the valid pixels. A prediction
            whose median is not positive counts as 0.

    Returns:
        The errors of the table and ``num_valid``, the number of valid pixels,
        each of shape (...). The errors are NaN for an image without a valid
        pixel, or with a NaN or infinite prediction at one.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions.

    Examples:
        >>> target = torch.tensor([[1.0, 2.0], [4.0, 0.0]])
        >>> errors = depth_error(target + 1, target)
        >>> errors['rmse'], errors['delta2'], errors['num_valid']
        (tensor(1.), tensor(0.6667), tensor(3))
        >>> # pred / target is 2, 1.5 and 1.25, and delta2's bound 1.5625
    """
    valid = valid_depth_mask(target, mask, min_depth, max_depth)
    return score_errors(
        masked_maps(pred, target, valid), min_depth, max_depth, median_scaling)


def score_errors(maps: MaskedMaps, min_depth: float | None,
                 max_depth: float | None,
                 median_scaling: bool) -> dict[str, Tensor]:
    """:func:`depth_error` with known valid pixels."""
    pred, target, valid, nonfinite = maps
    if median_scaling:
        median = _masked_median(pred, valid)
        scale = (_masked_median(target, valid) / median).where(median > 0, 0)
        pred = pred * scale[..., None, None]
    if min_depth is not None or max_depth is not None:
        pred = pred.clamp(min_depth, max_depth)
    # Invalid pixels become exact ones, which add 0 to all sums.
    pred = pred.where(valid, 1)
    target = target.where(valid, 1)
    num_valid = valid.sum(dim=(-2, -1))

    error = pred - target

    def mean(x: Tensor) -> Tensor:
        return x.sum(dim=(-2, -1), dtype=error.dtype) / num_valid

    positive = torch.maximum(pred, MIN_RATIO * target)
    log_error = positive.log() - target.log()
    # Variance about the mean: mean(g^2) - mean(g)^2 would cancel.
    spread = (log_error - mean(log_error)[..., None, None]).where(valid, 0)
    ratio = torch.maximum(positive / target, target / positive)
    errors = dict(
        rmse=mean(error**2).sqrt(),
        mae=mean(error.abs()),
        abs_rel=mean(error.abs() / target),
        sq_rel=mean(error**2 / target),
        rmse_log=mean(log_error**2).sqrt(),
        log10=mean(log_error.abs()) / math.log(10),
        silog=100 * mean(spread**2).sqrt(),
        delta1=mean((ratio < 1.25) & valid),
        delta2=mean((ratio < 1.25**2) & valid),
        delta3=mean((ratio < 1.25**3) & valid))
    for value in errors.values():
        value.masked_fill_(nonfinite, math.nan)
    return dict(errors, num_valid=num_valid)


def _masked_median(x: Tensor, valid: Tensor) -> Tensor:
    """Median over valid pixels; the mean of the middle two if even."""
    x = x.where(valid, math.nan).flatten(-2)
    # nanmedian returns the lower of the two middle values; that of -x gives
    # the upper one.
    lower = x.nanmedian(dim=-1).values
    upper = -(-x).nanmedian(dim=-1).values
    return (lower + upper) / 2
