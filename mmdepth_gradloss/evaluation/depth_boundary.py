"""Scores of how well predicted depth edges match the ground truth."""
from __future__ import annotations

from .boundary.boundary_protocol import BoundaryProtocol
from .boundary.depth_pro import depth_pro_boundary
from .boundary.ibims import ibims_boundary
from .boundary.moge import moge_boundary
from .boundary.sharpdepth import sharpdepth_boundary

BOUNDARY_PROTOCOLS: dict[str, BoundaryProtocol] = {
    'depth_pro': depth_pro_boundary,
    'moge': moge_boundary,
    'ibims': ibims_boundary,
    'sharpdepth': sharpdepth_boundary,
}
"""Boundary scores by the name of their publication."""

PROTOCOLS_WITH_EDGES = ('ibims', )
"""Those that also take ``target_edges``, known edges of the ground truth."""
