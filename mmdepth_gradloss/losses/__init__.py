"""Losses, registered in MMEngine's ``MODELS``."""
from .gradient_2d import Gradient2D
from .multi_scale_gradient_loss import MultiScaleGradientLoss
from .scale_shift_invariant_loss import ScaleShiftInvariantLoss
from .ssi_silog_loss import SSISilogLoss

__all__ = [
    'Gradient2D', 'MultiScaleGradientLoss', 'SSISilogLoss',
    'ScaleShiftInvariantLoss'
]
