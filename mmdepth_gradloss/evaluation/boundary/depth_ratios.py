"""Occluding contours as ratios of depths, found and counted."""
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..masked_maps import MaskedMaps

_NUM_THRESHOLDS = 10

# Of a prediction's mean; bounds the ratio of two depths.
_MIN_RATIO = 1e-6


class RatioEdges(NamedTuple):
    """Places where one of two maps has an edge, K of them.

    Attributes:
        image (Tensor): Index of the image, shape (K, ).
        row (Tensor): Row in the maps of ratios, shape (K, ).
        column (Tensor): Column, shape (K, ).
        pred_level (Tensor): Thresholds that the prediction exceeds, an
            integer from 0 to T, shape (K, ).
        target_level (Tensor): The same of the ground truth.
    """
    image: Tensor
    row: Tensor
    column: Tensor
    pred_level: Tensor
    target_level: Tensor


class EdgeCounts(NamedTuple):
    """Numbers of edges, by whatever comes first and by threshold.

    Attributes:
        matched (Tensor): In both maps, shape (..., T).
        predicted (Tensor): In the prediction.
        actual (Tensor): In the ground truth.
    """
    matched: Tensor
    predicted: Tensor
    actual: Tensor


def comparable_depths(inputs: MaskedMaps,
                      masked: bool) -> tuple[Tensor, Tensor]:
    """Both maps, ready for ratios.

    A prediction below a millionth of its image's mean counts as that.

    Args:
        inputs (MaskedMaps): Maps of shape (..., H, W).
        masked (bool): If not, both are left as they are.

    Returns:
        tuple[Tensor, Tensor]: Prediction and ground truth, (N, H, W).
    """
    pred, target, valid, _ = inputs
    if masked:
        pred = pred.clamp(min=0)  # which leaves the mean of what is positive
        mean = pred.where(valid, 0).sum(
            dim=(-2, -1), keepdim=True) / valid.sum(
                dim=(-2, -1), keepdim=True).clamp(min=1)
        # No comparison with NaN holds, so a pair with an invalid end is no
        # edge.
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
    """Where at least one map exceeds the lowest threshold.

    Edges are few, so it pays to work on their list from here on.

    Args:
        pred_ratio (Tensor): Shape (N, h, w); NaN is no edge.
        target_ratio (Tensor): The same.
        thresholds (Tensor): Ratios that make an edge, rising, shape (T, ).

    Returns:
        RatioEdges: The places.
    """
    some = (pred_ratio > thresholds[0]) | (target_ratio > thresholds[0])
    image, row, column = places = some.nonzero(as_tuple=True)
    return RatioEdges(image, row, column,
                      _level(pred_ratio[places], thresholds),
                      _level(target_ratio[places], thresholds))


def count_ratio_edges(edges: RatioEdges, images: int,
                      thresholds: Tensor) -> EdgeCounts:
    """Numbers of edges at each threshold.

    Args:
        edges (RatioEdges): As :func:`find_ratio_edges` returns them.
        images (int): Number of images N.
        thresholds (Tensor): As used to find them, shape (T, ).

    Returns:
        EdgeCounts: Floating-point counts of shape (N, T).
    """
    levels = len(thresholds) + 1

    def count(level: Tensor) -> Tensor:
        exact = torch.bincount(
            edges.image * levels + level, minlength=images * levels)
        # Who exceeds a threshold exceeds all below it.
        above = exact.view(images, levels).flip(-1).cumsum(-1).flip(-1)
        return above[:, 1:].to(thresholds.dtype)

    return EdgeCounts(
        count(torch.minimum(edges.pred_level, edges.target_level)),
        count(edges.pred_level), count(edges.target_level))


def mean_over_thresholds(values: Tensor, weights: Tensor,
                         counted: Tensor) -> Tensor:
    """Weighted mean of those that count.

    Args:
        values (Tensor): Shape (..., T).
        weights (Tensor): Shape (T, ).
        counted (Tensor): Bool, shape (..., T).

    Returns:
        Tensor: Shape (...); NaN where none counts.
    """
    weights = weights * counted
    return (weights * values).sum(dim=-1) / weights.sum(dim=-1)


def _level(ratio: Tensor, thresholds: Tensor) -> Tensor:
    """Number of thresholds below the ratio; 0 for NaN, which sorts last."""
    return torch.bucketize(ratio.nan_to_num(0.0, math.inf), thresholds)
