"""Boundary F1 of MoGe."""
from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .boundary_maps import boundary_maps
from .depth_ratios import (EdgeCounts, RatioEdges, comparable_depths,
                           count_ratio_edges, evenly_spaced, find_ratio_edges,
                           mean_over_thresholds)

RADII = (1, 2, 3)
"""Pixels within which two depths are compared, one score each."""


def moge_boundary(pred: Tensor,
                  target: Tensor,
                  mask: Tensor | None = None,
                  min_depth: float | None = None,
                  max_depth: float | None = None,
                  masked: bool = True) -> dict[str, Tensor]:
    """Boundary F1 of MoGe, for radii of 1, 2 and 3 pixels.

    From `MoGe-2: Accurate Monocular Geometry with Metric Scale and Sharp
    Details <https://arxiv.org/abs/2507.02546>`_ and its code. A pixel i at
    least r pixels away from the image's border makes a contour with each
    pixel j within r pixels where ``d[j] / d[i] > 1 + t``. F1 compares the
    contours of prediction and ground truth over all such pairs at once, and
    is a mean over ten t from 0.05 to 0.25, each weighted by t.

    The published form counts pairs that are valid at both ends, but takes a
    threshold at which neither map has a contour for a miss.
    ``masked=False`` does so on all pixels. Otherwise such thresholds are left
    out, and predictions below a millionth of their mean count as that (taken
    over valid pixels, with 0 for negative ones). So an exact prediction
    scores 1 wherever there is an edge to find, and what stands at an invalid
    pixel changes nothing. Where the ground truth has contours at each
    threshold, this is the published number for the same mask.

    The scale of a prediction changes nothing. One without an edge scores 0.

    Args:
        pred (Tensor): Predicted depth, in any unit, shape (..., H, W).
        target (Tensor): Ground-truth depth in metres, same shape.
        mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
        min_depth (float, optional): Ground truth below it is invalid.
        max_depth (float, optional): Ground truth above it is invalid.
        masked (bool): Whether to leave out invalid pixels.

    Returns:
        dict[str, Tensor]: ``boundary_f1_radius1``, ``..._radius2`` and
        ``..._radius3`` between 0 and 1, and ``num_edges``, each of shape
        (...). The last is the number of contours in the ground truth at the
        lowest threshold, at the radius that has the fewest, so that all
        scores are means over the same images. The scores are NaN where it is
        0, and for an image whose prediction is NaN or infinite at a valid
        pixel.

    Raises:
        ValueError: If the shapes differ or have less than two dimensions, or
            something limits the valid pixels although ``masked`` is False.

    Examples:
        >>> target = torch.full((16, 16), 4.0)
        >>> target[4:12, 4:12] = 2
        >>> scores = moge_boundary(3 * target, target)
        >>> scores['boundary_f1_radius2'], scores['num_edges']
        (tensor(1.), tensor(32))
    """
    inputs = boundary_maps(pred, target, mask, min_depth, max_depth, masked)
    maps = comparable_depths(inputs, masked)
    weights = evenly_spaced(0.05, 0.25, like=maps[0])

    matched, predicted, actual = _count_by_radius(*maps, 1 + weights)
    both = predicted + actual
    f1 = 2 * matched / both.clamp(min=1)
    counted = both > 0 if masked else torch.ones_like(both, dtype=torch.bool)
    shape = inputs.nonfinite.shape
    num_edges = actual[..., 0].amin(dim=0).long().reshape(shape)
    unknown = inputs.nonfinite | (num_edges == 0)
    scores = {
        f'boundary_f1_radius{radius}':
        value.reshape(shape).masked_fill(unknown, math.nan)
        for radius, value in zip(RADII,
                                 mean_over_thresholds(f1, weights, counted))
    }
    return dict(scores, num_edges=num_edges)


def _count_by_radius(pred: Tensor, target: Tensor,
                     thresholds: Tensor) -> EdgeCounts:
    """Numbers of contours of (N, H, W) maps, each of shape (R, N, T)."""
    images, height, width = pred.shape
    counts = thresholds.new_zeros(3, len(RADII), images, len(thresholds))
    for rows, columns, least in _offsets():
        edges = find_ratio_edges(
            _ratio(pred, rows, columns, least),
            _ratio(target, rows, columns, least), thresholds)
        # The larger radii compare these pixels too, but keep further away
        # from the border.
        for index, radius in enumerate(RADII):
            if radius >= least:
                inner = _without_border(edges, radius - least,
                                        height - 2 * least, width - 2 * least)
                counts[:, index] += torch.stack(
                    count_ratio_edges(inner, images, thresholds))
    return EdgeCounts(*counts)


def _offsets() -> Iterator[tuple[int, int, int]]:
    """Rows and columns to each neighbour, and the first radius with it."""
    reach = range(-RADII[-1], RADII[-1] + 1)
    for rows in reach:
        for columns in reach:
            distance = math.hypot(rows, columns)
            if 0 < distance <= RADII[-1]:
                yield rows, columns, math.ceil(distance)


def _ratio(depth: Tensor, rows: int, columns: int, border: int) -> Tensor:
    """How many times deeper the neighbour of each inner pixel is."""
    height, width = depth.shape[-2:]

    def inner(down: int, right: int) -> Tensor:
        return depth[..., border + down:max(height - border, border) + down,
                     border + right:max(width - border, border) + right]

    return inner(rows, columns) / inner(0, 0)


def _without_border(edges: RatioEdges, border: int, height: int,
                    width: int) -> RatioEdges:
    if border == 0:
        return edges
    inside = ((edges.row >= border) & (edges.row < height - border) &
              (edges.column >= border) & (edges.column < width - border))
    return RatioEdges(*(part[inside] for part in edges))
