from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..functional.mask_policies import support
from ..functional.masking import valid_depth_mask
from ..functional.operators import OPERATORS, correlate
from ..functional.pyramids import AreaPyramid
from .depth_edges import edge_pixels
from .masked_maps import MaskedMaps, masked_maps

FAR = 0.75
"""Quantile of an image's valid depths at which far pixels begin."""


def depth_edge_error(pred: Tensor, target: Tensor, mask: Tensor | None = None,
                     min_depth: float | None = None,
                     max_depth: float | None = None, edge_width: int = 3,
                     edge_ratio: float = 1.1,
                     levels: int = 4) -> dict[str, Tensor]:
    r"""Errors near depth edges, elsewhere, and of the gradients, per image.

    Two valid neighbours (left/right or above/below) whose ground-truth depths
    differ by more than the factor ``edge_ratio`` form an edge. The edge region
    is all valid pixels within ``edge_width`` rows and columns of one; the flat
    region is the other valid pixels. Thin structures are at most twice as wide
    as that and nearer, by the same factor, than both sides: pixels that a
    morphological closing with a square of ``2 * edge_width + 1`` pixels moves
    away. Far pixels are the farthest quarter of the valid pixels. With d the
    prediction and t the ground truth, in metres:

    =======================  ============================================
    key                      formula
    =======================  ============================================
    ``edge_rmse``            sqrt(mean((d - t)^2)) over the edge region
    ``edge_mae``             mean(abs(d - t)) over the edge region
    ``flat_...``             the same over the flat region
    ``thin_...``             the same over thin structures
    ``far_...``              the same over the farthest quarter
    ``gradient_mae_level0``  mean(abs(D d - D t)) at full size
    ``gradient_mae_level1``  the same at half the size, and so on
    =======================  ============================================

    D are differences of valid neighbours, along x and y. Each level halves the
    size, by the mean over the valid pixels of each 2x2 block. So a constant
    offset causes no gradient error, and a blurred edge a large one at level 0
    and less at each further level. Invalid pixels have no effect.

    Args:
        pred, target: Depth in metres, (..., H, W).
        mask: Bool or 0/1, broadcastable to ``target``.
        min_depth, max_depth: Ground truth outside them is invalid, and
            predictions are clamped to them.
        edge_width: Pixels on either side of an edge that belong to its region,
            at least 0.
        edge_ratio: Ratio of depths that makes an edge, above 1.
        levels: Number of pyramid levels, at least 1.

    Returns:
        The errors of the table and the counts of what they average,
        ``num_edge_pixels``, ``num_flat_pixels``, ``num_thin_pixels``,
        ``num_far_pixels`` and ``num_gradients`` (at the level with the
        fewest), each of shape (...). An error is NaN if its count is 0; all
        are NaN if a prediction is NaN or infinite at a valid pixel.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions, or
            an option is out of range.

    Examples:
        >>> target = torch.ones(16, 16)
        >>> target[:, 8:] = 2
        >>> pred = target.clone()
        >>> pred[:, 8] = 1.5  # a blurred edge
        >>> errors = depth_edge_error(pred, target)
        >>> errors['edge_mae'], errors['flat_mae']
        (tensor(0.0625), tensor(0.))
    """
    check_edge_options(edge_width, edge_ratio, levels)
    valid = valid_depth_mask(target, mask, min_depth, max_depth)
    return score_edge_errors(
        masked_maps(pred, target, valid), min_depth, max_depth, edge_width,
        edge_ratio, levels)


def score_edge_errors(maps: MaskedMaps, min_depth: float | None,
                      max_depth: float | None, edge_width: int,
                      edge_ratio: float, levels: int) -> dict[str, Tensor]:
    """:func:`depth_edge_error` with known valid pixels."""
    pred, target, valid, nonfinite = maps
    if min_depth is not None or max_depth is not None:
        pred = pred.clamp(min_depth, max_depth)
    shape = (math.prod(pred.shape[:-2]), 1, *pred.shape[-2:])
    target, valid = target.reshape(shape), valid.reshape(shape)
    residual = (pred.reshape(shape) - target).where(valid, 0)

    nearer, farther = edge_pixels(target, valid, edge_ratio)
    near = valid & (_highest((nearer | farther).float(), edge_width) > 0)
    known = target.where(valid, 0)
    # pixels that a closing moves away by more than the factor
    closed = -_highest(-_highest(known, edge_width), edge_width)
    regions = dict(
        edge=near,
        flat=valid & ~near,
        thin=valid & (closed > edge_ratio * known),
        far=valid & (target >= _far_bound(target, valid)))
    errors: dict[str, Tensor] = {}
    counts: dict[str, Tensor] = {}
    for name, region in regions.items():
        count = _sum(region)
        error = residual.where(region, 0)
        errors[f'{name}_rmse'] = (_sum(error**2) / count).sqrt()
        errors[f'{name}_mae'] = _sum(error.abs()) / count
        counts[f'num_{name}_pixels'] = count
    # Each step is linear, so the gradients of the residual are the
    # differences of the gradients.
    pyramid = AreaPyramid(valid, tuple(2**level for level in range(levels)),
                          residual.dtype)
    numbers = []
    for level, (image, known) in enumerate(
            zip(pyramid.reduce(residual), pyramid.valid)):
        terms = [(correlate(image, stencil).abs(), support(known, stencil))
                 for stencil in OPERATORS['forward']]
        total: Any = sum(_sum(error.where(pairs, 0)) for error, pairs in terms)
        number: Any = sum(_sum(pairs) for _, pairs in terms)
        errors[f'gradient_mae_level{level}'] = total / number
        numbers.append(number)
    counts['num_gradients'] = torch.stack(numbers).amin(dim=0)

    scores = {name: value.reshape(nonfinite.shape)
              for name, value in (errors | counts).items()}
    for name in errors:
        scores[name].masked_fill_(nonfinite, math.nan)
    return scores


def check_edge_options(edge_width: int, edge_ratio: float,
                       levels: int) -> None:
    """Raise ValueError if an option is out of range; names its value."""
    for name, value, least in (('edge_width', edge_width, 0),
                               ('levels', levels, 1)):
        if not (isinstance(value, int) and value >= least):
            raise ValueError(
                f'{name} must be an integer >= {least}, got {value!r}')
    if not edge_ratio > 1:
        raise ValueError(f'edge_ratio must be above 1, got {edge_ratio!r}')


def _sum(image: Tensor) -> Tensor:
    return image.sum(dim=(1, 2, 3))


def _highest(image: Tensor, width: int) -> Tensor:
    """Maximum over the pixels at most ``width`` rows and columns away."""
    # One axis after the other, which is faster than a square window.
    for size in ((2 * width + 1, 1), (1, 2 * width + 1)):
        padding = (size[0] // 2, size[1] // 2)
        image = F.max_pool2d(image, size, stride=1, padding=padding)
    return image


def _far_bound(depth: Tensor, valid: Tensor) -> Tensor:
    """Depth at which an image's far pixels begin; NaN if none is valid."""
    known = depth.where(valid, math.nan).flatten(1)
    if known.numel() == 0:
        return known.new_full((len(known), 1, 1, 1), math.nan)
    return known.nanquantile(FAR, dim=1)[:, None, None, None]
