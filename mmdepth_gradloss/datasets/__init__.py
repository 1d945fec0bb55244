"""Data sets and transforms, registered in MMEngine's registries."""
from . import transforms
from .folder_depth_dataset import FolderDepthDataset
from .synthetic_depth_dataset import SyntheticDepthDataset

__all__ = ['FolderDepthDataset', 'SyntheticDepthDataset', 'transforms']
