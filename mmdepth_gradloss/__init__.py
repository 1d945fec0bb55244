"""Multi-scale gradient loss for depth estimation on MMEngine.

Importing this package registers its losses, models, hooks, metrics and data
sets in MMEngine's root registries, where every ``default_scope`` finds them.
"""
from . import datasets, evaluation, hooks, losses, models
from .utils import (add_gradient_loss, register_checkpoint_loader,
                    register_config_scope)
from .version import __version__

register_checkpoint_loader()
register_config_scope()

__all__ = [
    '__version__', 'add_gradient_loss', 'datasets', 'evaluation', 'hooks',
    'losses', 'models'
]
