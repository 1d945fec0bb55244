"""Occluding contours as ratios of depths, found and counted."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..masked_maps import MaskedMaps

_NUM_THRESHOLDS = 10
# Of a prediction's mean; bounds the ratio of two depths.
_MIN_RATIO = 1e-6


class RatioEdges(NamedTuple):
    """Places where one of two maps has an edge, each of shape (K, ).

    A level is the number of thresholds that the map's ratio exceeds.
    """
    image: Tensor
    row: Tensor
    column: Tensor
    pred_level: Tensor
    target_level: Tensor


def comparable_depths(maps: MaskedMaps, masked: bool) -> tuple[Tensor, Tensor]:
    """Both maps as (N, H, W), ready for ratios if ``masked``.

    NaN where invalid. A prediction below a millionth of its image's mean
    counts as that.
    """
    pred, target, valid, _ = maps
    if masked:
        pred = pred.clamp(min=0)  # which leaves the mean of what is positive
        mean = pred.where(valid, 0).sum(
            dim=(-2, -1), keepdim=True) / valid.sum(
                dim=(-2, -1), keepdim=True).clamp(min=1)
        # No comparison with NaN holds: a pair with an invalid end is no edge.
        pred = pred.maximum(_MIN_RATIO * mean).where(valid, math.nan)
        target = target.where(valid, math.nan)
    shape = (math.prod(pred.shape[:-2]), *pred.shape[-2:])
    return pred.reshape(shape), target.reshape(shape)


def evenly_spaced(low: float, high: float, like: Tensor) -> Tensor:
    """Ten values from low to high, of another tensor's type and device."""
    return torch.linspace(
        low, high, _NUM_THRESHOLDS, dtype=like.dtype, device=like.device)


def find_ratio_edges(pred_ratio: Tensor, target_ratio: Tensor,
                     thresholds: Tensor) -> RatioEdges:
    """Where a ratio (N, h, w) exceeds the lowest of the rising thresholds.

    Edges are few, so it pays to work on their list from here on.
    """
    some = (pred_ratio > thresholds[0]) | (target_ratio > thresholds[0])
    places = some.nonzero(as_tuple=True)
    # NaN is no edge, but sorts last.
    return RatioEdges(*places, *(
        torch.bucketize(ratio[places].nan_to_num(0.0, math.inf), thresholds)
        for ratio in (pred_ratio, target_ratio)))


def count_ratio_edges(edges: RatioEdges, images: int,
                      thresholds: Tensor) -> Tensor:
    """Numbers of edges in both maps, in the prediction and in the truth.

    Returns:
        Floating point, (3, ``images``, T) for T thresholds.
    """
    levels = len(thresholds) + 1

    def count(level: Tensor) -> Tensor:
        exact = torch.bincount(
            edges.image * levels + level, minlength=images * levels)
        # Who exceeds a threshold exceeds all below it.
        above = exact.view(images, levels).flip(-1).cumsum(-1).flip(-1)
        return above[:, 1:].to(thresholds.dtype)

    pred, target = edges.pred_level, edges.target_level
    return torch.stack(
        [count(level) for level in (pred.minimum(target), pred, target)])


def mean_scores(names: Sequence[str], values: Tensor, weights: Tensor,
                counted: Tensor, num_edges: Tensor,
                nonfinite: Tensor) -> dict[str, Tensor]:
    """Weighted means of those values, (..., N, T), that count, by name.

    Where nothing can be scored, they are NaN. ``num_edges`` is (N, ).
    """
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
