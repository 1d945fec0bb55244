"""How well a depth map's edges lie where the ground truth's are."""
from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .boundary.depth_pro import depth_pro_boundary
from .boundary.ibims import ibims_boundary
from .boundary.moge import moge_boundary
from .boundary.sharpdepth import sharpdepth_boundary

BoundaryProtocol = Callable[..., dict[str, Tensor]]

BOUNDARY_PROTOCOLS: dict[str, BoundaryProtocol] = {
    'depth_pro': depth_pro_boundary,
    'moge': moge_boundary,
    'ibims': ibims_boundary,
    'sharpdepth': sharpdepth_boundary,
}
"""Boundary scores by the name of the work that they come from.

Each takes ``(pred, target, mask, min_depth, max_depth, masked)`` and returns
a dict of scores and ``num_edges``, as :func:`depth_pro_boundary` does.
"""

PROTOCOLS_WITH_EDGES = ('ibims', )
"""Protocols that also take ``target_edges``, known edges of the ground truth.
"""
