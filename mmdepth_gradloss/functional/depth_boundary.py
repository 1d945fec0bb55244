"""How well a depth map's edges lie where the ground truth's are."""
from __future__ import annotations

import math
from typing import Callable

import torch
from torch import Tensor

from .metric_inputs import metric_inputs

BoundaryProtocol = Callable[..., 'dict[str, Tensor]']

# Bounds the ratio of two depths. Depth Pro's is 1e-6 too.
_MIN_DEPTH = 1e-6


def depth_pro_boundary(pred: Tensor,
                       target: Tensor,
                       mask: Tensor | None = None,
                       min_depth: float | None = None,
                       max_depth: float | None = None) -> dict[str, Tensor]:
    """Scale-invariant boundary F1 of Depth Pro, in a masked form.

    From `Depth Pro: Sharp Monocular Metric Depth in Less Than a Second
    <https://arxiv.org/abs/2410.02073>`_. For each of the four directions to a
    neighbour, a pixel i with neighbour j is on an occluding contour of the
    depth map d where ``d[i] / d[j] > t``. Per direction, precision is the
    share of predicted contours that the ground truth has, and recall the
    share of the ground truth's that are predicted. Both are averaged over the
    directions, and F1 = 2 P R / (P + R). The scores are means over ten
    thresholds t from 1.05 to 1.25, each weighted by t. So ``boundary_f1`` is
    not the F1 of the other two.

    The published form has no mask. Here a pair of neighbours counts only
    where the ground truth is valid at both, and a direction or threshold at
    which neither map has an edge is left out of its mean. So an exact
    prediction scores 1 wherever there is an edge to find. Where each
    direction has edges at each threshold, and all pixels are valid, this is
    the published number.

    Predictions below 1e-6 m count as that. The scale of a prediction, and
    what stands at an invalid pixel, change nothing.

    Args:
        pred (Tensor): Predicted depth, in any unit, shape (..., H, W).
        target (Tensor): Ground-truth depth in metres, same shape.
        mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
        min_depth (float, optional): Ground truth below it is invalid.
        max_depth (float, optional): Ground truth above it is invalid.

    Returns:
        dict[str, Tensor]: ``boundary_f1``, ``boundary_precision`` and
        ``boundary_recall`` between 0 and 1, and ``num_edges``, the number of
        edges in the ground truth at the lowest threshold, each of shape
        (...). The scores are NaN for an image whose ground truth has no edge
        (``num_edges`` 0), and for one whose prediction is NaN or infinite at
        a valid pixel.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions.

    Examples:
        >>> target = torch.ones(8, 8)
        >>> target[2:6, 2:6] = 2
        >>> scores = depth_pro_boundary(3 * target, target)
        >>> scores['boundary_f1'], scores['num_edges']
        (tensor(1.), tensor(16))
    """
    pred, target, valid, broken = metric_inputs(pred, target, mask, min_depth,
                                                max_depth)
    # No comparison with NaN holds, so a pair with an invalid end is no edge.
    pred = pred.clamp(min=_MIN_DEPTH).where(valid, math.nan)
    target = target.where(valid, math.nan)
    thresholds = torch.linspace(
        1.05, 1.25, 10, dtype=pred.dtype, device=pred.device)

    matched, predicted, actual = _edge_counts(pred, target, thresholds)
    # The mean over directions, of those that have an edge in either map.
    counted = (predicted + actual) > 0
    directions = counted.sum(dim=-2).clamp(min=1)
    precision = (matched / predicted.clamp(min=1)).sum(dim=-2) / directions
    recall = (matched / actual.clamp(min=1)).sum(dim=-2) / directions
    both = precision + recall
    f1 = 2 * precision * recall / both.where(both > 0, 1)

    weight = thresholds * counted.any(dim=-2)
    num_edges = actual[..., 0].sum(dim=-1).long()
    unknown = broken | (num_edges == 0)
    scores = {
        name: ((weight * value).sum(dim=-1) /
               weight.sum(dim=-1)).masked_fill(unknown, math.nan)
        for name, value in (('boundary_f1', f1),
                            ('boundary_precision', precision),
                            ('boundary_recall', recall))
    }
    return dict(scores, num_edges=num_edges)


def _edge_counts(pred: Tensor, target: Tensor,
                 thresholds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Edges in both maps, in pred and in target.

    Args:
        pred (Tensor): Depth, shape (..., H, W), NaN at invalid pixels.
        target (Tensor): The same.
        thresholds (Tensor): Ratios that make an edge, shape (T, ).

    Returns:
        tuple[Tensor, Tensor, Tensor]: Counts, each of shape (..., 4, T).
    """
    counts = []
    for pred_ratio, target_ratio in zip(
            _neighbour_ratios(pred), _neighbour_ratios(target)):
        # One threshold at a time: maps that fit the cache are much faster.
        counts.append(
            torch.stack([
                _count_matches(pred_ratio > threshold,
                               target_ratio > threshold)
                for threshold in thresholds
            ], dim=-1))
    matched, predicted, actual = torch.stack(counts, dim=-2).to(pred.dtype)
    return matched, predicted, actual


def _count_matches(pred_edges: Tensor, target_edges: Tensor) -> Tensor:
    edges = (pred_edges & target_edges, pred_edges, target_edges)
    return torch.stack([edge.sum(dim=(-2, -1)) for edge in edges])


def _neighbour_ratios(depth: Tensor) -> tuple[Tensor, ...]:
    """How many times deeper a pixel is than its neighbour, by direction."""
    left, right = depth[..., :-1], depth[..., 1:]
    top, bottom = depth[..., :-1, :], depth[..., 1:, :]
    return left / right, right / left, top / bottom, bottom / top


BOUNDARY_PROTOCOLS: dict[str, BoundaryProtocol] = {
    'depth_pro': depth_pro_boundary,
}
"""Boundary scores by the name of the work that they come from.

Each takes ``(pred, target, mask, min_depth, max_depth)`` and returns a dict of
scores and ``num_edges``, as :func:`depth_pro_boundary` does.
"""
