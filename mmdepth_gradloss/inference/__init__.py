"""Depth maps of images without ground truth."""
from ..mmcv_tier import require_mmcv

require_mmcv(__name__)

from .depth_inferencer import DepthInferencer
from .depth_writer import DepthWriter

__all__ = ['DepthInferencer', 'DepthWriter']
