"""Building losses of depth heads, and adding up what they give."""
from __future__ import annotations

from collections.abc import Iterable

from mmengine.registry import MODELS
from torch import Tensor, nn

from ..losses import MultiScaleGradientLoss, SSISilogLoss

GRADIENT_LOSSES = (MultiScaleGradientLoss, SSISilogLoss)
"""Losses whose gradient term takes a weight for each image."""


def build_losses(cfgs: dict | Iterable[dict]) -> nn.ModuleList:
    """Build one loss or several.

    Args:
        cfgs (dict or Iterable[dict]): Config of one loss or of several.

    Returns:
        nn.ModuleList: The losses.
    """
    return nn.ModuleList(
        MODELS.build(cfg)
        for cfg in ([cfgs] if isinstance(cfgs, dict) else cfgs))


def build_depth_losses(cfgs: dict | Iterable[dict]) -> nn.ModuleList:
    """Build losses, and refuse those that would take metres for 1/m.

    Args:
        cfgs (dict or Iterable[dict]): Config of one loss or of several.

    Returns:
        nn.ModuleList: The losses.

    Raises:
        ValueError: If a loss takes inverse depth.
    """
    losses = build_losses(cfgs)
    for loss in losses:
        if isinstance(loss, SSISilogLoss) and loss.input_domain != 'depth':
            raise ValueError(
                'this head predicts metres, and SSISilogLoss takes '
                f'{loss.input_domain} depth; give it '
                "input_domain='depth'")
    return losses


def apply_losses(losses: Iterable[nn.Module],
                 pred: Tensor,
                 target: Tensor,
                 gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
    """Call losses on a prediction.

    Args:
        losses (Iterable[nn.Module]): With ``loss_name``.
        pred (Tensor): Prediction, (N, 1, H, W).
        target (Tensor): Depth in metres, same shape.
        gradient_weight (Tensor, optional): (N,), see :func:`apply_loss`.

    Returns:
        dict[str, Tensor]: Scalars by ``loss_name``; losses of one name are
        added.
    """
    return add_by_name(
        (str(loss.loss_name), apply_loss(loss, pred, target, gradient_weight))
        for loss in losses)


def apply_loss(loss: nn.Module,
               pred: Tensor,
               target: Tensor,
               gradient_weight: Tensor | None = None) -> Tensor:
    """Call a loss on a prediction.

    Args:
        loss (nn.Module): Of this package or not.
        pred (Tensor): Prediction, (N, 1, H, W).
        target (Tensor): Depth in metres, same shape.
        gradient_weight (Tensor, optional): (N,), multiplies what each image
            adds to the gradient term of a :class:`MultiScaleGradientLoss` or
            :class:`SSISilogLoss`. All other losses do not get it: they have
            no gradient term, or none that is known here, and a ``weight``
            means to them what it may.

    Returns:
        Tensor: Scalar.
    """
    if gradient_weight is None or not isinstance(loss, GRADIENT_LOSSES):
        return loss(pred, target)
    return loss(pred, target, weight=gradient_weight)


def add_by_name(named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Scalars by name; those of one name are added.

    Args:
        named (Iterable[tuple[str, Tensor]]): Names and scalars.
    """
    result: dict[str, Tensor] = {}
    for name, value in named:
        result[name] = result[name] + value if name in result else value
    return result
