from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor

from ..masked_maps import MaskedMaps
from .boundary_protocol import boundary_protocol
from .depth_ratios import (RatioEdges, comparable_depths, count_ratio_edges,
                           evenly_spaced, find_ratio_edges, mean_scores)

RADII = (1, 2, 3)
"""Radii in pixels within which two depths are compared, one score each."""


@boundary_protocol
def moge_boundary(maps: MaskedMaps, masked: bool) -> dict[str, Tensor]:
    """Boundary F1 of MoGe, for radii of 1, 2 and 3 pixels.

    From `MoGe-2: Accurate Monocular Geometry with Metric Scale and Sharp
    Details <https://arxiv.org/abs/2507.02546>`_ and its code. A pixel i at
    least r pixels from the image's border forms a contour with each pixel j
    within r pixels where ``d[j] / d[i] > 1 + t``. F1 compares the contours of
    prediction and ground truth over all such pairs, and is a mean over ten t
    from 0.05 to 0.25, weighted by t.

    The published form counts pairs that are valid at both ends, but a
    threshold at which neither map has a contour counts as a miss.
    ``masked=False`` does this on all pixels. With ``masked=True`` such
    thresholds are left out, and predictions are clamped to a millionth of
    their mean (over valid pixels, with 0 for negative ones). So an exact
    prediction scores 1 if the ground truth has an edge, and invalid pixels
    have no effect. If the ground truth has contours at each threshold, this
    equals the published score for the same mask.

    The scale of a prediction has no effect. One without an edge scores 0.

    Returns:
        ``boundary_f1_radius1``, ``..._radius2`` and ``..._radius3`` between 0
        and 1, and ``num_edges``: the number of contours in the ground truth at
        the lowest threshold and the radius with the fewest, so that all scores
        are means over the same images.

    Examples:
        >>> target = torch.full((16, 16), 4.0)
        >>> target[4:12, 4:12] = 2
        >>> scores = moge_boundary(3 * target, target)
        >>> scores['boundary_f1_radius2'], scores['num_edges']
        (tensor(1.), tensor(32))
    """
    pred, target = comparable_depths(maps, masked)
    weights = evenly_spaced(0.05, 0.25, like=pred)
    matched, predicted, actual = _count_by_radius(pred, target, 1 + weights)
    both = predicted + actual
    f1 = 2 * matched / both.clamp(min=1)
    counted = both > 0 if masked else torch.ones_like(both, dtype=torch.bool)
    return mean_scores([f'boundary_f1_radius{radius}' for radius in RADII], f1,
                       weights, counted, actual[..., 0].amin(dim=0),
                       maps.nonfinite)


def _count_by_radius(pred: Tensor, target: Tensor,
                     thresholds: Tensor) -> Tensor:
    """Contours in both maps, in pred and in target, each (R, N, T)."""
    images, height, width = pred.shape
    counts = thresholds.new_zeros(3, len(RADII), images, len(thresholds))
    reach = range(-RADII[-1], RADII[-1] + 1)
    for down, right in itertools.product(reach, reach):
        distance = math.hypot(down, right)
        if not 0 < distance <= RADII[-1]:
            continue
        least = math.ceil(distance)  # the first radius with this neighbour
        edges = find_ratio_edges(
            _ratio(pred, down, right, least),
            _ratio(target, down, right, least), thresholds)
        # Larger radii compare these pixels too, but with a wider border.
        for index, radius in enumerate(RADII):
            if radius >= least:
                border = radius - least
                inside = ((edges.row >= border) &
                          (edges.row < height - least - radius) &
                          (edges.column >= border) &
                          (edges.column < width - least - radius))
                inner = RatioEdges(*(part[inside] for part in edges))
                counts[:, index] += count_ratio_edges(inner, images,
                                                      thresholds)
    return counts


def _ratio(depth: Tensor, down: int, right: int, border: int) -> Tensor:
    """Depth ratio of the neighbour to each inner pixel."""
    height, width = depth.shape[-2:]
    bottom = max(height - border, border)
    end = max(width - border, border)
    neighbours = depth[..., border + down:bottom + down,
                       border + right:end + right]
    return neighbours / depth[..., border:bottom, border:end]
