"""Metrics on predicted depth maps."""
from .base_depth_metric import BaseDepthMetric
from .depth_boundary_metric import DepthBoundaryMetric
from .depth_edge_error_metric import DepthEdgeErrorMetric
from .depth_error_metric import DepthErrorMetric

__all__ = [
    'BaseDepthMetric', 'DepthBoundaryMetric', 'DepthEdgeErrorMetric',
    'DepthErrorMetric'
]
