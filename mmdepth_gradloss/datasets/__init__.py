"""Data sets and transforms, in MMEngine's registries."""
from ..mmcv_tier import require_mmcv

require_mmcv(__name__)

from . import transforms
from .cached_dataset import CachedDataset
from .dgp_depth_dataset import DGPDepthDataset
from .folder_depth_dataset import FolderDepthDataset
from .kitti_depth_dataset import KITTIDepthDataset
from .ncdb_dataset import NCDBDataset
from .synthetic_depth_dataset import SyntheticDepthDataset

__all__ = [
    'CachedDataset', 'DGPDepthDataset', 'FolderDepthDataset',
    'KITTIDepthDataset', 'NCDBDataset', 'SyntheticDepthDataset', 'transforms'
]
