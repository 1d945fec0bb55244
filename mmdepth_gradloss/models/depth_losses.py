"""Construction and summation of the losses of depth heads."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mmengine.registry import MODELS
from torch import Tensor, nn

from ..functional.checks import check_loss_name
from ..losses.protocol import can_have_gradient_terms, check_input_domain

NamedLosses = Iterator[tuple[str, Tensor]]


def build_losses(cfgs: dict | Iterable[dict], head: Any) -> nn.ModuleList:
    """Build one or several losses, and check that they fit the head.

    A loss that takes something else than the head's ``prediction`` (see
    :mod:`~mmdepth_gradloss.losses.protocol`), or has a name that MMEngine
    would not train, is a ValueError.
    """
    cfgs = [cfgs] if isinstance(cfgs, dict) else cfgs
    losses = nn.ModuleList(MODELS.build(cfg) for cfg in cfgs)
    for loss in losses:
        check_loss_name(getattr(loss, 'loss_name', None))
        check_input_domain(loss, head.prediction, type(head).__name__)
    return losses


def apply_losses(losses: Iterable[nn.Module], pred: Tensor, target: Tensor,
                 gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
    """Losses by ``loss_name``; those with the same name are summed.

    ``pred`` and ``target`` are (N, 1, H, W), ``target`` in metres.
    ``gradient_weight``, (N,), is a factor on each image's gradient terms,
    passed only to losses with ``gradient_terms()``, because ``weight`` may
    mean something else to others.
    """
    return add_by_name(named_losses(losses, pred, target, gradient_weight))


def named_losses(losses: Iterable[nn.Module], pred: Tensor, target: Tensor,
                 gradient_weight: Tensor | None) -> NamedLosses:
    """Names and values of losses, in order; see :func:`apply_losses`."""
    for loss in losses:
        if gradient_weight is None or not can_have_gradient_terms(loss):
            value = loss(pred, target)
        else:
            value = loss(pred, target, weight=gradient_weight)
        yield str(loss.loss_name), value


def add_by_name(named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Scalars by name; those with the same name are summed."""
    total: dict[str, Tensor] = {}
    for name, value in named:
        total[name] = total[name] + value if name in total else value
    return total
