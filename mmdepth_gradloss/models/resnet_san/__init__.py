"""ResNet-SAN: depth from an image, with or without sparse depth."""
from .dual_head_depth_loss import DualHeadDepthLoss
from .resnet_encoder import ResNetEncoder
from .resnet_san import ResNetSAN
from .san_depth_head import SANDepthHead
from .san_dual_depth_head import SANDualDepthHead
from .sparse_depth_encoder import SparseDepthEncoder

__all__ = [
    'DualHeadDepthLoss', 'ResNetEncoder', 'ResNetSAN', 'SANDepthHead',
    'SANDualDepthHead', 'SparseDepthEncoder'
]
