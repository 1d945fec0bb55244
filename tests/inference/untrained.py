"""Configs of this package, and checkpoints of networks without training."""
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from mmdepth_gradloss.config.config_scope import find_config
from mmdepth_gradloss.config.find_packages import find_packages_by_module

SIZES = dict(a=(48, 64), b=(48, 64), c=(70, 40), d=(48, 64))
"""Height and width of the photos that the tests share."""


def read_config(name: str) -> Config:
    with find_packages_by_module():
        return Config.fromfile(find_config(name))


def save_untrained(cfg: Config, path: Path) -> nn.Module:
    """Build a config's network, save it as MMEngine does, and return it."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope')):
        model = MODELS.build(cfg.model).eval()
    # PyTorch rejects such objects unless it trusts the file.
    history = dict(log_scalars=dict(loss=HistoryBuffer([1.0], [1])))
    torch.save(dict(state_dict=model.state_dict(), message_hub=history), path)
    return model
