"""Pseudo depth boundary errors of SharpDepth."""
from __future__ import annotations

import numpy as np
from torch import Tensor

from ..masked_maps import MaskedMaps
from .boundary_protocol import boundary_protocol
from .canny_edges import canny_edges, score_edges

_LOW, _HIGH = 0.1, 0.2
# Metres that bound the inverse depth, as published.
_MIN_DEPTH = 1e-6


@boundary_protocol
def sharpdepth_boundary(maps: MaskedMaps, masked: bool) -> dict[str, Tensor]:
    """Accuracy and completeness of depth boundaries, of SharpDepth.

    From `SharpDepth: Sharpening Metric Depth Predictions Using Diffusion
    Distillation <https://arxiv.org/abs/2411.18229>`_ and its code, for ground
    truth without drawn edges. The edges of either map are Canny's on its
    depth together with those on its inverse depth, each brought to the range
    0 to 1 (sigma sqrt(2), thresholds 0.1 and 0.2). ``dbe_acc`` is that of
    :func:`ibims_boundary`. ``dbe_comp`` is the mean distance from an edge of
    the ground truth to the nearest one of the prediction, however far. Both
    are in pixels, and 0 is perfect. Where the prediction has no edge less
    than 10 pixels from the ground truth's, both are 10.

    The published form, ``masked=False``, has no mask: holes of 0 m are edges.
    Otherwise only valid pixels of the ground truth enter the ranges and the
    smoothing of both maps, and edges count only where none of the eight
    neighbours is invalid. So what stands at an invalid pixel changes nothing,
    and scattered ground truth has no edges to score.

    The scale of a prediction changes nothing, but for rounding: where
    neighbours have the same gradient, it decides which is the edge. Needs
    scikit-image and scipy, or else raises an ImportError.

    Returns:
        ``dbe_acc`` between 0 and 10 pixels, ``dbe_comp`` from 0, and
        ``num_edges``, the number of edge pixels in the ground truth.

    Examples:
        >>> import torch
        >>> target = torch.ones(32, 32)
        >>> target[8:24, 8:24] = 2
        >>> scores = sharpdepth_boundary(target, target)
        >>> scores['dbe_acc'], scores['dbe_comp']
        (tensor(0.), tensor(0.))
    """

    def find(depth: np.ndarray, valid: np.ndarray) -> np.ndarray:
        known = valid if masked else np.isfinite(depth)
        inverse = 1 / depth.clip(min=_MIN_DEPTH)
        return (canny_edges(depth, known, _LOW, _HIGH, masked)
                | canny_edges(inverse, known, _LOW, _HIGH, masked))

    return score_edges(maps, find, lambda _, to_found: to_found.mean())
