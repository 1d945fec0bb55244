"""The part of this package that needs mmcv: data sets, models, pictures.

It is registered if mmcv can be imported. Otherwise its names are registered as
placeholders, which raise an error that says what to install.
"""
from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mmengine.registry import (DATASETS, HOOKS, MODELS,
                               OPTIM_WRAPPER_CONSTRUCTORS, TRANSFORMS,
                               Registry)

from .installed_mmengine import install_command

PACKAGES = ('datasets', 'models', 'visualization')

NAMES: list[tuple[Registry, tuple[str, ...]]] = [
    (DATASETS, ('CachedDataset', 'DGPDepthDataset', 'FolderDepthDataset',
                'KITTIDepthDataset', 'NCDBDataset', 'SyntheticDepthDataset')),
    (TRANSFORMS,
     ('ConvertDepthType', 'LoadDepthMap', 'LoadImage', 'PackDepthInputs',
      'PhotometricJitter', 'RandomCropDepth', 'RandomFlipDepth',
      'ResizeDepth', 'SetGradientWeight', 'SparsifyDepth')),
    (MODELS,
     ('DualHeadDepthLoss', 'EfficientNetLite', 'HFDepthEstimator',
      'HFDepthPreprocessor', 'MonoDepthEstimator', 'ResNetEncoder',
      'ResNetSAN', 'ResidualEncoder', 'SANDepthHead', 'SANDualDepthHead',
      'SparseDepthEncoder', 'UNetDepthHead')),
    (OPTIM_WRAPPER_CONSTRUCTORS, ('HFLayerDecayConstructor', )),
    (HOOKS, ('DepthVisualizationHook', )),
]
"""Names that these packages register."""


def register_mmcv_tier() -> None:
    """Register everything that needs mmcv, or placeholders for it."""
    try:
        for package in PACKAGES:
            import_module(f'mmdepth_gradloss.{package}')
    except ImportError as error:
        for registry, names in NAMES:
            for name in set(names) - set(registry.module_dict):
                registry.register_module(
                    name=name, module=_placeholder(name, error))


def require_mmcv(who: str) -> None:
    """Raise an ImportError that says what to install if mmcv is missing.

    ``who`` is what needs it, for the message.
    """
    try:
        import mmcv.transforms  # noqa: F401  (since 2.0)
    except ImportError as error:
        raise ImportError(
            f'{who} needs mmcv ({error}): {install_command("lite")}, or mmcv '
            'itself, of 2.0.1 or later'
        ) from error


def _placeholder(name: str, error: ImportError) -> Callable[..., Any]:

    def missing(*args: Any, **kwargs: Any) -> Any:
        require_mmcv(name)
        raise ImportError(f'{name} was not registered: {error}')

    return missing
