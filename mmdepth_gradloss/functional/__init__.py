"""Maths of the losses: pure functions on tensors, no registry, no state."""
from .formula_loss import formula_loss
from .gradient_formula import GradientFormula
from .masking import valid_depth_mask
from .multi_scale_gradient_loss import multi_scale_gradient_loss
from .operators import spatial_gradients
from .presets import PRESETS, make_formula
from .ssi_silog import inverse_to_depth, silog_loss, ssi_loss

__all__ = [
    'GradientFormula', 'PRESETS', 'formula_loss', 'inverse_to_depth',
    'make_formula', 'multi_scale_gradient_loss', 'silog_loss',
    'spatial_gradients', 'ssi_loss', 'valid_depth_mask'
]
