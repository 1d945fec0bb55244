"""Data transforms for depth maps."""
from .convert_depth_type import ConvertDepthType
from .load_depth_map import LoadDepthMap
from .load_image import LoadImage
from .pack_depth_inputs import PackDepthInputs
from .photometric_jitter import PhotometricJitter
from .random_crop_depth import RandomCropDepth
from .random_flip_depth import RandomFlipDepth
from .resize_depth import ResizeDepth
from .set_gradient_weight import SetGradientWeight
from .sparsify_depth import SparsifyDepth

__all__ = [
    'ConvertDepthType', 'LoadDepthMap', 'LoadImage', 'PackDepthInputs',
    'PhotometricJitter', 'RandomCropDepth', 'RandomFlipDepth', 'ResizeDepth',
    'SetGradientWeight', 'SparsifyDepth'
]
