"""Glue to the stack that belongs to no layer."""
from .add_gradient_loss import add_gradient_loss
from .checkpoint import register_checkpoint_loader
from .config_scope import register_config_scope

__all__ = [
    'add_gradient_loss', 'register_checkpoint_loader', 'register_config_scope'
]
