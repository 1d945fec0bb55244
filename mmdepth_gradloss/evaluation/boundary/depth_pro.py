from __future__ import annotations

import torch
from torch import Tensor

from ..depth_edges import neighbour_ratios
from ..masked_maps import MaskedMaps
from .boundary_protocol import boundary_protocol
from .depth_ratios import (comparable_depths, count_ratio_edges, evenly_spaced,
                           find_ratio_edges, mean_scores)

# In the unit of the map, as published.
_MIN_DEPTH = 1e-6


@boundary_protocol
def depth_pro_boundary(maps: MaskedMaps, masked: bool) -> dict[str, Tensor]:
    """Scale-invariant boundary F1 of Depth Pro.

    From `Depth Pro: Sharp Monocular Metric Depth in Less Than a Second
    <https://arxiv.org/abs/2410.02073>`_. For each of the four directions to a
    neighbour j, a pixel i is on an occluding contour of the depth map d where
    ``d[i] / d[j] > t``. Per direction, precision is the share of predicted
    contours that are in the ground truth, and recall the share of the ground
    truth's that are predicted. Both are averaged over the directions, and F1 =
    2 P R / (P + R). The scores are means over ten thresholds t from 1.05 to
    1.25, weighted by t, so ``boundary_f1`` is not the F1 of the other two.

    The published form, ``masked=False``, has no mask: holes of 0 m are edges,
    a direction or threshold at which neither map has an edge counts as a miss,
    and depths are clamped to 1e-6, in any unit. With ``masked=True`` a pair of
    neighbours counts only if the ground truth is valid at both, such
    directions and thresholds are left out of the means, and predictions are
    clamped to a millionth of their mean (over valid pixels, with 0 for
    negative ones). So an exact prediction scores 1 if the ground truth has an
    edge, and invalid pixels have no effect. If each direction has edges at
    each threshold, and all pixels are valid and positive, both forms agree.

    The scale of a prediction has no effect (with ``masked=False``, as long as
    it stays above 1e-6). One without an edge scores 0.

    Returns:
        ``boundary_f1``, ``boundary_precision`` and ``boundary_recall`` between
        0 and 1, and ``num_edges``, the number of edges in the ground truth at
        the lowest threshold.

    Examples:
        >>> target = torch.ones(8, 8)
        >>> target[2:6, 2:6] = 2
        >>> scores = depth_pro_boundary(3 * target, target)
        >>> scores['boundary_f1'], scores['num_edges']
        (tensor(1.), tensor(16))
    """
    pred, target = comparable_depths(maps, masked)
    if not masked:
        pred, target = pred.clamp(min=_MIN_DEPTH), target.clamp(min=_MIN_DEPTH)
    thresholds = evenly_spaced(1.05, 1.25, like=pred)
    counts = [
        count_ratio_edges(
            find_ratio_edges(*ratios, thresholds), len(pred), thresholds)
        for ratios in zip(neighbour_ratios(pred), neighbour_ratios(target))
    ]
    # each (N, 4, T)
    matched, predicted, actual = torch.stack(counts, dim=-2)

    counted = (predicted + actual) > 0 if masked else torch.ones_like(
        actual, dtype=torch.bool)
    directions = counted.sum(dim=-2).clamp(min=1)
    precision = (matched / predicted.clamp(min=1)).sum(dim=-2) / directions
    recall = (matched / actual.clamp(min=1)).sum(dim=-2) / directions
    both = precision + recall
    f1 = 2 * precision * recall / both.where(both > 0, 1)

    return mean_scores(
        ('boundary_f1', 'boundary_precision', 'boundary_recall'),
        torch.stack([f1, precision, recall]), thresholds,
        counted.any(dim=-2), actual[..., 0].sum(dim=-1), maps.nonfinite)
