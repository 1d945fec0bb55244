"""Multi-scale gradient loss for depth estimation on MMEngine.

Importing this package registers its losses, hooks and metrics in MMEngine's
root registries, where every ``default_scope`` finds them, and its data sets,
transforms and models if mmcv is installed.
"""
from .installed_mmengine import require_mmengine

require_mmengine()

from . import evaluation, functional, hooks, losses
from .config import add_gradient_loss, register_config_scope
from .functional import multi_scale_gradient_loss
from .hooks import GradientLossHook
from .losses import Gradient2D, MultiScaleGradientLoss, SSISilogLoss
from .mmcv_tier import register_mmcv_tier
from .version import __version__

register_config_scope()
register_mmcv_tier()

__all__ = [
    'Gradient2D', 'GradientLossHook', 'MultiScaleGradientLoss',
    'SSISilogLoss', '__version__', 'add_gradient_loss', 'evaluation',
    'functional', 'hooks', 'losses', 'multi_scale_gradient_loss'
]
