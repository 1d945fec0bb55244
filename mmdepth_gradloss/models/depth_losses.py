"""Losses of a head that predicts metres."""
from __future__ import annotations

from collections.abc import Iterable

from mmengine.registry import MODELS
from torch import nn

from ..losses import SSISilogLoss


def build_depth_losses(cfgs: dict | Iterable[dict]) -> nn.ModuleList:
    """Build losses, and refuse those that would take metres for 1/m.

    Args:
        cfgs (dict or Iterable[dict]): Config of one loss or of several.

    Returns:
        nn.ModuleList: The losses.

    Raises:
        ValueError: If a loss takes inverse depth.
    """
    losses = nn.ModuleList(
        MODELS.build(cfg)
        for cfg in ([cfgs] if isinstance(cfgs, dict) else cfgs))
    for loss in losses:
        if isinstance(loss, SSISilogLoss) and loss.input_domain != 'depth':
            raise ValueError(
                'this head predicts metres, and SSISilogLoss takes '
                f'{loss.input_domain} depth; give it '
                "input_domain='depth'")
    return losses
