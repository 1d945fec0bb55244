"""Add the loss to configs, and inherit from configs of this package."""
from .add_gradient_loss import add_gradient_loss, has_gradient_term
from .config_scope import find_config, register_config_scope
from .find_packages import find_packages_by_module
from .recipes import RECOMMENDED, recipe_names

__all__ = [
    'RECOMMENDED', 'add_gradient_loss', 'find_config',
    'find_packages_by_module', 'has_gradient_term', 'recipe_names',
    'register_config_scope'
]
