"""The configs that apply a recipe, and the baseline of each."""
from __future__ import annotations

import copy
import functools
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor, nn

from mmdepth_gradloss.config import recipe_names
from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.config.find_packages import find_packages_by_module
from mmdepth_gradloss.runner import read_config

VARIABLES = ('gradient_term', 'relative_gradient_term', 'gradient_loss',
             'gradient_hook')
"""Variables that a recipe defines."""


def families() -> list[Path]:
    """Folders of runnable configs."""
    return sorted(folder for folder in CONFIG_DIR.iterdir()
                  if folder.is_dir() and folder.name != '_base_')


def configs() -> list[Path]:
    """All runnable configs."""
    return sorted(
        path for folder in families() for path in folder.glob('*.py'))


def recipe_of(path: Path) -> str:
    """Name of the recipe that a config applies, or ''."""
    ending = path.stem.split('_')[-1].removeprefix('gradloss-')
    name = ending.replace('-', '_')
    return name if name in recipe_names() else ''


def recipe_files() -> list[Path]:
    """All configs that apply a recipe."""
    return [path for path in configs() if recipe_of(path)]


def read(path: Path) -> Config:
    """Read a config as the tools do, including their checks.

    Skips the test if a required package is missing.
    """
    if 'mmseg' in path.parts:
        pytest.importorskip('mmseg', reason='needs the extra mmseg')
    return copy.deepcopy(_read(path))


@functools.cache
def _read(path: Path) -> Config:
    return read_config(str(path), {})


def baseline_of(path: Path) -> Config:
    """The config to which a recipe was added."""
    stem = path.stem.rpartition('_')[0]
    for name in (f'{stem}_baseline.py', f'{stem}.py'):
        if (path.parent / name).exists():
            return read(path.parent / name)
    if '_frozen-encoder' in stem:
        cfg = baseline_of(
            path.with_name(path.name.replace('_frozen-encoder', '')))
        cfg.model.freeze_backbone = True
        return cfg
    with find_packages_by_module():
        return Config.fromstring(f"_base_ = 'mmseg::vpd/{stem}.py'", '.py')


def loss_configs(cfg: Config) -> list[dict]:
    """Losses of the depth that a config's model predicts."""
    head = cfg.model.get('decode_head', cfg.model)
    if 'VPDDepthHead' in head.type:
        losses = head.get('loss_decode', dict(type='mmseg.SiLogLoss'))
    else:
        losses = head.loss
    return [losses] if isinstance(losses, dict) else list(losses)


def build(losses: Iterable[dict], scope: str) -> list[nn.Module]:
    """Build losses in the default scope of their config."""
    with DefaultScope.overwrite_default_scope(scope):
        return [MODELS.build(ConfigDict(loss)) for loss in losses]


def value_and_gradient(losses: Iterable[nn.Module]) -> tuple[Tensor, Tensor]:
    """Sum of losses on random maps with holes, and its gradient."""
    generator = torch.Generator().manual_seed(0)
    pred, target = torch.rand(2, 2, 1, 48, 64, generator=generator) * 9 + 0.5
    target[torch.rand(target.shape, generator=generator) < 0.3] = 0
    pred.requires_grad_()
    total = torch.stack([loss(pred, target) for loss in losses]).sum()
    total.backward()
    return total.detach(), pred.grad


def without_loss_and_hook(cfg: Config) -> dict:
    """Everything else in a config."""
    rest = cfg.to_dict()
    head = rest['model'].get('decode_head', rest['model'])
    for key in ('loss', 'loss_decode'):
        head.pop(key, None)
    rest['default_hooks'].pop('gradient_loss', None)
    for key in VARIABLES:
        rest.pop(key, None)
    return rest


def depth_sample(*size: int) -> BaseDataElement:
    """Random ground truth from 1 to 6 m, with a sparse input."""
    sample = BaseDataElement(metainfo=dict(img_shape=size))
    depth = torch.rand(1, *size) * 5 + 1
    sample.gt_depth_map = PixelData(data=depth)
    sample.sparse_depth_map = PixelData(
        data=depth * (torch.rand(1, *size) < 0.05))
    return sample


def check_same_test(cfg: Config) -> None:
    """Validation and test use the same data and metrics."""
    assert cfg.val_evaluator == cfg.test_evaluator
    assert cfg.val_dataloader == cfg.test_dataloader
