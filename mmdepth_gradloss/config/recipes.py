"""Recipes: losses with weights and warm-up, by name.

A recipe is a file of ``configs/_base_/gradient_loss``. It defines
``gradient_loss``, a complete depth loss; ``gradient_term``, only its gradient
term; ``relative_gradient_term``, the term for relative inverse depth; and
``gradient_hook``.
"""
from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from ..functional.lookup import lookup
from .config_scope import CONFIG_DIR

RECOMMENDED = 'recommended'
"""The default recipe."""


def recipe_names() -> list[str]:
    """Names of all recipes; a FileNotFoundError if the configs are missing."""
    return list(_recipe_files())


def load_recipe(name: str) -> Config:
    """Read a recipe, such as 'edge_focused'; '-' is accepted for '_'. A
    ValueError lists the known ones; a FileNotFoundError if the configs are
    missing."""
    name = name.replace('-', '_')
    return Config.fromfile(lookup('recipe', name, _recipe_files()))


def _recipe_files() -> dict[str, Path]:
    folder = CONFIG_DIR / '_base_' / 'gradient_loss'
    files = {path.stem: path for path in sorted(folder.glob('*.py'))}
    if not files:
        raise FileNotFoundError(f'no configs in {folder}; in a checkout this '
                                'is a symbolic link, which on Windows needs '
                                'git config core.symlinks true')
    return files
