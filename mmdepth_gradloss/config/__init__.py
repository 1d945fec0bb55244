"""Adding the loss to configs, and inheriting from those of this package."""
from .add_gradient_loss import add_gradient_loss, has_gradient_term
from .config_scope import register_config_scope
from .recipes import RECOMMENDED, recipe_names

__all__ = [
    'RECOMMENDED', 'add_gradient_loss', 'has_gradient_term', 'recipe_names',
    'register_config_scope'
]
