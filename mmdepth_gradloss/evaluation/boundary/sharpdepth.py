from __future__ import annotations

import numpy as np
from torch import Tensor

from ..masked_maps import MaskedMaps
from .boundary_protocol import boundary_protocol
from .canny_edges import canny_edges, score_edges

_LOW, _HIGH = 0.1, 0.2
# Lower bound in metres before the inverse, as published.
_MIN_DEPTH = 1e-6


@boundary_protocol
def sharpdepth_boundary(maps: MaskedMaps, masked: bool) -> dict[str, Tensor]:
    """Accuracy and completeness of depth boundaries, from SharpDepth.

    From `SharpDepth: Sharpening Metric Depth Predictions Using Diffusion
    Distillation <https://arxiv.org/abs/2411.18229>`_ and its code, for ground
    truth without annotated edges. The edges of a map are the Canny edges of
    its depth and of its inverse depth, each normalised to 0 to 1 (sigma
    sqrt(2), thresholds 0.1 and 0.2). ``dbe_acc`` is that of
    :func:`ibims_boundary`. ``dbe_comp`` is the mean distance from a
    ground-truth edge to the nearest predicted one, without a limit. Both are
    in pixels, and 0 is perfect. If no predicted edge is less than 10 pixels
    from a ground-truth one, both are 10.

    The published form, ``masked=False``, has no mask: holes of 0 m are edges.
    ``masked=True``, rounding and requirements are as in
    :func:`ibims_boundary`; the scale of a prediction has no effect, but its
    shift has.

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
