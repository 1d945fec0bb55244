"""Pure tensor maths, no registry, no state.

Torch only, but for the boundary protocols that look for Canny edges.
"""
from .gradient_formula import GradientFormula
from .masking import valid_depth_mask
from .multi_scale_gradient import multi_scale_gradient_loss
from .operators import spatial_gradients
from .ssi_silog import inverse_to_depth, silog_loss, ssi_loss

__all__ = [
    'GradientFormula', 'inverse_to_depth', 'multi_scale_gradient_loss',
    'silog_loss', 'spatial_gradients', 'ssi_loss', 'valid_depth_mask'
]
