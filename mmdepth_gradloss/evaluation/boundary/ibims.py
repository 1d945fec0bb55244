from __future__ import annotations

import numpy as np
from torch import Tensor

from ..masked_maps import MaskedMaps
from .boundary_protocol import boundary_protocol
from .canny_edges import MAX_DISTANCE, canny_edges, score_edges

# From the evaluation code of the data set.
_LOW, _HIGH = 0.15, 0.3


@boundary_protocol
def ibims_boundary(maps: MaskedMaps, masked: bool,
                   target_edges: Tensor | None = None) -> dict[str, Tensor]:
    """Accuracy and completeness of depth boundaries, from iBims-1.

    From `Evaluation of CNN-based Single-Image Depth Estimation Methods
    <https://arxiv.org/abs/1805.01328>`_ and its code. Edges of the prediction
    are Canny edges of the map normalised to 0 to 1 (sigma sqrt(2), thresholds
    0.15 and 0.3), in float32. ``dbe_acc`` is the mean distance to the nearest
    ground-truth edge, over the predicted edges less than 10 pixels from one.
    ``dbe_comp`` is the mean distance, at most 10 pixels, from any edge pixel
    of either map to the nearest one of the other. Both are in pixels, and 0 is
    perfect. If no predicted edge is less than 10 pixels from a ground-truth
    one, both are 10.

    iBims-1 comes with manually annotated edges: an additional argument
    ``target_edges``, bool or 0/1, of the shape of ``target``. Without it they
    are found as in the prediction.

    The published form, ``masked=False``, has no mask, but no edges near a
    depth of exactly 0. With ``masked=True`` the normalisation and smoothing of
    both maps use only valid pixels of the ground truth, and edges, including
    ``target_edges``, count only where none of the eight neighbours is invalid.
    So invalid pixels have no effect, and scattered ground truth has no edges
    to score.

    Scale and shift of a prediction have no effect, except for rounding: where
    neighbours have the same gradient, it decides which is the edge. Requires
    scikit-image and scipy; an ImportError otherwise.

    Returns:
        ``dbe_acc`` and ``dbe_comp`` between 0 and 10 pixels, and
        ``num_edges``, the number of edge pixels in the ground truth.

    Examples:
        >>> import torch
        >>> target = torch.ones(32, 32)
        >>> target[8:24, 8:24] = 2
        >>> scores = ibims_boundary(target, target)
        >>> scores['dbe_acc'], scores['dbe_comp']
        (tensor(0.), tensor(0.))
    """
    if target_edges is not None:
        if target_edges.shape != maps.target.shape:
            raise ValueError(
                'target_edges must have the shape of target, got '
                f'{tuple(target_edges.shape)} and {tuple(maps.target.shape)}')
        target_edges = target_edges > 0

    def find(depth: np.ndarray, valid: np.ndarray) -> np.ndarray:
        known = valid if masked else (depth != 0) & np.isfinite(depth)
        return canny_edges(
            depth.astype(np.float32), known, _LOW, _HIGH, masked)

    def completeness(to_actual: np.ndarray, to_found: np.ndarray):
        both = np.concatenate([to_actual, to_found])
        return both.clip(max=MAX_DISTANCE).mean()

    return score_edges(maps, find, completeness, target_edges)
