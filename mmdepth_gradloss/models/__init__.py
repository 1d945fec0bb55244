"""Depth models: a small one, ResNet-SAN, and those of Hugging Face."""
from ..mmcv_tier import require_mmcv

require_mmcv(__name__)

from .depth_estimator import DepthEstimator
from .efficientnet_lite import EfficientNetLite
from .huggingface import (HFDepthEstimator, HFDepthPreprocessor,
                          HFLayerDecayConstructor)
from .mono_depth_estimator import MonoDepthEstimator
from .residual_encoder import ResidualEncoder
from .resnet_san import (ResNetEncoder, ResNetSAN, SANDepthHead,
                         SANDualDepthHead, SparseDepthEncoder)
from .unet_depth_head import UNetDepthHead

__all__ = [
    'DepthEstimator', 'EfficientNetLite', 'HFDepthEstimator',
    'HFDepthPreprocessor', 'HFLayerDecayConstructor', 'MonoDepthEstimator',
    'ResNetEncoder', 'ResNetSAN', 'ResidualEncoder', 'SANDepthHead',
    'SANDualDepthHead', 'SparseDepthEncoder', 'UNetDepthHead'
]
