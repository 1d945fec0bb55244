"""Building losses of depth heads, and adding up what they give."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmengine.registry import MODELS
from torch import Tensor, nn

from ..functional.checks import check_loss_name
from ..losses.protocol import can_have_gradient_terms, check_input_domain


def build_losses(cfgs: dict | Iterable[dict], head: Any) -> nn.ModuleList:
    """Build the losses of a head, and refuse those that do not fit it.

    Args:
        cfgs (dict or Iterable[dict]): Config of one loss or of several.
        head (Any): With ``prediction``, see
            :mod:`~mmdepth_gradloss.losses.protocol`.

    Returns:
        nn.ModuleList: The losses.

    Raises:
        ValueError: If a loss takes something else than is predicted, or has
            a name that MMEngine would not train.
    """
    losses = nn.ModuleList(
        MODELS.build(cfg)
        for cfg in ([cfgs] if isinstance(cfgs, dict) else cfgs))
    for loss in losses:
        check_loss_name(getattr(loss, 'loss_name', None))
        check_input_domain(loss, head.prediction, type(head).__name__)
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
            adds to the gradient terms of a loss that tells them. Other losses
            do not get it: a ``weight`` means to them what it may.

    Returns:
        Tensor: Scalar.
    """
    if gradient_weight is None or not can_have_gradient_terms(loss):
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
