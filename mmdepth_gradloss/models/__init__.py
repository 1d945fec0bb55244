"""A small depth model of our own."""
from .mono_depth_estimator import MonoDepthEstimator
from .residual_encoder import ResidualEncoder
from .unet_depth_head import UNetDepthHead

__all__ = ['MonoDepthEstimator', 'ResidualEncoder', 'UNetDepthHead']
