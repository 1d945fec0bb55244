"""Pseudo depth boundary errors of SharpDepth."""
from __future__ import annotations

import numpy as np
from torch import Tensor

from .boundary_maps import boundary_maps
from .canny_edges import canny_edges, score_edges

_LOW, _HIGH = 0.1, 0.2
# Metres that bound the inverse depth, as published.
_MIN_DEPTH = 1e-6


def sharpdepth_boundary(pred: Tensor,
                        target: Tensor,
                        mask: Tensor | None = None,
                        min_depth: float | None = None,
                        max_depth: float | None = None,
                        masked: bool = True) -> dict[str, Tensor]:
    """Accuracy and completeness of depth boundaries, of SharpDepth.

    From `SharpDepth: Sharpening Metric Depth Predictions Using Diffusion
    Distillation <https://arxiv.org/abs/2411.18229>`_ and its code, for ground
    truth without drawn edges. The edges of either map are Canny's on its
    depth together with those on its inverse depth, each brought to the range
    0 to 1 (sigma sqrt(2), thresholds 0.1 and 0.2). ``dbe_acc`` is the mean
    distance from those of the prediction that lie less than 10 pixels from an
    edge of the ground truth to the nearest such edge. ``dbe_comp`` is the
    mean distance from an edge of the ground truth to the nearest one of the
    prediction, however far. Both are in pixels, and 0 is perfect. Where the
    prediction has no edge less than 10 pixels from the ground truth's, both
    are 10.

    The published form has no mask: holes of 0 m are edges. ``masked=False``
    is that. Otherwise only valid pixels of the ground truth enter the ranges
    and the smoothing of both maps, and edges count only where none of the
    eight neighbours is invalid. So what stands at an invalid pixel changes
    nothing, and scattered ground truth has no edges to score.

    The scale of a prediction changes nothing, but for rounding: where
    neighbours have the same gradient, it decides which is the edge.

    Args:
        pred (Tensor): Predicted depth, in any unit, shape (..., H, W).
        target (Tensor): Ground-truth depth in metres, same shape.
        mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
        min_depth (float, optional): Ground truth below it is invalid.
        max_depth (float, optional): Ground truth above it is invalid.
        masked (bool): Whether to leave out invalid pixels.

    Returns:
        dict[str, Tensor]: ``dbe_acc`` between 0 and 10 pixels, ``dbe_comp``
        from 0, and ``num_edges``, the number of edge pixels in the ground
        truth, each of shape (...). The errors are NaN for an image whose
        ground truth has no edge (``num_edges`` 0), and for one whose
        prediction is NaN or infinite at a valid pixel.

    Raises:
        ImportError: If scikit-image or scipy is not installed.
        ValueError: If the shapes differ or have less than two dimensions, or
            something limits the valid pixels although ``masked`` is False.

    Examples:
        >>> import torch
        >>> target = torch.ones(32, 32)
        >>> target[8:24, 8:24] = 2
        >>> scores = sharpdepth_boundary(target, target)
        >>> scores['dbe_acc'], scores['dbe_comp']
        (tensor(0.), tensor(0.))
    """
    inputs = boundary_maps(pred, target, mask, min_depth, max_depth, masked)

    def find(depth: np.ndarray, valid: np.ndarray) -> np.ndarray:
        known = valid if masked else np.isfinite(depth)
        inverse = 1 / depth.clip(min=_MIN_DEPTH)
        return (canny_edges(depth, known, _LOW, _HIGH, masked)
                | canny_edges(inverse, known, _LOW, _HIGH, masked))

    return score_edges(inputs, find, _completeness)


def _completeness(to_actual: np.ndarray, to_found: np.ndarray) -> float:
    return float(to_found.mean())
