"""Detection of occluding contours as ratios of depths."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..masked_maps import MaskedMaps

_NUM_THRESHOLDS = 10
# Relative to a prediction's mean; bounds the ratio of two depths.
_MIN_RATIO = 1e-6


class RatioEdges(NamedTuple):
    """Positions where one of two maps has an edge, each of shape (K, ). A
    level is the number of thresholds that the map's ratio exceeds."""
    image: Tensor
    row: Tensor
    column: Tensor
    pred_level: Tensor
    target_level: Tensor


def comparable_depths(maps: MaskedMaps, masked: bool) -> tuple[Tensor, Tensor]:
    """Both maps as (N, H, W); if ``masked``, prepared for ratios. That is, NaN
    where invalid, and predictions clamped to a millionth of their image's
    mean."""
    pred, target, valid, _ = maps
    if masked:
        pred = pred.clamp(min=0)  # so that the mean is of positive values
        mean = pred.where(valid, 0).sum(
            dim=(-2, -1), keepdim=True) / valid.sum(
                dim=(-2, -1), keepdim=True).clamp(min=1)
        # Comparisons with NaN are False: a pair with an invalid end is no edge
        pred = pred.maximum(_MIN_RATIO * mean).where(valid, math.nan)
        target = target.where(valid, math.nan)
    shape = (math.prod(pred.shape[:-2]), *pred.shape[-2:])
    return pred.reshape(shape), target.reshape(shape)


def evenly_spaced(low: float, high: float, like: Tensor) -> Tensor:
    """Ten values from low to high, with the type and device of ``like``."""
    return torch.linspace(
        low, high, _NUM_THRESHOLDS, dtype=like.dtype, device=like.device)


def find_ratio_edges(pred_ratio: Tensor, target_ratio: Tensor,
                     thresholds: Tensor) -> RatioEdges:
    """Positions where a ratio (N, h, w) exceeds the lowest threshold.
    Thresholds increase. Edges are few, so later steps use this list."""
    some = (pred_ratio > thresholds[0]) | (target_ratio > thresholds[0])
    places = some.nonzero(as_tuple=True)
    # NaN is not an edge, but sorts last.
    return RatioEdges(*places, *(
        torch.bucketize(ratio[places].nan_to_num(0.0, math.inf), thresholds)
        for ratio in (pred_ratio, target_ratio)))


def count_ratio_edges(edges: RatioEdges, images: int,
                      thresholds: Tensor) -> Tensor:
    """Numbers of edges in both maps, in the prediction and in the ground
    truth: floating point, (3, ``images``, T) for T thresholds."""
    levels = len(thresholds) + 1

    def count(level: Tensor) -> Tensor:
        exact = torch.bincount(
            edges.image * levels + level, minlength=images * levels)
        # A ratio above a threshold exceeds all lower ones.
        above = exact.view(images, levels).flip(-1).cumsum(-1).flip(-1)
        return above[:, 1:].to(thresholds.dtype)

    pred, target = edges.pred_level, edges.target_level
    return torch.stack(
        [count(level) for level in (pred.minimum(target), pred, target)])


def mean_scores(names: Sequence[str], values: Tensor, weights: Tensor,
                counted: Tensor, num_edges: Tensor,
                nonfinite: Tensor) -> dict[str, Tensor]:
    """Weighted means by name of the values, (..., N, T), that count. NaN where
    nothing can be scored. ``num_edges`` is (N, )."""
    shape = nonfinite.shape
    num_edges = num_edges.long().reshape(shape)
    unknown = nonfinite | (num_edges == 0)
    weights = weights * counted
    means = (weights * values).sum(dim=-1) / weights.sum(dim=-1)
    scores = {
        name: mean.reshape(shape).masked_fill(unknown, math.nan)
        for name, mean in zip(names, means)
    }
    return dict(scores, num_edges=num_edges)
