from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mmengine.registry import MODELS
from torch import Tensor, nn

from ..depth_losses import NamedLosses
from .san_depth_head import SANDepthHead


@MODELS.register_module()
class SANDualDepthHead(SANDepthHead):
    r"""Predict depth as an integer part and a fractional part.

    .. math:: d = \mathrm{clamp}(\mathrm{max\_depth} \, \sigma(a) +
              \sigma(b), \mathrm{min\_depth}, \mathrm{max\_depth})

    Args:
        loss: Losses on the recombined depth in metres, in addition to
            ``dual_loss``.
        dual_loss: Called with integer part, fractional part and ground-truth
            depth, all (N, 1, H, W) in metres.
        **kwargs: As in :class:`SANDepthHead`, except ``parametrization``.
    """

    def __init__(self, in_channels: Sequence[int],
                 loss: dict | Sequence[dict] = (),
                 dual_loss: dict = dict(type='DualHeadDepthLoss'),
                 **kwargs: Any) -> None:
        losses = [loss] if isinstance(loss, dict) else loss
        super().__init__(
            in_channels, [dual_loss, *losses], parametrization='depth',
            **kwargs)

    def to_parts(self, activation: Tensor) -> tuple[Tensor, Tensor]:
        """Integer and fractional part in metres of the decoder's outputs."""
        integer, fraction = activation.chunk(2, dim=1)
        return self.max_depth * integer, fraction

    def to_depth(self, activation: Tensor) -> Tensor:
        """Depth in metres of the decoder's outputs."""
        integer, fraction = self.to_parts(activation)
        return (integer + fraction).clamp(self.min_depth, self.max_depth)

    def loss(self, features: Sequence[Tensor], target: Tensor,
             supervision: nn.ModuleList | None = None,
             gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
        """:meth:`SANDepthHead.loss` and the components of ``dual_loss`` at the
        finest scale."""
        supervision = supervision or self.supervision
        result = super().loss(features, target, supervision, gradient_weight)
        dual_loss = supervision[0][0]  # type: ignore[index]
        return {**result, **dual_loss.components}

    def _losses_at(self, activation: Tensor, target: Tensor,
                   losses: Iterable[nn.Module],
                   gradient_weight: Tensor | None) -> NamedLosses:
        dual_loss, *others = losses
        value = dual_loss(*self.to_parts(activation), target)
        yield str(dual_loss.loss_name), value
        yield from super()._losses_at(activation, target, others,
                                      gradient_weight)

    def _starts(self) -> list[float]:
        middle = (self.min_depth * self.max_depth)**0.5
        fraction = min(0.5, middle / 2)
        return [(middle - fraction) / self.max_depth, fraction]
